//! `GET /api/queue-status`: how full the queues are, and why jobs wait.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::rpc::QueueState;
use crate::Queue;

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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

/// One queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
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
    pub fn of(states: Vec<QueueState>) -> Self {
        Self {
            success: true,
            queue_depth: states
                .iter()
                .fold(0, |depth, state| depth.saturating_add(state.queued)),
            queues: states.into_iter().map(QueueReply::from).collect(),
        }
    }
}

impl From<QueueState> for QueueReply {
    fn from(state: QueueState) -> Self {
        Self {
            queue: state.queue,
            queued: state.queued,
            processing: state.processing,
            workers: state.workers,
            worker_seen_seconds: state.worker_seen_seconds,
            median_wait_seconds: state.median_wait_seconds,
            eta_seconds: state.eta_seconds,
            paused: state.paused,
            waiting_for: state.waiting_for,
        }
    }
}
