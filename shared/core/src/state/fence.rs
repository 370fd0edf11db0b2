//! The fence: whose report still counts.
//!
//! A job may be handed out again while its former worker is merely slow. Each handing-out has a lease with a
//! random id, each loss of a worker a new attempt number; what carries neither the current lease nor the
//! current attempt comes from the past.

use crate::Id;
use crate::wire::callback::{CallbackReport, ReportStatus};
use crate::wire::rpc::{JobRow, Lease, Status};

/// What a report wants of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intent {
    /// To keep it, to settle single assets of it, or to give it back: only who has it can.
    Keep,
    /// To fail it.
    End,
    /// To bring its finished result, which is worth more than an order of events.
    Deliver,
}

impl Intent {
    pub const ALL: [Self; 3] = [Self::Keep, Self::End, Self::Deliver];

    /// As the SQL function `gate` calls it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::End => "end",
            Self::Deliver => "deliver",
        }
    }
}

/// What a report says about where it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportOrigin<'a> {
    /// The attempt; workers of the older kind know none.
    pub attempt: Option<u32>,
    pub lease_id: Option<Id>,
    /// Who sends it, if it says; a signature by a worker's own key proves it.
    pub worker_id: Option<&'a str>,
    pub intent: Intent,
}

impl<'a> From<&'a CallbackReport> for ReportOrigin<'a> {
    fn from(report: &'a CallbackReport) -> Self {
        Self {
            attempt: report.attempt,
            lease_id: report.lease_id,
            worker_id: report.worker_id.as_deref(),
            intent: match report.status {
                ReportStatus::Processing | ReportStatus::Released => Intent::Keep,
                ReportStatus::Failed => Intent::End,
                ReportStatus::Completed => Intent::Deliver,
            },
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CurrentAttempt<'a> {
    pub status: Status,
    pub attempt: u32,
    /// The lease of this attempt, if any: its id, and who holds it where they say who they are.
    pub lease: Option<(Id, Option<&'a str>)>,
}

impl<'a> CurrentAttempt<'a> {
    #[must_use]
    pub fn of(job: &JobRow, lease: Option<&'a Lease>) -> Self {
        let current = lease.filter(|lease| lease.attempt == job.attempt);
        Self {
            status: job.status,
            attempt: job.attempt,
            lease: current.map(|lease| (lease.lease_id, lease.worker_id.as_deref())),
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
    /// It comes from the past, or from somebody who does not have the attempt.
    Stale,
    Terminal,
}

/// Decides whether a report counts. The same as `gate` in SQL, which decides for claims and heartbeats.
#[must_use]
pub fn check_fence(standing: CurrentAttempt<'_>, origin: ReportOrigin<'_>) -> FenceCheck {
    if standing.status.is_terminal() {
        return FenceCheck::Terminal;
    }
    let attempt = origin.attempt.unwrap_or(standing.attempt);
    let is_result = origin.intent == Intent::Deliver;
    let counts = if attempt == standing.attempt {
        match standing.lease {
            Some(held) => holds(held, origin),
            // Nobody has it. A result is taken from anyone, a failure from those who never claim, and nothing can
            // be kept.
            None => is_result || origin.intent == Intent::End && never_claims(origin),
        }
    } else {
        // The worker was given up, finished all the same, and nobody has started again.
        let is_previous = attempt.checked_add(1) == Some(standing.attempt);
        let is_unclaimed = standing.status == Status::Queued && standing.lease.is_none();
        is_previous && is_unclaimed && is_result
    };
    if counts {
        FenceCheck::Open { attempt }
    } else {
        FenceCheck::Stale
    }
}

const fn never_claims(origin: ReportOrigin<'_>) -> bool {
    origin.lease_id.is_none() && origin.worker_id.is_none()
}

/// Whether the report comes from the holder of the lease: its id under the name that took it. The lease of a worker
/// that does not say who it is belongs to whoever does not say either.
fn holds((lease_id, holder): (Id, Option<&str>), origin: ReportOrigin<'_>) -> bool {
    let is_theirs = match origin.lease_id {
        Some(carried) => carried == lease_id,
        None => holder.is_none(),
    };
    is_theirs && holder == origin.worker_id
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINE: Id = Id::from_bytes([1; 16]);
    const OTHER: Id = Id::from_bytes([2; 16]);
    const ANNA: Option<&str> = Some("anna");

    fn check(
        standing: (Status, u32, Option<(Id, Option<&str>)>),
        origin: ReportOrigin<'_>,
    ) -> FenceCheck {
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

    fn from(attempt: Option<u32>, lease_id: Option<Id>) -> ReportOrigin<'static> {
        ReportOrigin {
            attempt,
            lease_id,
            worker_id: lease_id.and(ANNA),
            intent: Intent::Deliver,
        }
    }

    #[test]
    fn the_holder_passes_and_nobody_else() {
        let standing = (Status::Processing, 2, Some((MINE, ANNA)));
        for attempt in [Some(2), None] {
            let holder = from(attempt, Some(MINE));
            assert_eq!(check(standing, holder), FenceCheck::Open { attempt: 2 });
            for worker_id in [Some("bert"), None] {
                for intent in Intent::ALL {
                    let other = ReportOrigin {
                        worker_id,
                        intent,
                        ..holder
                    };
                    assert_eq!(check(standing, other), FenceCheck::Stale);
                }
            }
        }
        for (attempt, lease_id) in [
            (Some(2), Some(OTHER)),
            (Some(2), None),
            (None, None),
            (Some(1), Some(MINE)),
            (Some(3), Some(MINE)),
        ] {
            assert_eq!(check(standing, from(attempt, lease_id)), FenceCheck::Stale);
        }
    }

    #[test]
    fn workers_of_the_older_kind() {
        let unclaimed = (Status::Queued, 1, None);
        let failure = ReportOrigin {
            intent: Intent::End,
            ..from(None, None)
        };
        for report in [from(None, None), failure] {
            assert_eq!(check(unclaimed, report), FenceCheck::Open { attempt: 1 });
        }
        let claimed = (Status::Processing, 1, Some((MINE, None)));
        assert_eq!(
            check(claimed, from(None, None)),
            FenceCheck::Open { attempt: 1 }
        );
        let named = ReportOrigin {
            worker_id: ANNA,
            ..from(None, None)
        };
        assert_eq!(check(claimed, named), FenceCheck::Stale);
    }

    #[test]
    fn nobody_fails_or_keeps_what_they_never_claimed() {
        let unclaimed = (Status::Queued, 1, None);
        for intent in [Intent::End, Intent::Keep] {
            for lease_id in [None, Some(MINE)] {
                let stranger = ReportOrigin {
                    worker_id: ANNA,
                    intent,
                    ..from(Some(1), lease_id)
                };
                assert_eq!(check(unclaimed, stranger), FenceCheck::Stale);
            }
        }
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
            check((Status::Processing, 2, Some((OTHER, Some("bert")))), late),
            FenceCheck::Stale
        );
        let failure = ReportOrigin {
            intent: Intent::End,
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
            intent: Intent::End,
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
