//! The SQL functions that the edge calls through PostgREST: one struct a function.
//!
//! A field's name is its parameter's name, [`Rpc::NAME`] the function's, [`Rpc::Reply`] what it returns. A
//! test holds all of it equal to the database. Functions marked *edge* run only as the role `ourvidz_edge`
//! and take the user as an argument; those marked *user* run with the user's own token.

use alloc::string::String;
use alloc::vec::Vec;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Id, JobType, Queue};

/// One SQL function.
pub trait Rpc: Serialize {
    /// The function's name in schema `public`.
    const NAME: &'static str;
    /// What it returns.
    type Reply: DeserializeOwned;
}

/// A status as rows and messages carry it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Waits for a worker.
    Queued,
    /// A worker has it.
    #[serde(alias = "generating")]
    Processing,
    /// Done, with at least one asset.
    Completed,
    /// Given up.
    Failed,
    /// Called off by its owner.
    Canceled,
}

/// *edge*: records a job, its assets, its price and its hint, all or nothing.
///
/// Raises (SQLSTATE, hint = error code, detail = JSON for `details`): `PT402 insufficient_credits`
/// `{required, balance}`, `PT404 not_found` `{field}`, `PT409 idempotency_in_progress`, `PT422
/// idempotency_mismatch`, `PT429 rate_limited | too_many_active_jobs` `{limit, retryAfterSeconds}`,
/// `PT503 queue_full` `{retryAfterSeconds}`.
#[derive(Debug, Clone, PartialEq, Serialize)]
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
    pub p_payload: Value,
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
    /// `usage_logs.metadata` beside the ids, which the function adds.
    pub p_usage: Map<String, Value>,
    /// Credits that a user who was never seen before starts with.
    pub p_starting_credits: u32,
    /// Unfinished jobs that a user may have.
    pub p_max_active: u32,
    /// Jobs that a user may submit in a minute.
    pub p_max_per_minute: u32,
    /// Queued jobs that a queue takes.
    pub p_max_queued: u32,
}

/// What [`EnqueueJob`] returns, the first time and each time after.
#[derive(Debug, Clone, PartialEq, Deserialize)]
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
    /// 0 to 100, of this attempt.
    pub progress: u8,
    /// Ordered assets.
    pub num_assets: u8,
    /// Whether the owner called it off while it ran.
    pub cancel_requested: bool,
    /// The merged metadata.
    pub metadata: Map<String, Value>,
    /// RFC 3339.
    pub created_at: String,
}

/// An asset row by id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetRef {
    /// Its id.
    pub id: Id,
    /// Its place in the batch.
    pub image_index: u8,
}

/// *edge*: the hint is on its list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MarkPushed {
    /// The job.
    pub p_job_id: Id,
    /// The attempt that was pushed.
    pub p_attempt: u32,
}

/// *edge*: gives a job to a worker, or null when there is none (or when the named one is not free).
///
/// Without `p_job_id` it takes the next: fair per user, priority, short before long, loaded model first.
/// Records the attempt's keys and the worker's life sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
}

/// What a worker may work on.
#[derive(Debug, Clone, PartialEq, Deserialize)]
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
}

/// Where one file of one attempt goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptKey {
    /// Which asset.
    pub index: u8,
    /// What it is of the asset.
    pub role: Role,
    /// The logical bucket.
    pub bucket: String,
    /// The key in it.
    pub key: String,
}

/// What a file is of its asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The picture itself.
    Image,
    /// The video itself.
    Video,
    /// A small JPEG of a picture.
    Thumbnail,
    /// The first frame of a video as JPEG.
    Poster,
}

/// *edge*: a worker's life sign. From a legacy worker it is the claim of that job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
}

/// What became of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Taken.
    Ok,
    /// Of an older attempt or another lease: nothing changed.
    Stale,
    /// The job had ended before: nothing changed.
    Terminal,
    /// There is no such job.
    NotFound,
    /// The row changed since it was read: read again and decide again.
    Conflict,
}

/// What [`HeartbeatJob`] returns. With `not_found` the other fields are null.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct HeartbeatReply {
    /// What became of it.
    pub outcome: Outcome,
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
    /// The current lease.
    pub lease_id: Option<Id>,
    /// Milliseconds since 1970.
    pub lease_until_ms: Option<u64>,
    /// Whether the owner called it off.
    pub cancel_requested: bool,
}

/// *edge*: all that settling needs to know, or null when there is no such job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JobForSettlement {
    /// The job.
    pub p_job_id: Id,
}

/// What [`JobForSettlement`] returns.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Settlement {
    /// The job.
    pub job: JobRow,
    /// The effective prompt, for titles.
    pub prompt: String,
    /// Its asset rows in the order of their index.
    pub assets: Vec<AssetState>,
    /// The current lease.
    pub lease: Option<Lease>,
    /// The keys recorded for its attempts (the current one, and the one before while this is unclaimed).
    pub keys: Vec<KeyOfAttempt>,
    /// What was settled before, for repeated reports.
    pub settled: Vec<Settled>,
}

