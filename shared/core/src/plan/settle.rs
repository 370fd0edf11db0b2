//! Settling a worker's report: from what it says and where the job stands to one write, or to none.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::json;

use super::settled_assets::{SettledAssets, settle_assets};
use crate::fingerprint::fingerprint;
use crate::limits::{MAX_ATTEMPTS, MAX_THUMBNAIL_BYTES};
use crate::merge;
use crate::policy::{self, ExtraTerms};
use crate::state::fence::{Origin, Passage, Standing, passage};
use crate::timestamp::rfc3339;
use crate::wire::callback::{CallbackDebug, CallbackReply, CallbackReport, ReportStatus};
use crate::wire::rpc::{Outcome, Role, SettleJob, Settlement, Status};
use crate::{ApiError, Code, Id, JobType};

/// What users read when a worker could not make their picture; what the worker said is for operators.
const FRIENDLY_FAILURE: &str = "The generation did not succeed. The credits for it were returned.";

/// What users read when the content policy ended their job.
const FRIENDLY_REFUSAL: &str = "The content policy does not allow this prompt.";

/// The error code of failures that workers report without one.
const WORKER_FAILED: &str = "worker_failed";

/// The error code with which a worker says that it stopped because its owner called the job off.
const CANCELED: &str = "canceled";

/// What to do about a report.
#[derive(Debug, Clone, PartialEq)]
pub enum SettleDecision {
    /// Check the objects, then write.
    Write(Box<Settling>),
    /// The very same was settled before: answer as then.
    Replay(Box<CallbackReply>),
    /// It comes too late: answer, and change nothing.
    Ignore(Box<CallbackReply>),
}

/// A settlement on its way to the database.
#[derive(Debug, Clone, PartialEq)]
pub struct Settling {
    /// The write; its reply is the answer.
    pub rpc: SettleJob,
    /// The answer.
    pub reply: CallbackReply,
    /// Objects that must be there first.
    pub checks: Vec<ObjectCheck>,
    /// Whose text broke the content policy, if it did: to be recorded.
    pub refused_text_of: Option<Id>,
}

/// An object that must exist, with what it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectCheck {
    /// Its asset, for the error.
    pub index: u8,
    /// The logical bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// The most bytes that it may have.
    pub limit: u64,
    /// The media type that it must have.
    pub media_type: &'static str,
}

/// What the storage says about an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundObject {
    /// Its size.
    pub bytes: u64,
    /// Its media type, if the storage tells.
    pub media_type: Option<String>,
}

impl ObjectCheck {
    pub(super) fn new(job_type: JobType, index: u8, role: Role, key: &str) -> Self {
        let bucket_limit = job_type.bucket_limit();
        let is_main = matches!(role, Role::Image | Role::Video);
        Self {
            index,
            bucket: job_type.bucket().to_owned(),
            key: key.to_owned(),
            limit: if is_main {
                bucket_limit
            } else {
                bucket_limit.min(MAX_THUMBNAIL_BYTES)
            },
            media_type: role.media_type(),
        }
    }

    /// Judges what was found.
    ///
    /// # Errors
    ///
    /// 422 `invalid_asset` when there is nothing, or something empty, too large, or of another type.
    pub fn judge(&self, found: Option<&FoundObject>) -> Result<(), ApiError> {
        let expected = match found {
            None => "an object that was uploaded",
            Some(object) if object.bytes == 0 => "an object that is not empty",
            Some(object) if object.bytes > self.limit => "an object within the bucket's limit",
            Some(object)
                if object
                    .media_type
                    .as_deref()
                    .is_some_and(|it| !self.is_media_type(it)) =>
            {
                self.media_type
            }
            Some(_) => return Ok(()),
        };
        Err(ApiError::new(Code::InvalidAsset)
            .with_details(json!({ "field": "assets", "index": self.index, "expected": expected })))
    }

    fn is_media_type(&self, found: &str) -> bool {
        let essence = found.split(';').next().unwrap_or("").trim();
        essence.eq_ignore_ascii_case(self.media_type)
    }
}

/// What follows from a report for the job itself.
struct Verdict {
    status: Status,
    next_attempt: u32,
    error_code: Option<String>,
    error_message: Option<String>,
    charge_percent: Option<u8>,
}

