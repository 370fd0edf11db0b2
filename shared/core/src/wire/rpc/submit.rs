//! What a user orders, and cancels.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Status;
use crate::wire::payload::WorkerPayload;
use crate::{ApiError, Code, Id, JobType};

/// *edge*: records a job, its assets, its price and its hint, all or nothing.
///
/// Raises (SQLSTATE, hint = error code, detail = JSON for `details`): `PT401 unauthorized` `{reason}` for a key that is
/// gone, `PT400 invalid_request` `{field, expected}` for a reference that may not be ordered so, `PT409 state_conflict`
/// `{unseen}` for references that have to be looked at first, `PT402 insufficient_credits` `{required, balance}`, `PT402 spending_limit` `{limit, spent, required}`, `PT403 account_suspended`, `PT404 not_found` `{field}`, `PT409 idempotency_in_progress`, `PT422
/// idempotency_mismatch`, `PT429 rate_limited | too_many_active_jobs` `{limit, retryAfterSeconds}`,
/// `PT503 queue_full` `{retryAfterSeconds}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EnqueueJob {
    /// The caller.
    pub p_user_id: Id,
    /// The new job's id, made by the edge.
    pub p_job_id: Id,
    /// What is ordered.
    pub p_job_type: JobType,
    /// The effective prompt.
    pub p_prompt: String,
    /// Rows to make in `images` or `videos`.
    pub p_num_assets: u8,
    /// Credits to hold for one asset.
    pub p_price_each: u32,
    /// `jobs.metadata`.
    pub p_metadata: Map<String, Value>,
    /// The worker's payload without attempt, token and keys.
    pub p_payload: WorkerPayload,
    /// Source project, must be the caller's.
    pub p_project_id: Option<Id>,
    /// Source image, must be the caller's.
    pub p_image_id: Option<Id>,
    /// Source video, must be the caller's.
    pub p_video_id: Option<Id>,
    /// The job that this one retries, must be the caller's.
    pub p_retry_of: Option<Id>,
    /// -10 to 10, higher goes first.
    pub p_priority: i16,
    /// 1 to 255 visible ASCII characters.
    pub p_idempotency_key: Option<String>,
    /// SHA-256 of the request's meaning, in hex.
    pub p_fingerprint: String,
    /// Where to tell of the outcome.
    pub p_webhook_url: Option<String>,
    /// Which outcomes to tell.
    pub p_webhook_events: Vec<String>,
    /// Credits that a user who was never seen before starts with.
    pub p_starting_credits: u32,
    /// Unfinished jobs that a user may have.
    pub p_max_active: u32,
    /// Jobs that a user may submit in a minute.
    pub p_max_per_minute: u32,
    /// Queued jobs that a queue takes.
    pub p_max_queued: u32,
    /// The API key that orders, must be the caller's.
    pub p_api_key_id: Option<Id>,
    /// What lies in the place of each reference, as far as it was looked at; none where that is not possible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p_seen: Option<Vec<Option<SeenReference>>>,
}

/// What lies in a reference's place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenReference {
    pub width: u32,
    pub height: u32,
    pub bytes: u64,
    pub etag: Option<String>,
}

impl EnqueueJob {
    /// The places of the references that the database wants looked at before it takes the order, if that is what it
    /// said.
    #[must_use]
    pub fn unseen(&self, refusal: &ApiError) -> Option<Vec<usize>> {
        let is_asked = refusal.code == Code::StateConflict && self.p_seen.is_some();
        let places = refusal
            .details
            .as_ref()
            .filter(|_| is_asked)?
            .get("unseen")?;
        serde_json::from_value(places.clone()).ok()
    }
}

/// What [`EnqueueJob`] returns, the first time and each time after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Enqueued {
    /// Whether the idempotency key had made this job before.
    pub replayed: bool,
    /// The job.
    pub job: JobRow,
    /// Its image rows.
    pub images: Vec<AssetRef>,
    /// Its video row.
    pub video: Option<AssetRef>,
    /// Jobs before it in its queue, plus one; null when it is no longer queued.
    pub position: Option<u32>,
    /// Seconds until it should be done.
    pub eta_seconds: Option<u32>,
    /// Jobs that wait in its queue, with it; null when it is no longer queued.
    pub queue_length: Option<u64>,
    /// Submits that the user has left in this minute.
    pub remaining: u32,
    /// Seconds until the window starts anew.
    pub reset_seconds: u32,
}

