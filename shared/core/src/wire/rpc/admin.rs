//! What operators do and see.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{DeliveryStatus, EnqueueJob, Status, WebhookDelivery};
use crate::{Id, JobType, Queue};

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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Balance {
    /// What can be spent now.
    pub balance: i64,
    /// What unfinished jobs hold.
    pub held: i64,
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

/// *edge*: stops a queue, one worker or the orders of one user, or lets them go on. Exactly one is named; what runs
/// goes on.
///
/// Raises `PT404 not_found` `{field}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdminPause {
    /// Who.
    pub p_actor: String,
    /// Whether it stops.
    pub p_paused: bool,
    /// The queue.
    pub p_queue: Option<Queue>,
    /// The worker.
    pub p_worker_id: Option<String>,
    /// The user.
    pub p_user_id: Option<Id>,
    /// Why.
    pub p_reason: Option<String>,
}

/// *edge*: makes a worker's own key worthless, for good; what the worker had goes to others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdminRevokeWorker {
    /// Who.
    pub p_actor: String,
    /// The worker.
    pub p_worker_id: String,
    /// Why.
    pub p_reason: Option<String>,
}

/// *edge*: cancels what waits in a queue and gives its credits back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdminPurge {
    /// Who.
    pub p_actor: String,
    /// The queue.
    pub p_queue: Queue,
    /// At most this many jobs.
    pub p_limit: u32,
    /// Why.
    pub p_reason: Option<String>,
}

/// What [`AdminPurge`] returns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Purged {
    /// Jobs that were canceled.
    pub canceled: u32,
    /// Credits that went back to their owners.
    pub released: u64,
    /// Jobs that still wait: more than one call ends, or new ones.
    pub remaining: u32,
}

/// *edge*: lets a waiting job go before other users', or in its turn again.
///
/// Raises `PT404 not_found`, `PT409 state_conflict` `{status}` for a job that does not wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdminExpedite {
    /// Who.
    pub p_actor: String,
    /// The job.
    pub p_job_id: Id,
    /// Whether it goes first.
    pub p_expedited: bool,
    /// Why.
    pub p_reason: Option<String>,
}

/// *edge*: the failed jobs that an operator orders again, with the audit row of it: one, or the newest of a
/// queue that nobody has ordered again yet.
///
/// Raises `PT404 not_found`, `PT409 state_conflict` for a named job that did not fail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdminRedrive {
    /// Who.
    pub p_actor: String,
    /// Of this queue ...
    pub p_queue: Option<Queue>,
    /// ... or this one.
    pub p_job_id: Option<Id>,
    /// Why.
    pub p_reason: Option<String>,
    /// Ended before the job that ended then (RFC 3339, as `completed_at` gave it) ...
    pub p_before: Option<String>,
    /// ... with this id.
    pub p_before_id: Option<Id>,
    /// At most this many.
    pub p_limit: u32,
}

/// *edge*: orders a failed job again at the service's cost, the grant and the order in one, once for each failed job.
///
/// Raises what [`EnqueueJob`] does.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RedriveJob {
    /// Who.
    pub p_actor: String,
    /// The order, which names the failed job; its key is made here.
    pub p_order: EnqueueJob,
}

/// *edge*: all workers, the last seen first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdminWorkers {}

/// A worker as operators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WorkerView {
    /// Its name.
    pub worker_id: String,
    /// The queues that it serves.
    pub queues: Vec<Queue>,
    /// Models that it has loaded.
    pub models: Vec<String>,
    /// `idle` or `busy`.
    pub state: String,
    /// The job that it works on.
    pub current_job: Option<Id>,
    /// Seconds since its last heartbeat.
    pub seen_seconds: u64,
    /// RFC 3339.
    pub first_seen_at: String,
    /// RFC 3339.
    pub last_seen_at: String,
    /// Jobs that it lost since the last one that it finished.
    pub losses: u32,
    /// Whether it gets no jobs.
    pub paused: bool,
    /// Why not.
    pub paused_reason: Option<String>,
    /// Whether its key counts no more.
    pub revoked: bool,
    /// What it last said of a job that failed, or that it gave back because its device is broken.
    pub last_error: Option<String>,
    /// When it said so, RFC 3339.
    pub last_error_at: Option<String>,
}

