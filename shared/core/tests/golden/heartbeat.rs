//! Reports without assets: life signs and upload URLs.

use ourvidz_core::plan::heartbeat;
use ourvidz_core::plan::uploads::{Holder, UploadTarget, upload_requests};
use ourvidz_core::state::fence::Origin;
use ourvidz_core::state::lease::{Held, LifeSign, Row};
use ourvidz_core::timestamp::parse_rfc3339;
use ourvidz_core::wire::callback::{CallbackReply, CallbackReport};
use ourvidz_core::wire::rpc::{HeartbeatReply, Settlement};
use ourvidz_core::{ApiError, Moment};
use serde_json::{Value, json};

use crate::scene;

/// The plan and the answer.
pub fn run(report: &CallbackReport, rows: &Settlement) -> Result<(Value, CallbackReply), ApiError> {
    // Ten seconds into the lease that the scene's moment began.
    let at = Moment::new(scene::later().now_ms + 10_000, scene::later().entropy);
    let call = heartbeat::heartbeat(report, &at);
    let answered = answered(report, rows, &at);
    let mut reply = heartbeat::reply(report, &answered, at.now_ms)?;
    if !reply.ignored {
        let holder = Holder::of_heartbeat(report.job_id, &answered).unwrap();
        let targets = upload_requests(&holder, &report.upload_requests)?;
        reply.uploads = targets.iter().map(|target| signed(target, &at)).collect();
    }
    Ok((json!({ "rpc": call }), reply))
}

fn signed(target: &UploadTarget, at: &Moment) -> ourvidz_core::wire::callback::Upload {
    let url = format!(
        "https://storage.example.com/{}/{}?signed",
        target.bucket, target.key
    );
    target.signed(url, at.now_ms)
}

/// What the database answers, by the rules that it shares with the core.
fn answered(report: &CallbackReport, rows: &Settlement, at: &Moment) -> HeartbeatReply {
    let job = &rows.job;
    let row = Row {
        status: job.status,
        attempt: job.attempt,
        lease: rows.lease.as_ref().map(|lease| Held {
            id: lease.lease_id,
            is_named: lease.worker_id.is_some(),
            since_ms: scene::later().now_ms,
            until_ms: lease.until_ms,
        }),
        cancel_requested: job.cancel_requested,
        progress: job.progress,
        queued_ms: parse_rfc3339(&job.created_at).unwrap(),
    };
    let sign = LifeSign {
        origin: Origin::from(report),
        progress: report.progress,
        new_lease_id: scene::id(scene::LEASE),
        expected_seconds: u32::try_from(job.job_type.expected_ms(job.num_assets) / 1000).unwrap(),
    };
    let (outcome, after) = row.heartbeat(&sign, at.now_ms);
    HeartbeatReply {
        outcome,
        user_id: Some(job.user_id),
        job_type: Some(job.job_type),
        num_assets: Some(job.num_assets),
        status: Some(after.status),
        attempt: Some(after.attempt),
        lease_id: after.lease.map(|held| held.id),
        lease_until_ms: after.lease.map(|held| held.until_ms),
        cancel_requested: after.cancel_requested,
    }
}
