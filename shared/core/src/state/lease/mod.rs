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
mod tests;
