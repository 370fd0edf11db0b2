//! Settling a worker's report: from what it says and where the job stands to one write, or to none.

mod assets;
mod objects;
mod reply;
mod said;
mod snapshot;
#[cfg(test)]
mod tests;

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use ourvidz_policy::ExtraTerms;
use serde_json::{Map, Value, json};

use assets::{SettledAssets, settle_assets};
pub use objects::{FoundObject, ObjectCheck};
pub(super) use reply::PROCESSED;
pub use reply::ignored_reply;
use reply::{ignored, reply};
use said::is_report_refused;
pub use snapshot::{after, renew};

use crate::fingerprint::fingerprint;
use crate::limits::{MAX_ATTEMPTS, MAX_RELEASES};
use crate::merge;
use crate::state::fence::{CurrentAttempt, FenceCheck, ReportOrigin, check_fence};
use crate::timestamp::rfc3339;
use crate::wire::callback::{CallbackReply, CallbackReport, ReportStatus};
use crate::wire::references::REFERENCE_UNREADABLE;
use crate::wire::rpc::{ReportOutcome, SettleJob, Settlement, Status};
use crate::{ApiError, Code, Id};

/// What users read when a worker could not make their picture; what the worker said is for operators.
const FRIENDLY_FAILURE: &str = "The generation did not succeed. The credits for it were returned.";

/// What users read when it was their reference that could not be used.
const FRIENDLY_UNREADABLE: &str =
    "A reference image could not be read. The credits for it were returned.";

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
    pub reply: CallbackReply,
    /// Objects that must be there first.
    pub checks: Vec<ObjectCheck>,
    /// Whose text broke the content policy, if it did: to be recorded.
    pub refused_text_of: Option<Id>,
}

/// What follows from a report for the job itself.
struct Verdict {
    status: Status,
    next_attempt: u32,
    error_code: Option<String>,
    error_message: Option<String>,
    charge_used: bool,
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
    let standing = CurrentAttempt::of(&context.job, context.lease.as_ref());
    if is_unannounced(report, standing) {
        return Err(not_announced());
    }
    let attempt = match check_fence(standing, ReportOrigin::from(report)) {
        FenceCheck::Open { attempt } => attempt,
        FenceCheck::Stale => return Ok(ignored(ReportOutcome::Stale)),
        FenceCheck::Terminal => return Ok(ignored(ReportOutcome::Terminal)),
    };
    let processed_at = rfc3339(now_ms);
    let is_refused = is_report_refused(report, &context.prompt, extra_terms);
    let mut patch = merge::job_patch(&context.job.metadata, report);
    if is_refused {
        patch.remove("enhanced_prompt");
        patch.remove("worker");
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
        p_charge_used: verdict.charge_used,
        p_price_each: reduced_price(context, &known),
        p_error_code: verdict.error_code,
        p_error_message: verdict.error_message,
        p_worker_error: report.error_message.clone().filter(|_| !is_refused),
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

/// Whether somebody without a lease wants to settle single pictures of an attempt that nobody has begun.
fn is_unannounced(report: &CallbackReport, standing: CurrentAttempt<'_>) -> bool {
    report.status == ReportStatus::Processing
        && !standing.status.is_terminal()
        && standing.lease.is_none()
        && report.lease_id.is_none()
        && report
            .attempt
            .is_none_or(|attempt| attempt == standing.attempt)
}

/// Pictures are settled one by one by whoever holds the job; before that it has to be announced.
fn not_announced() -> ApiError {
    ApiError::new(Code::StateConflict)
        .with_message("The job has to be claimed, or announced by a report without assets, first.")
        .with_details(json!({ "field": "assets", "expected": "a claimed job" }))
}

/// What makes two reports of an attempt the same: its status and its assets, and of a failure what went wrong. A worker
/// that names no attempt may fail one after the other.
fn digest(report: &CallbackReport) -> String {
    let mut meaning = json!({
        "status": report.status,
        "assets": report.assets,
        "failed_indices": report.failed_indices,
    });
    if report.status == ReportStatus::Failed {
        meaning["error"] = json!([report.metadata.error_code, report.error_message]);
    }
    fingerprint(&meaning)
}

/// The answer to the same report when it was first given.
///
/// A worker of the older kind names no attempt. What it says is a repetition of what was said about this
/// attempt, or about any other as long as nobody has started this one.
fn repeated(report: &CallbackReport, context: &Settlement, digest: &str) -> Option<CallbackReply> {
    let first = context.settled.iter().find(|settled| {
        let is_same_attempt = match report.attempt {
            Some(attempt) => attempt == settled.attempt,
            None => settled.attempt == context.job.attempt || context.lease.is_none(),
        };
        is_same_attempt && settled.digest == digest
    })?;
    let reply: CallbackReply = serde_json::from_value(first.reply.clone()).ok()?;
    Some(CallbackReply {
        replayed: true,
        ..reply
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
        charge_used: false,
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
    let given_up = || {
        let message = match code {
            Some(REFERENCE_UNREADABLE) => FRIENDLY_UNREADABLE,
            _ => FRIENDLY_FAILURE,
        };
        failed(code.unwrap_or(WORKER_FAILED), message)
    };
    let is_retryable = report.retryable || report.status == ReportStatus::Released;
    let may_retry = is_retryable && attempt < MAX_ATTEMPTS;
    Ok(match report.status {
        ReportStatus::Processing => simply(Status::Processing),
        // Each of its pictures was reported as failed before: what is completed is nothing.
        ReportStatus::Completed
            if context
                .assets
                .iter()
                .all(|row| row.status == Status::Failed) =>
        {
            given_up()
        }
        ReportStatus::Completed if assets.delivered.is_empty() => {
            return Err(ApiError::new(Code::AssetsMismatch)
                .with_message("A completed report needs at least one asset.")
                .with_details(json!({ "field": "assets", "expected": "at least one key" })));
        }
        // What was finished before the cancel was heard of is the owner's, and is paid for.
        ReportStatus::Completed => simply(Status::Completed),
        ReportStatus::Failed | ReportStatus::Released if context.job.cancel_requested => Verdict {
            charge_used: report.status == ReportStatus::Released || code == Some(CANCELED),
            ..simply(Status::Canceled)
        },
        ReportStatus::Released if context.job.releases < MAX_RELEASES => simply(Status::Queued),
        ReportStatus::Released | ReportStatus::Failed if may_retry => Verdict {
            next_attempt: attempt.saturating_add(1),
            ..simply(Status::Queued)
        },
        // Pictures that arrived one by one before the failure are delivered all the same.
        ReportStatus::Released | ReportStatus::Failed if !assets.delivered.is_empty() => {
            simply(Status::Completed)
        }
        ReportStatus::Released | ReportStatus::Failed => given_up(),
    })
}

/// A picture whose prompt no language model rewrote costs what it would without one. Where the edge has enhanced the
/// prompt, the enhanced one is the job's.
fn reduced_price(context: &Settlement, metadata: &Map<String, Value>) -> Option<u32> {
    let job_type = context.job.job_type;
    let written = metadata.get("enhanced_prompt").and_then(Value::as_str);
    let is_rewritten = written.is_some_and(|written| written != context.prompt);
    (job_type.is_enhanced() && !is_rewritten).then(|| job_type.plain_price())
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
