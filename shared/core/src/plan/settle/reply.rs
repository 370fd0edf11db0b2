//! Answers to a report.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::vec::Vec;

use super::SettleDecision;
use super::assets::SettledAssets;
use crate::timestamp::rfc3339;
use crate::wire::callback::{CallbackDebug, CallbackReply};
use crate::wire::rpc::{ReportOutcome, Settlement, Status};

/// For people; older workers log it.
pub(crate) const PROCESSED: &str =
    "Job callback processed successfully with standardized parameters";

pub(super) fn reply(
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
        snapshot: None,
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

pub(super) fn ignored(outcome: ReportOutcome) -> SettleDecision {
    SettleDecision::Ignore(Box::new(ignored_reply(outcome)))
}

/// The answer to a report that comes too late: stop, and forget the job.
#[must_use]
pub fn ignored_reply(outcome: ReportOutcome) -> CallbackReply {
    let reason = if outcome == ReportOutcome::Terminal {
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
        snapshot: None,
        uploads: Vec::new(),
        replayed: false,
        ignored: true,
        reason: Some(reason.to_owned()),
        debug: None,
    }
}
