//! Leases: who works on a job, until when, and what happens when nobody says so any more.
//!
//! These are the rules that the database applies in SQL, as pure functions from a row, an event and the time.
//! The model checker explores them together with the plans, and a test asks the database the same questions.

use super::fence::{Origin, Standing};
use crate::Id;
use crate::limits::{
    LEASE_SECONDS, LEGACY_LEASE_FACTOR, LEGACY_LEASE_SECONDS, MAX_ATTEMPTS, MAX_QUEUED_SECONDS,
    MAX_RUNNING_SECONDS,
};
use crate::wire::rpc::{Outcome, Status};

/// A job as far as leases go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Row {
    /// Where it stands.
    pub status: Status,
    /// The attempt.
    pub attempt: u32,
    /// Who has it.
    pub lease: Option<Held>,
    /// Whether its owner called it off while it ran.
    pub cancel_requested: bool,
    /// 0 to 100, of this attempt.
    pub progress: u8,
    /// Since when it has been waiting, in milliseconds since 1970.
    pub queued_ms: u64,
}

/// A lease as its job's row sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Held {
    /// Its id.
    pub id: Id,
    /// Whether the worker says who it is, and so sends heartbeats.
    pub is_named: bool,
    /// When it was given, in milliseconds since 1970.
    pub since_ms: u64,
    /// Until when it lasts without a life sign.
    pub until_ms: u64,
}

impl Row {
    /// What the fence needs to know.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let lease = self.lease.map(|held| (held.id, held.is_named));
        Standing {
            status: self.status,
            attempt: self.attempt,
            lease,
        }
    }

    /// Gives the job to a worker that asks for it by a claim; none if it is not free.
    #[must_use]
    pub fn claimed(&self, lease_id: Id, now_ms: u64) -> Option<Self> {
        let lease = Held {
            id: lease_id,
            is_named: true,
            since_ms: now_ms,
            until_ms: after(now_ms, LEASE_SECONDS),
        };
        (self.status == Status::Queued).then_some(Self {
            status: Status::Processing,
            lease: Some(lease),
            progress: 0,
            ..*self
        })
    }

    /// Takes a life sign: extends the lease of its holder, or, from a worker that never claims, is the claim.
    #[must_use]
    pub fn heartbeat(&self, sign: &LifeSign, now_ms: u64) -> (Outcome, Self) {
        let Origin {
            attempt,
            lease_id,
            is_named,
            ..
        } = sign.origin;
        let is_current = attempt.is_none_or(|attempt| attempt == self.attempt);
        let seconds = if is_named {
            LEASE_SECONDS
        } else {
            legacy_lease_seconds(sign.expected_seconds)
        };
        let until_ms = after(now_ms, seconds);
        let told = sign.progress.unwrap_or(0).min(100);
        match (self.status, self.lease) {
            (Status::Completed | Status::Failed | Status::Canceled, _) => {
                (Outcome::Terminal, *self)
            }
            (Status::Queued, _) if is_current && lease_id.is_none() => {
                let lease = Held {
                    id: sign.new_lease_id,
                    is_named,
                    since_ms: now_ms,
                    until_ms,
                };
                let row = Self {
                    status: Status::Processing,
                    lease: Some(lease),
                    progress: told,
                    ..*self
                };
                (Outcome::Ok, row)
            }
            (Status::Processing, Some(held)) if is_current && is_holder(&held, sign.origin) => {
                let lease = Held {
                    until_ms: held.until_ms.max(until_ms),
                    ..held
                };
                (
                    Outcome::Ok,
                    Self {
                        lease: Some(lease),
                        progress: self.progress.max(told),
                        ..*self
                    },
                )
            }
            _ => (Outcome::Stale, *self),
        }
    }

    /// Calls the job off: at once while it waits, at the next life sign while it runs; none if it has ended.
    #[must_use]
    pub fn canceled(&self) -> Option<Self> {
        match self.status {
            Status::Queued => Some(Self {
                status: Status::Canceled,
                ..*self
            }),
            Status::Processing => Some(Self {
                cancel_requested: true,
                ..*self
            }),
            Status::Canceled => Some(*self),
            Status::Completed | Status::Failed => None,
        }
    }

    /// What the sweep does about the job.
    #[must_use]
    pub fn lateness(&self, now_ms: u64) -> Lateness {
        let is_older = |since_ms, seconds| after(since_ms, seconds) < now_ms;
        match (self.status, self.lease) {
            (Status::Queued, _) if is_older(self.queued_ms, MAX_QUEUED_SECONDS) => {
                Lateness::QueueTimeout
            }
            (Status::Processing, Some(held)) if held.until_ms < now_ms => {
                self.lost(Lateness::WorkerLost)
            }
            (Status::Processing, Some(held)) if is_older(held.since_ms, MAX_RUNNING_SECONDS) => {
                self.lost(Lateness::RunTimeout)
            }
            (Status::Processing, None) => self.lost(Lateness::WorkerLost),
            _ => Lateness::InTime,
        }
    }

    fn lost(&self, give_up: Lateness) -> Lateness {
        if self.cancel_requested {
            Lateness::Canceled
        } else if self.attempt >= MAX_ATTEMPTS {
            give_up
        } else {
            Lateness::Requeue
        }
    }

    /// The job after the sweep dealt with it.
    #[must_use]
    pub fn swept(&self, now_ms: u64) -> Self {
        let ended = |status| Self {
            status,
            lease: None,
            ..*self
        };
        match self.lateness(now_ms) {
            Lateness::InTime => *self,
            Lateness::Requeue => Self {
                status: Status::Queued,
                attempt: self.attempt.saturating_add(1),
                lease: None,
                progress: 0,
                queued_ms: now_ms,
                ..*self
            },
            Lateness::Canceled => ended(Status::Canceled),
            Lateness::WorkerLost | Lateness::RunTimeout | Lateness::QueueTimeout => {
                ended(Status::Failed)
            }
        }
    }

    /// The job after an outage: its worker may be well and only have been unable to say so.
    #[must_use]
    pub fn spared(&self, now_ms: u64) -> Self {
        let until_ms = after(now_ms, LEASE_SECONDS);
        let lease = self.lease.map(|held| Held {
            until_ms: held.until_ms.max(until_ms),
            ..held
        });
        Self { lease, ..*self }
    }
}

