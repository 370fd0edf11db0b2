//! Hints that there may be work.
//!
//! A hint is an element of a Redis list. Taking it moves it to this worker's own list, so that a worker that
//! dies leaves a trace; it is removed when the queue was found empty or the job is settled. A lost, doubled or
//! late hint does no harm: which job is ours is decided by the edge alone.

use std::fmt;
use std::time::Duration;

use ourvidz_core::{Id, Queue};
use serde::Deserialize;

mod listener;
mod redis_list;
mod upstash;

pub use listener::{HintListener, WakeReason};
pub use redis_list::RedisHints;
pub use upstash::UpstashHints;

/// One hint as it lay in the list.
#[derive(Clone, PartialEq, Eq)]
pub struct TakenHint {
    /// The queue that it came from.
    pub queue: Queue,
    /// The element, byte for byte: removing it needs exactly that.
    pub raw: String,
}

/// The element holds the prompt and a token: only its length is printed.
impl fmt::Debug for TakenHint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "Hint({}, {} bytes)",
            self.queue.as_str(),
            self.raw.len()
        )
    }
}

/// The two fields of a hint that the worker looks at.
#[derive(Deserialize)]
struct HintFields {
    id: Option<Id>,
    #[serde(rename = "type")]
    job_type: Option<ourvidz_core::JobType>,
}

impl TakenHint {
    /// The job that it names, if it can be read.
    #[must_use]
    pub fn job_id(&self) -> Option<Id> {
        serde_json::from_str::<HintFields>(&self.raw).ok()?.id
    }
}

/// The queue that an element belongs to, for giving back what lay in the worker's own list.
fn queue_of(raw: &str) -> Option<Queue> {
    serde_json::from_str::<HintFields>(raw)
        .ok()?
        .job_type
        .map(ourvidz_core::JobType::queue)
}

/// The list did not answer. Hints are only hints: the worker goes on and asks the edge on its timer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HintsUnavailable(pub String);

/// A list where hints arrive. One value serves one thread.
pub trait HintList: Send {
    /// Waits up to `patience` for a hint, which moves to this worker's own list.
    ///
    /// # Errors
    ///
    /// When the list did not answer.
    fn take(
        &mut self,
        queue: Queue,
        patience: Duration,
    ) -> Result<Option<TakenHint>, HintsUnavailable>;

    /// Removes a hint from this worker's own list.
    ///
    /// # Errors
    ///
    /// When the list did not answer.
    fn remove(&mut self, hint: &TakenHint) -> Result<(), HintsUnavailable>;

    /// Puts a hint back where the next worker takes from.
    ///
    /// # Errors
    ///
    /// When the list did not answer.
    fn give_back(&mut self, hint: &TakenHint) -> Result<(), HintsUnavailable>;

    /// Puts back everything in this worker's own list: what it held when it last died. Returns how much it was.
    ///
    /// # Errors
    ///
    /// When the list did not answer.
    fn give_back_all(&mut self) -> Result<usize, HintsUnavailable>;
}

/// Makes one [`HintList`] for each thread that needs one.
pub type HintConnector = dyn Fn() -> Box<dyn HintList> + Send + Sync;

/// The list of hints that this worker has taken.
#[must_use]
pub fn own_list(worker_id: &str) -> String {
    format!("worker:{worker_id}:processing")
}
