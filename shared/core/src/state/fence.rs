//! The fence: whose report still counts.
//!
//! A job may be handed out again while its former worker is merely slow. Each handing-out has a lease with a
//! random id, each loss of a worker a new attempt number; what carries neither the current lease nor the
//! current attempt comes from the past.

use crate::Id;
use crate::wire::callback::{CallbackReport, ReportStatus};
use crate::wire::rpc::{JobRow, Lease, Status};

/// What a report says about where it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportOrigin {
    /// The attempt; workers of the older kind know none.
    pub attempt: Option<u32>,
    pub lease_id: Option<Id>,
    /// Whether the worker says who it is, and so could carry a lease.
    pub is_named: bool,
    /// Whether it brings a finished result, which is worth more than an order of events.
    pub is_result: bool,
}

impl From<&CallbackReport> for ReportOrigin {
    fn from(report: &CallbackReport) -> Self {
        Self {
            attempt: report.attempt,
            lease_id: report.lease_id,
            is_named: report.worker_id.is_some(),
            is_result: report.status == ReportStatus::Completed,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CurrentAttempt {
    pub status: Status,
    pub attempt: u32,
    /// The lease of this attempt, if any: its id, and whether its holder says who it is.
    pub lease: Option<(Id, bool)>,
}

impl CurrentAttempt {
    #[must_use]
    pub fn of(job: &JobRow, lease: Option<&Lease>) -> Self {
        let current = lease.filter(|lease| lease.attempt == job.attempt);
        Self {
            status: job.status,
            attempt: job.attempt,
            lease: current.map(|lease| (lease.lease_id, lease.worker_id.is_some())),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FenceCheck {
    /// It counts, for this attempt.
    Open {
        /// The attempt that it reports on: the current one, or the one before for a late result.
        attempt: u32,
    },
    /// It comes from the past.
    Stale,
    Terminal,
}

/// Decides whether a report counts.
#[must_use]
pub fn check_fence(standing: CurrentAttempt, origin: ReportOrigin) -> FenceCheck {
    if standing.status.is_terminal() {
        return FenceCheck::Terminal;
    }
    let attempt = origin.attempt.unwrap_or(standing.attempt);
    let counts = if attempt == standing.attempt {
        match standing.lease {
            Some(held) => holds(held, origin),
            // Nobody has it. A result is taken from anyone; anything else only from those who never claim.
            None => origin.is_result || origin.lease_id.is_none(),
        }
    } else {
        // The worker was given up, finished all the same, and nobody has started again.
        let is_previous = attempt.checked_add(1) == Some(standing.attempt);
        let is_unclaimed = standing.status == Status::Queued && standing.lease.is_none();
        is_previous && is_unclaimed && origin.is_result
    };
    if counts {
        FenceCheck::Open { attempt }
    } else {
        FenceCheck::Stale
    }
}

/// Whether the report comes from the holder of the lease. The lease of a worker that does not say who it is
/// belongs to whoever does not say either.
fn holds((lease_id, holder_is_named): (Id, bool), origin: ReportOrigin) -> bool {
    match origin.lease_id {
        Some(carried) => carried == lease_id,
        None => !holder_is_named && !origin.is_named,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINE: Id = Id::from_bytes([1; 16]);
    const OTHER: Id = Id::from_bytes([2; 16]);

    fn check(standing: (Status, u32, Option<(Id, bool)>), origin: ReportOrigin) -> FenceCheck {
        let (status, attempt, lease) = standing;
        check_fence(
            CurrentAttempt {
                status,
                attempt,
                lease,
            },
            origin,
        )
    }

    fn from(attempt: Option<u32>, lease_id: Option<Id>) -> ReportOrigin {
        ReportOrigin {
            attempt,
            lease_id,
            is_named: lease_id.is_some(),
            is_result: true,
        }
    }

    #[test]
    fn the_holder_passes_and_nobody_else() {
        let standing = (Status::Processing, 2, Some((MINE, true)));
        assert_eq!(
            check(standing, from(Some(2), Some(MINE))),
            FenceCheck::Open { attempt: 2 }
        );
        assert_eq!(
            check(standing, from(None, Some(MINE))),
            FenceCheck::Open { attempt: 2 }
        );
        assert_eq!(
            check(standing, from(Some(2), Some(OTHER))),
            FenceCheck::Stale
        );
        assert_eq!(check(standing, from(Some(2), None)), FenceCheck::Stale);
        assert_eq!(check(standing, from(None, None)), FenceCheck::Stale);
        assert_eq!(
            check(standing, from(Some(1), Some(MINE))),
            FenceCheck::Stale
        );
        assert_eq!(
            check(standing, from(Some(3), Some(MINE))),
            FenceCheck::Stale
        );
    }

    #[test]
    fn workers_of_the_older_kind() {
        let unclaimed = (Status::Queued, 1, None);
        assert_eq!(
            check(unclaimed, from(None, None)),
            FenceCheck::Open { attempt: 1 }
        );
        let claimed = (Status::Processing, 1, Some((MINE, false)));
        assert_eq!(
            check(claimed, from(None, None)),
            FenceCheck::Open { attempt: 1 }
        );
        let named = ReportOrigin {
            is_named: true,
            ..from(None, None)
        };
        assert_eq!(check(claimed, named), FenceCheck::Stale);
    }

    #[test]
    fn a_late_result_is_taken_while_nobody_has_started_again() {
        let late = from(Some(1), Some(MINE));
        assert_eq!(
            check((Status::Queued, 2, None), late),
            FenceCheck::Open { attempt: 1 }
        );
        assert_eq!(check((Status::Queued, 3, None), late), FenceCheck::Stale);
        assert_eq!(
            check((Status::Processing, 2, Some((OTHER, true))), late),
            FenceCheck::Stale
        );
        let failure = ReportOrigin {
            is_result: false,
            ..late
        };
        assert_eq!(check((Status::Queued, 2, None), failure), FenceCheck::Stale);
    }

    #[test]
    fn a_lost_lease_of_the_same_attempt_brings_results_only() {
        let released = (Status::Queued, 1, None);
        assert_eq!(
            check(released, from(Some(1), Some(MINE))),
            FenceCheck::Open { attempt: 1 }
        );
        let failure = ReportOrigin {
            is_result: false,
            ..from(Some(1), Some(MINE))
        };
        assert_eq!(check(released, failure), FenceCheck::Stale);
    }

    #[test]
    fn an_ended_job_takes_nothing() {
        for status in Status::ALL
            .into_iter()
            .filter(|status| status.is_terminal())
        {
            assert_eq!(
                check((status, 1, None), from(Some(1), None)),
                FenceCheck::Terminal
            );
        }
    }
}