/// An asset row as settling sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetState {
    /// Its id.
    pub id: Id,
    /// Its place in the batch.
    pub image_index: u8,
    /// Where it stands.
    pub status: Status,
    /// Its key, once it has one.
    pub url: Option<String>,
}

/// A lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Its id.
    pub lease_id: Id,
    /// The attempt that it is for.
    pub attempt: u32,
    /// Who holds it; null for legacy workers.
    pub worker_id: Option<String>,
    /// Milliseconds since 1970.
    pub until_ms: u64,
}

/// A recorded key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyOfAttempt {
    /// Of which attempt.
    pub attempt: u32,
    /// Which asset.
    pub index: u8,
    /// What it is of the asset.
    pub role: Role,
    /// The key.
    pub key: String,
}

/// A report that was settled.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Settled {
    /// The attempt.
    pub attempt: u32,
    /// SHA-256 of status and assets, in hex.
    pub digest: String,
    /// The answer that was given.
    pub reply: Value,
}

/// *edge*: writes what a plan decided, in one transaction, if the row is still at `p_version`.
///
/// Settles credits: each asset that becomes `completed` is charged, each that becomes `failed` or `canceled`
/// is released, each exactly once. Writes the event and, for `queued`, the outbox row of the next attempt.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SettleJob {
    /// The job.
    pub p_job_id: Id,
    /// The version that the plan was made from.
    pub p_version: u64,
    /// The attempt that is reported.
    pub p_attempt: u32,
    /// The worker that reports.
    pub p_worker_id: Option<String>,
    /// The job's new status: `processing` while a batch settles image by image, `queued` to requeue it.
    pub p_status: Status,
    /// The attempt after this (differs only with `queued`).
    pub p_next_attempt: u32,
    /// Keys to add to `jobs.metadata`.
    pub p_metadata: Map<String, Value>,
    /// The asset rows that change.
    pub p_assets: Vec<AssetUpdate>,
    /// 0 to 100.
    pub p_progress: Option<u8>,
    /// For `canceled`: the share of the price that was used up, 0 to 100.
    pub p_charge_percent: Option<u8>,
    /// For `failed`: a code for programs.
    pub p_error_code: Option<String>,
    /// For `failed`: a text for the user.
    pub p_error_message: Option<String>,
    /// What the worker said, for operators.
    pub p_worker_error: Option<String>,
    /// How long the generation took.
    pub p_generation_ms: Option<u64>,
    /// SHA-256 of status and assets, in hex; null for what need not be remembered.
    pub p_digest: Option<String>,
    /// The answer to remember.
    pub p_reply: Value,
}

/// A change of one asset row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AssetUpdate {
    /// Which.
    pub index: u8,
    /// `completed`, `failed` or `canceled`.
    pub status: Status,
    /// The object's key.
    pub url: Option<String>,
    /// The key of the thumbnail or poster (or of the placeholder, with its bucket in front).
    pub thumbnail_url: Option<String>,
    /// The title.
    pub title: Option<String>,
    /// Keys to add to the row's metadata.
    pub metadata: Map<String, Value>,
}

/// What [`SettleJob`] returns.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SettleReply {
    /// `ok`, `conflict` or `not_found`.
    pub outcome: Outcome,
    /// Credits charged by this settlement.
    pub charged: u32,
    /// Credits released by it.
    pub released: u32,
}

/// *edge*: the owner calls a job off.
///
/// Raises `PT404 not_found`, `PT409 state_conflict` when it had ended (unless it was canceled already).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CancelJob {
    /// The caller.
    pub p_user_id: Id,
    /// The job.
    pub p_job_id: Id,
}

/// What [`CancelJob`] returns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Canceled {
    /// `canceled` at once, or `processing` until the worker hears of it.
    pub status: Status,
    /// Whether the worker will be told.
    pub cancel_requested: bool,
    /// Credits released.
    pub released: u32,
}

/// *edge*: one pass of the sweep over what is late.
///
/// Requeues or fails expired leases (sparing all after an outage), fails what is too old, and returns the
/// hints that need pushing and the objects that need deleting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SweepPass {
    /// Rows of each kind that one pass handles at most.
    pub p_limit: u32,
    /// Whether Redis has forgotten its lists.
    pub p_lists_lost: bool,
    /// Present length of `sdxl_queue`; null when Redis did not answer.
    pub p_sdxl_length: Option<u64>,
    /// Present length of `wan_queue`.
    pub p_wan_length: Option<u64>,
    /// Attempts that a job gets.
    pub p_max_attempts: u32,
    /// A lease that outlives a gap in the ticks this long is extended once instead of expired.
    pub p_outage_seconds: u32,
    /// How long a job may wait.
    pub p_max_queued_seconds: u32,
    /// How long an attempt may run.
    pub p_max_running_seconds: u32,
    /// A queued job whose push was never marked is pushed after this.
    pub p_unmarked_seconds: u32,
    /// How long an extended or legacy lease lasts.
    pub p_lease_seconds: u32,
}

