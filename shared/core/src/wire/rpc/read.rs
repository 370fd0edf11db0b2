//! What a user reads, with the user's own token.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Status;
use crate::{Id, JobType, Queue};

/// *user*: one job of the caller's with its assets, or null.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MyJob {
    /// The job.
    pub p_job_id: Id,
}

/// *user*: the caller's jobs, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MyJobs {
    /// Only of this status.
    pub p_status: Option<Status>,
    /// Only of this type.
    pub p_job_type: Option<JobType>,
    /// Older than the job created then (RFC 3339, as `created_at` gave it) ...
    pub p_before: Option<String>,
    /// ... with this id.
    pub p_before_id: Option<Id>,
    /// At most this many.
    pub p_limit: u32,
}

/// A job as its owner sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobView {
    /// Its id.
    pub id: Id,
    /// Its owner.
    pub user_id: Id,
    /// Where it stands.
    pub status: Status,
    /// What was ordered.
    pub job_type: JobType,
    /// 0 to 100.
    pub progress: u8,
    /// The attempt.
    pub attempt: u32,
    /// Whether the owner called it off.
    pub cancel_requested: bool,
    /// The effective prompt.
    pub prompt: String,
    /// The merged metadata.
    pub metadata: Map<String, Value>,
    /// Why it failed, for programs.
    pub error_code: Option<String>,
    /// Why it failed, for people.
    pub error_message: Option<String>,
    /// Jobs before it in its queue, plus one.
    pub position: Option<u32>,
    /// Seconds until it should be done.
    pub eta_seconds: Option<u32>,
    /// Why it waits, for people.
    pub waiting_for: Option<String>,
    /// Credits held, charged and released.
    pub credits: Credits,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub started_at: Option<String>,
    /// RFC 3339.
    pub completed_at: Option<String>,
    /// Its assets in the order of their index.
    pub assets: Vec<AssetView>,
}

/// What a job cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Credits {
    /// Still held.
    pub held: i64,
    /// Charged.
    pub charged: i64,
    /// Released.
    pub released: i64,
}

/// An asset as its owner sees it; keys become signed URLs in the edge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AssetView {
    /// Its id.
    pub id: Id,
    /// Its job.
    pub job_id: Id,
    /// `image` or `video`.
    pub kind: String,
    /// Its job's type, which names the bucket.
    pub job_type: JobType,
    /// Its place in the batch.
    pub image_index: u8,
    /// Where it stands.
    pub status: Status,
    /// Its title.
    pub title: Option<String>,
    /// The object's key.
    pub url: Option<String>,
    /// The key of its thumbnail or poster.
    pub thumbnail_url: Option<String>,
    /// Whether it is in the library.
    pub saved: bool,
    /// Whether it is the preferred one of its job.
    pub preferred: bool,
    /// Its metadata.
    pub metadata: Map<String, Value>,
    /// RFC 3339.
    pub created_at: String,
}

/// *user*: the caller's completed assets, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MyAssets {
    /// Only `image` or `video`.
    pub p_kind: Option<String>,
    /// Only what is (not) in the library.
    pub p_saved: Option<bool>,
    /// Older than the asset created then ...
    pub p_before: Option<String>,
    /// ... with this id.
    pub p_before_id: Option<Id>,
    /// At most this many.
    pub p_limit: u32,
}

/// *user*: how full the queues are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QueueStatus {}

/// One queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueState {
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

/// *user*: events of the caller's, in an order in which nothing can be missed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MyEvents {
    /// Only of this job.
    pub p_job_id: Option<Id>,
    /// After this event (for one job its sequence, else the stream position); none asks for the newest alone.
    pub p_after: Option<u64>,
    /// At most this many.
    pub p_limit: u32,
}

/// One event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct JobEvent {
    /// What `p_after` takes to go on behind it.
    pub cursor: u64,
    /// Its job.
    pub job_id: Id,
    /// Its place in the job, from 1.
    pub seq: u64,
    /// `queued`, `processing`, `progress`, `asset`, `completed`, `failed`, `canceled`, `requeued`.
    pub kind: String,
    /// What it tells.
    pub data: Map<String, Value>,
    /// RFC 3339.
    pub created_at: String,
}