/// A row of `jobs` as the edge reads it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobRow {
    /// Its id.
    pub id: Id,
    /// Its owner.
    pub user_id: Id,
    /// What was ordered.
    pub job_type: JobType,
    /// Where it stands.
    pub status: Status,
    /// Starts at 1, grows when the sweep requeues it.
    pub attempt: u32,
    /// Grows with each write of the row: the compare in compare-and-swap.
    pub version: u64,
    /// How often it was given back for nothing.
    #[serde(default)]
    pub releases: u32,
    /// 0 to 100, of this attempt.
    pub progress: u8,
    /// Ordered assets.
    pub num_assets: u8,
    /// Whether the owner canceled it while it ran.
    pub cancel_requested: bool,
    /// The merged metadata.
    pub metadata: Map<String, Value>,
    /// RFC 3339.
    pub created_at: String,
    /// Whether somebody's server wants to hear of its end.
    #[serde(default)]
    pub webhook: bool,
}

impl JobRow {
    /// Which of the job's claims was the last of this attempt: each that was given back counts one more. No two claims
    /// have the same, so none finds in its place what another has uploaded.
    #[must_use]
    pub const fn claim_number(&self, attempt: u32) -> u32 {
        attempt.saturating_add(self.releases)
    }
}

/// An asset row by id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AssetRef {
    /// Its id.
    pub id: Id,
    /// Its index in the batch.
    pub image_index: u8,
}

/// *edge*: the owner calls a job off.
///
/// Raises `PT404 not_found`, `PT409 state_conflict` when it had ended (unless it was canceled already).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelJob {
    /// The caller.
    pub p_user_id: Id,
    /// The job.
    pub p_job_id: Id,
    /// Whether to tell what it would cost, and change nothing.
    pub p_dry_run: bool,
}

/// What [`CancelJob`] returns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Canceled {
    /// `canceled` at once, or `processing` until its worker knows of it.
    pub status: Status,
    /// Whether the worker will be told.
    #[serde(rename = "cancelRequested", alias = "cancel_requested")]
    pub cancel_requested: bool,
    /// What the job costs in all when it is called off: what was delivered, or the share of its price that was done
    /// at the cancel, whichever is more. It grows only by what is still delivered until the worker stops.
    #[serde(rename = "cancelCost", alias = "cancel_cost")]
    pub cancel_cost: u32,
    /// Credits that were charged so far.
    pub charged: u32,
    /// Credits that were given back so far.
    pub released: u32,
}

/// *edge*: the content policy refused something. Returns what held back its sender already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordPolicyEvent {
    /// Whose text it was.
    pub p_user_id: Id,
    /// Where: `queue_job`, `enhance_prompt`, `callback`, `project`, `asset`, `api_key`.
    pub p_surface: String,
    /// The job, where there is one.
    pub p_job_id: Option<Id>,
}

/// What earlier refusals keep a user from: ordering for a while, or until an operator has looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Restraint {
    /// Whether only an operator ends it.
    pub suspended: bool,
    /// When it ends by itself.
    pub retry_after_seconds: Option<u32>,
}

impl Restraint {
    /// What its user is told. That a text was refused as well, nobody learns who asks again and again.
    #[must_use]
    pub fn refusal(self) -> ApiError {
        match self.retry_after_seconds {
            Some(seconds) if !self.suspended => {
                ApiError::new(Code::RateLimited).with_retry_after(seconds)
            }
            _ => ApiError::new(Code::AccountSuspended),
        }
    }
}

/// *edge*: the prompts of a project of the caller's, or null.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectPrompt {
    /// The caller.
    pub p_user_id: Id,
    /// The project.
    pub p_project_id: Id,
}

/// What [`ProjectPrompt`] returns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectPrompts {
    /// The one that goes first.
    pub enhanced_prompt: Option<String>,
    /// The one that goes second.
    pub original_prompt: Option<String>,
    /// The project's character, which the worker's payload names.
    #[serde(default)]
    pub character_id: Option<Id>,
}