/// Plans a settlement.
///
/// # Errors
///
/// 422 when the assets do not fit the job; nothing may be written then.
pub fn settle(
    report: &CallbackReport,
    context: &Settlement,
    extra_terms: &ExtraTerms,
    now_ms: u64,
) -> Result<SettleDecision, ApiError> {
    let digest = digest(report);
    if let Some(reply) = repeated(report, context, &digest) {
        return Ok(SettleDecision::Replay(Box::new(reply)));
    }
    let standing = Standing::of(&context.job, context.lease.as_ref());
    let attempt = match passage(standing, Origin::from(report)) {
        Passage::Open { attempt } => attempt,
        Passage::Stale => return Ok(ignored(Outcome::Stale)),
        Passage::Terminal => return Ok(ignored(Outcome::Terminal)),
    };

    let processed_at = rfc3339(now_ms);
    let is_refused = is_refused(report, context, extra_terms);
    let mut patch = merge::job_patch(&context.job.metadata, report);
    if is_refused {
        patch.remove("enhanced_prompt");
    }
    let known = merge::patched(&context.job.metadata, &patch);
    let assets = if is_refused {
        SettledAssets::unchanged(context)
    } else {
        settle_assets(report, context, attempt, &known, &processed_at)?
    };
    let verdict = verdict(report, context, attempt, &assets, is_refused)?;
    if verdict.status != Status::Queued {
        patch.insert(
            "callback_processed_at".to_owned(),
            processed_at.as_str().into(),
        );
    }
    if verdict.status == Status::Completed {
        merge::add_assets(&mut patch, &assets.delivered, context.assets.len());
    }

    let reply = reply(context, verdict.status, &assets, &processed_at);
    // A job that is given back keeps its attempt, and may be given back again.
    let is_remembered = matches!(
        verdict.status,
        Status::Completed | Status::Failed | Status::Canceled
    ) || verdict.next_attempt != attempt;
    let rpc = SettleJob {
        p_job_id: context.job.id,
        p_version: context.job.version,
        p_attempt: attempt,
        p_worker_id: report.worker_id.clone(),
        p_status: verdict.status,
        p_next_attempt: verdict.next_attempt,
        p_metadata: patch,
        p_assets: assets.updates,
        p_progress: progress(report, context, verdict.status),
        p_charge_percent: verdict.charge_percent,
        p_error_code: verdict.error_code,
        p_error_message: verdict.error_message,
        p_worker_error: report.error_message.clone(),
        p_generation_ms: generation_ms(report),
        p_digest: is_remembered.then_some(digest),
        p_reply: json!(reply),
    };
    Ok(SettleDecision::Write(Box::new(Settling {
        rpc,
        reply,
        checks: assets.checks,
        refused_text_of: is_refused.then_some(context.job.user_id),
    })))
}

/// What makes two reports of an attempt the same: its status and its assets.
fn digest(report: &CallbackReport) -> String {
    fingerprint(&json!({
        "status": report.status,
        "assets": report.assets,
        "failed_indices": report.failed_indices,
    }))
}

/// The answer to the same report when it was first given.
fn repeated(report: &CallbackReport, context: &Settlement, digest: &str) -> Option<CallbackReply> {
    let first = context.settled.iter().find(|settled| {
        settled.digest == digest
            && report
                .attempt
                .is_none_or(|attempt| attempt == settled.attempt)
    })?;
    let reply: CallbackReply = serde_json::from_value(first.reply.clone()).ok()?;
    Some(CallbackReply {
        replayed: true,
        ..reply
    })
}

/// Whether the prompt that the worker's model wrote breaks the content policy.
fn is_refused(report: &CallbackReport, context: &Settlement, extra_terms: &ExtraTerms) -> bool {
    report.enhanced_prompt.as_deref().is_some_and(|enhanced| {
        policy::check(&[&context.prompt, enhanced], extra_terms).is_refused()
    })
}

