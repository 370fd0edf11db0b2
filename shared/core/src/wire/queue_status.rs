//! `GET /api/queue-status`: how full the queues are, and why jobs wait.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::Queue;

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct QueueStatusReply {
    /// Always true.
    pub success: bool,
    /// Jobs that wait in any queue.
    pub queue_depth: u32,
    /// Each queue.
    pub queues: Vec<QueueReply>,
}

// Read as the database names its columns, written as clients name its fields.
/// One queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all(serialize = "camelCase"))]
pub struct QueueReply {
    /// Which.
    pub queue: Queue,
    /// Jobs waiting.
    pub queued: u32,
    /// Jobs running.
    pub processing: u32,
    /// Workers seen in the last two minutes.
    pub workers: u32,
    /// Seconds since a worker was last seen; null when none ever was.
    pub worker_seen_seconds: Option<u64>,
    /// Median wait of the last jobs, in seconds.
    pub median_wait_seconds: Option<u32>,
    /// Seconds until a job submitted now would be done.
    pub eta_seconds: Option<u32>,
    /// Whether an operator paused it.
    pub paused: bool,
    /// Why jobs wait, for people; null when they do not.
    pub waiting_for: Option<String>,
}

impl QueueStatusReply {
    /// From the rows.
    #[must_use]
    pub fn of(queues: Vec<QueueReply>) -> Self {
        Self {
            success: true,
            queue_depth: queues
                .iter()
                .fold(0, |depth, queue| depth.saturating_add(queue.queued)),
            queues,
        }
    }
}
