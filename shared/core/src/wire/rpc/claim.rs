//! What a worker asks for, and its heartbeats.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{AttemptKey, ReportOutcome, Settlement, Status};
use crate::{Id, JobType, Queue};

/// *edge*: gives a job to a worker, or null when there is none (or when the named one is not free).
///
/// Without `p_job_id` it takes the next: users in turn, those who have waited nearer, short before long, loaded model
/// first. A priority orders its user's own jobs.
/// Records the attempt's keys and the worker's heartbeat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimJob {
    /// The worker.
    pub p_worker_id: String,
    /// The queue it serves.
    pub p_queue: Queue,
    /// The job that it wants.
    pub p_job_id: Option<Id>,
    /// Models that it has loaded, best first (`sdxl`, `wan`).
    pub p_models: Vec<String>,
    /// The new lease's id.
    pub p_lease_id: Id,
    /// How long the lease lasts without a heartbeat.
    pub p_lease_seconds: u32,
    /// Seconds since the worker's program started, if it tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p_uptime_seconds: Option<u64>,
    /// What is taken of its GPU's memory, if it tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p_gpu_used_bytes: Option<u64>,
    /// What there is of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p_gpu_total_bytes: Option<u64>,
    /// The id of its signed message, which counts once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p_message_id: Option<String>,
}

/// What a worker may work on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Claimed {
    /// The job.
    pub job_id: Id,
    /// Its owner.
    pub user_id: Id,
    /// What was ordered.
    pub job_type: JobType,
    /// Ordered assets.
    pub num_assets: u8,
    /// The attempt.
    pub attempt: u32,
    /// The lease's id.
    pub lease_id: Id,
    /// Milliseconds since 1970.
    pub lease_until_ms: u64,
    /// The stored payload.
    pub payload: Value,
    /// Where this attempt's files go.
    pub keys: Vec<AttemptKey>,
    /// What its reports will be judged by, as it stands now; functions before this field tell none.
    #[serde(default)]
    pub settlement: Option<Settlement>,
}

/// *edge*: a worker's heartbeat. From a legacy worker it is the claim of that job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeartbeatJob {
    /// The job.
    pub p_job_id: Id,
    /// The attempt that the worker believes to hold; legacy workers know none.
    pub p_attempt: Option<u32>,
    /// The lease that the worker believes to hold.
    pub p_lease_id: Option<Id>,
    /// The worker.
    pub p_worker_id: Option<String>,
    /// 0 to 100; never lowers what was told before in the same attempt.
    pub p_progress: Option<u8>,
    /// The id of the lease if this is a claim.
    pub p_new_lease_id: Id,
    /// How long a lease lasts.
    pub p_lease_seconds: u32,
    /// How long the lease of a worker without heartbeats lasts at least.
    pub p_legacy_lease_seconds: u32,
    /// Seconds since the worker's program started, if it tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p_uptime_seconds: Option<u64>,
    /// What is taken of its GPU's memory, if it tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p_gpu_used_bytes: Option<u64>,
    /// What there is of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p_gpu_total_bytes: Option<u64>,
    /// The id of its signed message, which counts once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p_message_id: Option<String>,
    /// Whether a step preview came along, which is told of with the progress.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub p_step_preview: bool,
}

/// What [`HeartbeatJob`] returns. With `not_found` the other fields are null.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeartbeatReply {
    /// What became of it.
    pub outcome: ReportOutcome,
    /// The job's owner.
    pub user_id: Option<Id>,
    /// What was ordered.
    pub job_type: Option<JobType>,
    /// Ordered assets.
    pub num_assets: Option<u8>,
    /// Where the job stands.
    pub status: Option<Status>,
    /// The current attempt.
    pub attempt: Option<u32>,
    /// The number of its claim.
    pub claim: Option<u32>,
    /// The current lease.
    pub lease_id: Option<Id>,
    /// Milliseconds since 1970.
    pub lease_until_ms: Option<u64>,
    /// Whether the owner canceled it.
    pub cancel_requested: bool,
}