fn verdict(
    report: &CallbackReport,
    context: &Settlement,
    attempt: u32,
    assets: &SettledAssets,
    is_refused: bool,
) -> Result<Verdict, ApiError> {
    let current = context.job.attempt;
    let simply = |status| Verdict {
        status,
        next_attempt: current,
        error_code: None,
        error_message: None,
        charge_percent: None,
    };
    let failed = |code: &str, message: &str| Verdict {
        error_code: Some(code.to_owned()),
        error_message: Some(message.to_owned()),
        ..simply(Status::Failed)
    };
    if is_refused {
        return Ok(failed(Code::ContentPolicy.as_str(), FRIENDLY_REFUSAL));
    }
    let code = report.metadata.error_code.as_deref();
    let may_retry = report.retryable && attempt < MAX_ATTEMPTS;
    Ok(match report.status {
        ReportStatus::Processing => simply(Status::Processing),
        // Each of its pictures was reported as failed before: what is completed is nothing.
        ReportStatus::Completed
            if context
                .assets
                .iter()
                .all(|row| row.status == Status::Failed) =>
        {
            failed(code.unwrap_or(WORKER_FAILED), FRIENDLY_FAILURE)
        }
        ReportStatus::Completed if assets.delivered.is_empty() => {
            return Err(ApiError::new(Code::AssetsMismatch)
                .with_message("A completed report needs at least one asset.")
                .with_details(json!({ "field": "assets", "expected": "at least one key" })));
        }
        // What was finished before the cancel was heard of is the owner's, and is paid for.
        ReportStatus::Completed => simply(Status::Completed),
        ReportStatus::Failed | ReportStatus::Released if context.job.cancel_requested => {
            let stopped = report.status == ReportStatus::Released || code == Some(CANCELED);
            Verdict {
                charge_percent: Some(if stopped {
                    share_used(report, context)
                } else {
                    0
                }),
                ..simply(Status::Canceled)
            }
        }
        ReportStatus::Released => simply(Status::Queued),
        ReportStatus::Failed if may_retry => Verdict {
            next_attempt: attempt.saturating_add(1),
            ..simply(Status::Queued)
        },
        // Pictures that arrived one by one before the failure are delivered all the same.
        ReportStatus::Failed if !assets.delivered.is_empty() => simply(Status::Completed),
        ReportStatus::Failed => failed(code.unwrap_or(WORKER_FAILED), FRIENDLY_FAILURE),
    })
}

/// The share of the work that was done when the owner's cancel was heard of.
fn share_used(report: &CallbackReport, context: &Settlement) -> u8 {
    report
        .progress
        .unwrap_or(0)
        .max(context.job.progress)
        .min(100)
}

/// Progress never goes back within an attempt.
fn progress(report: &CallbackReport, context: &Settlement, status: Status) -> Option<u8> {
    match status {
        Status::Completed => Some(100),
        Status::Processing => report.progress.map(|told| told.max(context.job.progress)),
        _ => None,
    }
}

fn generation_ms(report: &CallbackReport) -> Option<u64> {
    if report.status != ReportStatus::Completed {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked when parsed"
    )]
    report
        .metadata
        .generation_time
        .map(|seconds| (seconds * 1000.0) as u64)
}

const PROCESSED: &str = "Job callback processed successfully with standardized parameters";

fn reply(
    context: &Settlement,
    status: Status,
    assets: &SettledAssets,
    processed_at: &str,
) -> CallbackReply {
    let job = &context.job;
    let lease = context
        .lease
        .as_ref()
        .filter(|_| status == Status::Processing);
    CallbackReply {
        success: true,
        message: PROCESSED.to_owned(),
        lease_id: None,
        attempt: None,
        lease_until: lease.map(|lease| rfc3339(lease.until_ms)),
        cancel_requested: job.cancel_requested && !status.is_terminal(),
        uploads: Vec::new(),
        replayed: false,
        ignored: false,
        reason: None,
        debug: Some(CallbackDebug {
            job_id: job.id,
            job_status: status,
            job_type: job.job_type,
            format: job.job_type.format(),
            quality: job.job_type.quality(),
            is_sdxl: job.job_type.is_sdxl(),
            is_enhanced: job.job_type.is_enhanced(),
            assets_processed: assets.processed,
            processing_timestamp: processed_at.to_owned(),
        }),
    }
}

fn ignored(outcome: Outcome) -> SettleDecision {
    SettleDecision::Ignore(Box::new(ignored_reply(outcome)))
}

/// The answer to a report that comes too late: stop, and forget the job.
#[must_use]
pub fn ignored_reply(outcome: Outcome) -> CallbackReply {
    let reason = if outcome == Outcome::Terminal {
        "terminal"
    } else {
        "stale"
    };
    CallbackReply {
        success: true,
        message: "The report was ignored: it is not the current worker's, or the job has ended."
            .to_owned(),
        lease_id: None,
        attempt: None,
        lease_until: None,
        cancel_requested: false,
        uploads: Vec::new(),
        replayed: false,
        ignored: true,
        reason: Some(reason.to_owned()),
        debug: None,
    }
}
