//! What became of an attempt.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{JobRow, ReportOutcome, Status};
use crate::Id;

/// *edge*: all that settling needs to know, or null when there is no such job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobForSettlement {
    pub p_job_id: Id,
}

/// What [`JobForSettlement`] returns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settlement {
    pub job: JobRow,
    /// The effective prompt, for titles.
    pub prompt: String,
    /// Its asset rows in the order of their index.
    pub assets: Vec<AssetState>,
    pub lease: Option<Lease>,
    /// What was settled before, for repeated reports.
    pub settled: Vec<Settled>,
}

/// An asset row as settling sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetState {
    pub id: Id,
    /// Its index in the batch.
    pub image_index: u8,
    pub status: Status,
    /// Its key, once it has one.
    pub url: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    pub lease_id: Id,
    /// The attempt that it is for.
    pub attempt: u32,
    /// Who holds it; null for legacy workers.
    pub worker_id: Option<String>,
    /// Milliseconds since 1970.
    pub until_ms: u64,
}

/// A report that was settled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settled {
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SettleJob {
    pub p_job_id: Id,
    /// The version that the plan was made from.
    pub p_version: u64,
    /// The attempt that is reported.
    pub p_attempt: u32,
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
    /// For `canceled`: whether what was done before the cancel is charged; not where the worker failed.
    pub p_charge_used: bool,
    /// What a completed asset costs, where that is less than what is held for it.
    pub p_price_each: Option<u32>,
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
    pub p_reply: Value,
}

/// A change of one asset row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AssetUpdate {
    pub index: u8,
    /// `completed`, `failed` or `canceled`.
    pub status: Status,
    pub url: Option<String>,
    /// The key of the thumbnail or poster (or of the placeholder, with its bucket in front).
    pub thumbnail_url: Option<String>,
    pub title: Option<String>,
    /// Keys to add to the row's metadata.
    pub metadata: Map<String, Value>,
}

/// What [`SettleJob`] returns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettleReply {
    /// `ok`, `conflict` or `not_found`.
    pub outcome: ReportOutcome,
    /// Credits charged by this settlement.
    pub charged: u32,
    pub released: u32,
    /// The row's version after it; none when nothing was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// Until when the lease lasts, if the work goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease_until_ms: Option<u64>,
}

/// *edge*: counts a report that ended before anything was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CountCallback {
    pub p_outcome: UnwrittenReport,
}

/// What became of a report for which nothing was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UnwrittenReport {
    /// The very same was settled before.
    Replayed,
    /// Its attempt or its lease is over.
    Stale,
    Terminal,
    /// There is no such job.
    NotFound,
    /// It could not be accepted.
    Refused,
}