/// What [`SweepPass`] returns.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Swept {
    /// Jobs that got another attempt.
    pub requeued: u32,
    /// Jobs that were given up.
    pub failed: u32,
    /// Jobs that were canceled because their worker never answered the cancel.
    pub canceled: u32,
    /// Leases that were extended after an outage.
    pub extended: u32,
    /// Hints to push.
    pub push: Vec<HintToPush>,
    /// Objects to delete.
    pub objects: Vec<ObjectToDelete>,
}

/// A hint that needs pushing.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct HintToPush {
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
    /// The stored payload.
    pub payload: Value,
}

/// An object that no row needs any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectToDelete {
    /// The logical bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
}

/// *edge*: what a pass of the sweep got done outside the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SweepDone {
    /// Jobs whose hints were pushed, with the attempt.
    pub p_pushed: Vec<PushedHint>,
    /// Objects that are gone.
    pub p_deleted: Vec<ObjectToDelete>,
}

/// A hint that was pushed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PushedHint {
    /// The job.
    pub job_id: Id,
    /// The attempt.
    pub attempt: u32,
}

/// *edge*: the content policy refused something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordPolicyEvent {
    /// Whose text it was.
    pub p_user_id: Id,
    /// Where: `queue_job`, `enhance_prompt`, `callback`, `project`.
    pub p_surface: String,
    /// The job, where there is one.
    pub p_job_id: Option<Id>,
}

/// *edge*: the prompts of a project of the caller's, or null.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProjectPrompt {
    /// The caller.
    pub p_user_id: Id,
    /// The project.
    pub p_project_id: Id,
}

/// What [`ProjectPrompt`] returns.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ProjectPrompts {
    /// The one that goes first.
    pub enhanced_prompt: Option<String>,
    /// The one that goes second.
    pub original_prompt: Option<String>,
    /// The project's character, which the worker's payload names.
    #[serde(default)]
    pub character_id: Option<Id>,
}

/// *edge*: moves credits to a user (or back, when negative), once per request id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdminGrantCredits {
    /// Who grants.
    pub p_actor: String,
    /// To whom.
    pub p_user_id: Id,
    /// How many.
    pub p_amount: i64,
    /// Why.
    pub p_reason: String,
    /// What makes a repeat the same grant.
    pub p_request_id: String,
}

/// A balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// What can be spent.
    pub balance: i64,
    /// What unfinished jobs hold.
    pub held: i64,
}

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

/// *edge*: who the caller is to the service; makes the profile on first sight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountOf {
    /// The caller.
    pub p_user_id: Id,
    /// Credits that a user who was never seen before starts with.
    pub p_starting_credits: u32,
}

/// What [`AccountOf`] returns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// What can be spent.
    pub balance: i64,
    /// What unfinished jobs hold.
    pub held: i64,
    /// Unfinished jobs.
    pub active_jobs: u32,
    /// Jobs ever submitted.
    pub total_jobs: u64,
    /// Credits ever charged.
    pub credits_spent: i64,
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
    /// After this event (for one job its sequence, else the stream position).
    pub p_after: u64,
    /// At most this many.
    pub p_limit: u32,
}

/// One event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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

/// *edge*: what the health check needs from the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EdgeHealth {}

/// What [`EdgeHealth`] returns.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Health {
    /// Number of the newest migration's schema.
    pub schema_version: u32,
    /// Seconds since the sweep last ran; null before its first run.
    pub sweep_seconds: Option<u64>,
}

macro_rules! rpc {
    ($($request:ident $name:literal $reply:ty;)+) => {
        $(impl Rpc for $request {
            const NAME: &'static str = $name;
            type Reply = $reply;
        })+
    };
}

rpc! {
    EnqueueJob "enqueue_job" Enqueued;
    MarkPushed "mark_pushed" ();
    ClaimJob "claim_job" Option<Claimed>;
    HeartbeatJob "heartbeat_job" HeartbeatReply;
    JobForSettlement "job_for_settlement" Option<Settlement>;
    SettleJob "settle_job" SettleReply;
    CancelJob "cancel_job" Canceled;
    SweepPass "sweep_pass" Swept;
    SweepDone "sweep_done" ();
    RecordPolicyEvent "record_policy_event" ();
    ProjectPrompt "project_prompt" Option<ProjectPrompts>;
    AdminGrantCredits "admin_grant_credits" Balance;
    MyJob "my_job" Option<JobView>;
    MyJobs "my_jobs" Vec<JobView>;
    MyAssets "my_assets" Vec<AssetView>;
    AccountOf "account_of" Account;
    QueueStatus "queue_status" Vec<QueueState>;
    MyEvents "my_events" Vec<JobEvent>;
    EdgeHealth "edge_health" Health;
}