/// A life sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LifeSign {
    /// Where it comes from.
    pub origin: Origin,
    /// 0 to 100.
    pub progress: Option<u8>,
    /// The id of the lease if this is a claim.
    pub new_lease_id: Id,
    /// What the job should take, for workers without heartbeats.
    pub expected_seconds: u32,
}

/// What the sweep finds about a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lateness {
    /// Nothing.
    InTime,
    /// Its worker is lost: another attempt.
    Requeue,
    /// Its worker is lost, and its owner had called it off.
    Canceled,
    /// Its last worker is lost.
    WorkerLost,
    /// Its last attempt ran too long.
    RunTimeout,
    /// It waited too long.
    QueueTimeout,
}

/// How long a worker without heartbeats gets.
#[must_use]
pub const fn legacy_lease_seconds(expected_seconds: u32) -> u32 {
    let generous = expected_seconds.saturating_mul(LEGACY_LEASE_FACTOR);
    if generous > LEGACY_LEASE_SECONDS {
        generous
    } else {
        LEGACY_LEASE_SECONDS
    }
}

/// Whether a life sign comes from the holder; see the fence, which says the same of reports.
fn is_holder(held: &Held, origin: Origin) -> bool {
    match origin.lease_id {
        Some(carried) => carried == held.id,
        None => !held.is_named && !origin.is_named,
    }
}

