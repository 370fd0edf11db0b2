//! Webhooks: what to send, and what follows from the answer.

mod message;
pub mod schedule;
mod verdict;

pub use message::{Message, NoMessage, message};
pub use verdict::{Answer, verdict};

use crate::Id;
use crate::limits::{WEBHOOK_LEASE_SECONDS, WEBHOOKS_AT_ONCE};
use crate::wire::rpc::TakeWebhooks;

/// The call that takes what is due, those of `job` first.
#[must_use]
pub const fn take(lease_id: Id, job: Option<Id>) -> TakeWebhooks {
    TakeWebhooks {
        p_lease_id: lease_id,
        p_limit: WEBHOOKS_AT_ONCE,
        p_lease_seconds: WEBHOOK_LEASE_SECONDS,
        p_max_tries: schedule::MAX_TRIES,
        p_job_id: job,
    }
}
