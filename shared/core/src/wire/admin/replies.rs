//! What operators are answered.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::wire::rpc::{Purged, StrikesView, WorkerView};
use crate::{Code, Id, Queue};

/// What became of a pause or a resume.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PauseReply {
    /// Always true.
    pub success: bool,
    /// The queue, if it is about one.
    pub queue: Option<Queue>,
    /// The worker, if it is about one.
    pub worker_id: Option<String>,
    /// The user, if it is about one.
    pub user_id: Option<Id>,
    /// Whether it gets no jobs, or may order none, from now on.
    pub paused: bool,
}

/// What became of a worker's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RevokeReply {
    /// Always true.
    pub success: bool,
    /// The worker whose key counts no more.
    pub worker_id: String,
}

/// What became of a purge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PurgeReply {
    /// Always true.
    pub success: bool,
    /// The queue.
    pub queue: Queue,
    /// How far it went.
    #[serde(flatten)]
    pub purged: Purged,
}

/// What became of an expedition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExpediteReply {
    /// Always true.
    pub success: bool,
    /// The job.
    pub job_id: Id,
    /// Whether it goes before other users' from now on.
    pub expedited: bool,
}

/// What became of a redrive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RedriveReply {
    /// Always true; the lists say what became of each job.
    pub success: bool,
    /// New orders.
    pub redriven: Vec<Redriven>,
    /// What was not ordered again.
    pub skipped: Vec<Skipped>,
    /// What `cursor` takes to go on with older failures; null when there are none.
    pub next_cursor: Option<String>,
}

/// A failed job and the order that repeats it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Redriven {
    /// The failed one.
    pub job_id: Id,
    /// The new one.
    pub new_job_id: Id,
}

/// A failed job that was not ordered again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Skipped {
    /// The failed one.
    pub job_id: Id,
    /// Why.
    pub code: Code,
}

/// The answer of `GET /api/admin/workers`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WorkersReply {
    /// Always true.
    pub success: bool,
    /// All workers, the last seen first.
    pub workers: Vec<WorkerView>,
}

/// The answer of `GET /api/admin/strikes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StrikesReply {
    /// Always true.
    pub success: bool,
    /// The suspended users first, then the newest.
    pub users: Vec<StrikesView>,
}