fn after(ms: u64, seconds: u32) -> u64 {
    ms.saturating_add(u64::from(seconds) * 1000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MINE: Id = Id::from_bytes([1; 16]);
    const OTHER: Id = Id::from_bytes([2; 16]);
    const NOW: u64 = 1_000_000_000;
    const SECOND: u64 = 1000;

    fn queued() -> Row {
        Row {
            status: Status::Queued,
            attempt: 1,
            lease: None,
            cancel_requested: false,
            progress: 0,
            queued_ms: NOW,
        }
    }

    fn sign(lease_id: Option<Id>, is_named: bool) -> LifeSign {
        LifeSign {
            origin: Origin {
                attempt: Some(1),
                lease_id,
                is_named,
                is_result: false,
            },
            progress: Some(40),
            new_lease_id: OTHER,
            expected_seconds: 400,
        }
    }

    #[test]
    fn a_job_is_given_to_one_worker_only() {
        let claimed = queued().claimed(MINE, NOW).unwrap();
        assert_eq!(claimed.lease.unwrap().until_ms, NOW + 30 * SECOND);
        assert_eq!(claimed.claimed(OTHER, NOW), None);
        assert_eq!(
            claimed.heartbeat(&sign(Some(OTHER), true), NOW).0,
            Outcome::Stale
        );
        assert_eq!(claimed.heartbeat(&sign(None, true), NOW).0, Outcome::Stale);
        assert_eq!(claimed.heartbeat(&sign(None, false), NOW).0, Outcome::Stale);
    }

    #[test]
    fn a_life_sign_extends_the_lease_and_never_lowers_progress() {
        let claimed = queued().claimed(MINE, NOW).unwrap();
        let (outcome, row) = claimed.heartbeat(&sign(Some(MINE), true), NOW + 10 * SECOND);
        assert_eq!((outcome, row.progress), (Outcome::Ok, 40));
        assert_eq!(row.lease.unwrap().until_ms, NOW + 40 * SECOND);
        let earlier = LifeSign {
            progress: Some(10),
            ..sign(Some(MINE), true)
        };
        let (_, row) = row.heartbeat(&earlier, NOW);
        assert_eq!(
            (row.progress, row.lease.unwrap().until_ms),
            (40, NOW + 40 * SECOND)
        );
    }

    #[test]
    fn the_first_life_sign_of_an_older_worker_is_its_claim() {
        let (outcome, row) = queued().heartbeat(&sign(None, false), NOW);
        assert_eq!(outcome, Outcome::Ok);
        assert_eq!(row.lease.unwrap().until_ms, NOW + 1200 * SECOND);
        assert_eq!(legacy_lease_seconds(30), 900);
        assert_eq!(row.heartbeat(&sign(None, false), NOW).0, Outcome::Ok);
    }

    #[test]
    fn what_the_sweep_finds() {
        let claimed = queued().claimed(MINE, NOW).unwrap();
        let late = NOW + 31 * SECOND;
        assert_eq!(claimed.lateness(NOW + 30 * SECOND), Lateness::InTime);
        assert_eq!(claimed.lateness(late), Lateness::Requeue);
        assert_eq!(claimed.swept(late).attempt, 2);
        assert_eq!(
            Row {
                attempt: 3,
                ..claimed
            }
            .lateness(late),
            Lateness::WorkerLost
        );
        assert_eq!(
            Row {
                cancel_requested: true,
                ..claimed
            }
            .lateness(late),
            Lateness::Canceled
        );
        assert_eq!(claimed.spared(late).lateness(late), Lateness::InTime);
        let day = 24 * 3600 * SECOND;
        assert_eq!(queued().lateness(NOW + day), Lateness::InTime);
        assert_eq!(queued().lateness(NOW + day + 1), Lateness::QueueTimeout);
        let hour = 3600 * SECOND;
        let alive = claimed.spared(NOW + hour);
        assert_eq!(
            Row {
                attempt: 3,
                ..alive
            }
            .lateness(NOW + hour + 1),
            Lateness::RunTimeout
        );
    }

    #[test]
    fn calling_off() {
        assert_eq!(queued().canceled().unwrap().status, Status::Canceled);
        let running = queued().claimed(MINE, NOW).unwrap().canceled().unwrap();
        assert!(running.cancel_requested && running.status == Status::Processing);
        assert_eq!(
            Row {
                status: Status::Failed,
                ..queued()
            }
            .canceled(),
            None
        );
    }

    fn row() -> impl Strategy<Value = Row> {
        let status = prop::sample::select(&Status::ALL[..]);
        (
            status,
            1u32..5,
            any::<Option<(bool, u64, u64)>>(),
            any::<bool>(),
            0u8..=100,
            any::<u64>(),
        )
            .prop_map(
                |(status, attempt, lease, cancel_requested, progress, queued_ms)| Row {
                    status,
                    attempt,
                    lease: lease.map(|(is_named, since_ms, until_ms)| Held {
                        id: MINE,
                        is_named,
                        since_ms,
                        until_ms,
                    }),
                    cancel_requested,
                    progress,
                    queued_ms,
                },
            )
    }

    proptest! {
        #[test]
        fn nothing_leaves_a_terminal_state(row in row(), now_ms: u64, named: bool) {
            let nexts = [
                row.claimed(OTHER, now_ms).unwrap_or(row),
                row.heartbeat(&sign(Some(MINE), named), now_ms).1,
                row.heartbeat(&sign(None, named), now_ms).1,
                row.canceled().unwrap_or(row),
                row.swept(now_ms),
                row.spared(now_ms),
            ];
            for next in nexts {
                prop_assert!(next.status == row.status || row.status.may_become(next.status));
                prop_assert!(next.attempt == row.attempt || next.status == Status::Queued);
            }
        }

        #[test]
        fn sweeping_ends(mut row in row(), now_ms in 0u64..u64::MAX / 2) {
            // However late it is, a job that nobody works on has ended after one day and one sweep more.
            row = row.swept(now_ms);
            let much_later = now_ms.max(row.queued_ms).saturating_add(25 * 3600 * SECOND);
            let status = row.swept(much_later).swept(u64::MAX).status;
            let has_endless_lease = row.lease.is_some_and(|held| held.until_ms == u64::MAX);
            prop_assert!(status.is_terminal() || status == Status::Queued || has_endless_lease);
        }
    }
}
