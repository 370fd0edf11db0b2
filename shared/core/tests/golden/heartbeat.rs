//! Reports without assets: heartbeats and upload URLs.

use ourvidz_core::plan::heartbeat;
use ourvidz_core::plan::uploads::{LeaseHolder, UploadTarget, upload_requests};
use ourvidz_core::state::fence::{CurrentAttempt, FenceCheck, ReportOrigin, check_fence};
use ourvidz_core::wire::callback::{CallbackReply, CallbackReport};
use ourvidz_core::wire::rpc::{HeartbeatJob, HeartbeatReply, ReportOutcome, Settlement, Status};
use ourvidz_core::{ApiError, Moment};
use serde_json::{Value, json};

use crate::scene;

/// The plan and the answer.
pub fn run(report: &CallbackReport, rows: &Settlement) -> Result<(Value, CallbackReply), ApiError> {
    // Ten seconds into the lease that the scene's moment began.
    let at = Moment::new(scene::later().now_ms + 10_000, scene::later().entropy);
    let call = heartbeat::heartbeat(report, &at);
    let answered = answered(report, rows, &call, &at);
    let mut reply = heartbeat::reply(report, &answered, at.now_ms)?;
    if !reply.ignored {
        let lease_holder = LeaseHolder::of_heartbeat(report.job_id, &answered).unwrap();
        let targets = upload_requests(&lease_holder, &report.upload_requests)?;
        reply.uploads = targets.iter().map(|target| signed(target, &at)).collect();
    }
    Ok((json!({ "rpc": call }), reply))
}

fn signed(target: &UploadTarget, at: &Moment) -> ourvidz_core::wire::callback::Upload {
    let url = |to: &str| {
        format!(
            "https://storage.example.com/{}/{}?signed_to_{to}",
            target.bucket, target.key
        )
    };
    target.signed(url("write"), url("read"), at.now_ms)
}

/// What the database answers: it lets through what the fence does, and a queued job is claimed by it.
fn answered(
    report: &CallbackReport,
    rows: &Settlement,
    call: &HeartbeatJob,
    at: &Moment,
) -> HeartbeatReply {
    let job = &rows.job;
    let standing = CurrentAttempt::of(job, rows.lease.as_ref());
    let is_start = job.status == Status::Queued && report.lease_id.is_none();
    let outcome = match check_fence(standing, ReportOrigin::from(report)) {
        FenceCheck::Stale if is_start => ReportOutcome::Ok,
        FenceCheck::Open { .. } => ReportOutcome::Ok,
        FenceCheck::Stale => ReportOutcome::Stale,
        FenceCheck::Terminal => ReportOutcome::Terminal,
    };
    let is_taken = outcome == ReportOutcome::Ok;
    let seconds = match call.p_worker_id {
        Some(_) => call.p_lease_seconds,
        None => call.p_legacy_lease_seconds,
    };
    let lease_id = match &rows.lease {
        Some(lease) => lease.lease_id,
        None => scene::id(scene::LEASE),
    };
    HeartbeatReply {
        outcome,
        user_id: Some(job.user_id),
        job_type: Some(job.job_type),
        num_assets: Some(job.num_assets),
        status: Some(if is_taken {
            Status::Processing
        } else {
            job.status
        }),
        attempt: Some(job.attempt),
        claim: Some(job.claim_number(job.attempt)),
        lease_id: is_taken.then_some(lease_id),
        lease_until_ms: is_taken.then_some(at.now_ms + u64::from(seconds) * 1000),
        cancel_requested: job.cancel_requested,
    }
}
