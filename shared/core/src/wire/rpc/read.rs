//! What a user reads, with the user's own token.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Status;
use crate::{Id, JobType};

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

/// *user*: the caller's completed assets, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MyAssets {
    /// Only `image` or `video`.
    pub p_kind: Option<String>,
    /// Only what is (not) in the library.
    pub p_saved: Option<bool>,
    /// Only what belongs to this project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p_project_id: Option<Id>,
    /// Only what has this tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p_tag: Option<String>,
    /// Only what has each of these words in its title or its prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p_words: Option<Vec<String>>,
    /// Only what was created then or later, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p_from: Option<String>,
    /// Only what was created earlier than that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p_until: Option<String>,
    /// The oldest first, and not the newest.
    pub p_oldest: bool,
    /// Behind the asset created then ...
    pub p_before: Option<String>,
    /// ... with this id.
    pub p_before_id: Option<Id>,
    /// At most this many.
    pub p_limit: u32,
}

/// *user*: how full the queues are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QueueStatus {}

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
    /// Its number in the job, from 1.
    pub seq: u64,
    /// `queued`, `processing`, `progress`, `asset`, `completed`, `failed`, `canceled`, `requeued`.
    pub kind: String,
    /// What it tells.
    pub data: Map<String, Value>,
    /// RFC 3339.
    pub created_at: String,
}
