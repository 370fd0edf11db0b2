//! A heartbeat: progress, the next lease, and for workers of the older kind the claim itself.

use alloc::borrow::ToOwned;

use super::settle::{PROCESSED, ignored_reply};
use crate::limits::{LEASE_SECONDS, LEGACY_LEASE_SECONDS};
use crate::moment::Nth;
use crate::timestamp::rfc3339;
use crate::wire::callback::{CallbackDebug, CallbackReply, CallbackReport};
use crate::wire::rpc::{HeartbeatJob, HeartbeatReply, ReportOutcome};
use crate::{ApiError, Code, Moment};

/// The call that a report without assets leads to.
#[must_use]
pub fn heartbeat(report: &CallbackReport, at: &Moment) -> HeartbeatJob {
    HeartbeatJob {
        p_job_id: report.job_id,
        p_attempt: report.attempt,
        p_lease_id: report.lease_id,
        p_worker_id: report.worker_id.clone(),
        p_progress: report.progress,
        p_new_lease_id: at.fresh_id(Nth::First),
        p_lease_seconds: LEASE_SECONDS,
        p_legacy_lease_seconds: LEGACY_LEASE_SECONDS,
        p_uptime_seconds: report.vitals.uptime_seconds,
        p_gpu_used_bytes: report.vitals.gpu.map(|gpu| gpu.memory_used_bytes),
        p_gpu_total_bytes: report.vitals.gpu.map(|gpu| gpu.memory_total_bytes),
        p_message_id: None,
        p_step_preview: !report.step_previews.is_empty(),
    }
}

/// The answer, still without upload URLs.
///
/// # Errors
///
/// 404 when there is no such job.
pub fn reply(
    report: &CallbackReport,
    outcome: &HeartbeatReply,
    now_ms: u64,
) -> Result<CallbackReply, ApiError> {
    match outcome.outcome {
        ReportOutcome::NotFound => Err(ApiError::new(Code::NotFound)),
        // A heartbeat is never written against a version, so there is nothing to conflict with.
        ReportOutcome::Stale | ReportOutcome::Terminal | ReportOutcome::Conflict => {
            Ok(ignored_reply(outcome.outcome))
        }
        ReportOutcome::Ok => Ok(CallbackReply {
            success: true,
            message: PROCESSED.to_owned(),
            lease_id: outcome.lease_id,
            attempt: outcome.attempt,
            lease_until: outcome.lease_until_ms.map(rfc3339),
            cancel_requested: outcome.cancel_requested,
            snapshot: None,
            uploads: alloc::vec::Vec::new(),
            replayed: false,
            ignored: false,
            reason: None,
            debug: debug(report, outcome, now_ms),
        }),
    }
}

fn debug(report: &CallbackReport, outcome: &HeartbeatReply, now_ms: u64) -> Option<CallbackDebug> {
    let job_type = outcome.job_type?;
    Some(CallbackDebug {
        job_id: report.job_id,
        job_status: outcome.status?,
        job_type,
        format: job_type.format(),
        quality: job_type.quality(),
        is_sdxl: job_type.is_sdxl(),
        is_enhanced: job_type.is_enhanced(),
        assets_processed: 0,
        processing_timestamp: rfc3339(now_ms),
    })
}