/// *edge*: users whose texts the content policy refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdminStrikes {}

/// How often the content policy refused a user, as operators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StrikesView {
    /// The user.
    pub user_id: Id,
    /// Refusals, less one for each day since.
    pub strikes: u32,
    /// RFC 3339.
    pub last_strike_at: String,
    /// Seconds until the user may order again; null after too few strikes for a pause.
    pub blocked_seconds: Option<u32>,
    /// Whether the user may not order until an operator resumes it.
    pub suspended: bool,
}

/// *edge*: failed jobs, the newest first, without their prompts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdminJobs {
    /// Only of this queue.
    pub p_queue: Option<Queue>,
    /// Ended before the job that ended then ...
    pub p_before: Option<String>,
    /// ... with this id.
    pub p_before_id: Option<Id>,
    /// At most this many.
    pub p_limit: u32,
}

/// A failed job as operators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FailedJob {
    /// Its id.
    pub id: Id,
    /// Its owner.
    pub user_id: Id,
    /// What was ordered.
    pub job_type: JobType,
    /// Its queue.
    pub queue: Queue,
    /// Always `failed`.
    pub status: Status,
    /// The last attempt.
    pub attempt: u32,
    /// Why, for programs.
    pub error_code: Option<String>,
    /// Why, as its owner was told.
    pub error_message: Option<String>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub completed_at: String,
    /// The first job that asks for the same again.
    pub retried_as: Option<Id>,
    /// What workers said of its attempts.
    pub errors: Vec<WorkerError>,
}

/// What a worker said of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WorkerError {
    /// Which attempt.
    pub attempt: u32,
    /// Who.
    pub worker_id: Option<String>,
    /// For programs.
    pub error_code: Option<String>,
    /// In its own words.
    pub worker_error: Option<String>,
    /// RFC 3339.
    pub created_at: String,
}

/// *edge*: everybody's webhook deliveries, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdminDeliveries {
    /// Only of this status.
    pub p_status: Option<DeliveryStatus>,
    /// Older than the delivery created then ...
    pub p_before: Option<String>,
    /// ... with this id.
    pub p_before_id: Option<Id>,
    /// At most this many.
    pub p_limit: u32,
}

/// A delivery as operators see it; of its address the host alone, for the rest may hold a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OperatorsDelivery {
    /// Whose job it tells of.
    pub user_id: Id,
    /// What its owner sees.
    #[serde(flatten)]
    pub delivery: WebhookDelivery,
}

/// *edge*: sends a delivery anew, whoever's it is.
///
/// Raises `PT404 not_found`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdminRedeliver {
    /// Who.
    pub p_actor: String,
    /// The delivery.
    pub p_delivery_id: Id,
    /// Why.
    pub p_reason: Option<String>,
}

/// *edge*: how full the queues were, and how long they let wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdminQueueHistory {
    /// So far back.
    pub p_hours: u32,
}

/// How a queue went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct QueueHistory {
    /// The queue.
    pub queue: Queue,
    /// The oldest first; at most some hundred, each the worst of its time.
    pub points: Vec<QueuePoint>,
}

/// How a queue was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct QueuePoint {
    /// From then on, RFC 3339.
    pub at: String,
    /// Jobs that waited.
    pub queued: u64,
    /// Jobs that ran.
    pub processing: u64,
    /// Workers that took jobs.
    pub workers: u32,
    /// How long the oldest had waited; null when none did.
    pub oldest_seconds: Option<u32>,
    /// How long half of the last jobs had waited when they were started; null before the first.
    pub median_wait_seconds: Option<u32>,
}

/// *edge*: the service's state in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdminMetrics {}

/// One number.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Metric {
    /// Of what.
    pub name: String,
    /// Of which.
    pub labels: BTreeMap<String, String>,
    /// How many; a histogram has none.
    #[serde(default)]
    pub value: f64,
    /// How it is spread.
    #[serde(default)]
    pub histogram: Option<Histogram>,
}

/// How often something took how long.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Histogram {
    /// Upper bounds, the lowest first.
    pub bounds: Vec<f64>,
    /// How many were above the bound before and not above this one; the last: above all of them.
    pub counts: Vec<u64>,
    /// All of them together.
    pub sum: f64,
}
