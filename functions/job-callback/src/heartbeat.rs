//! Heartbeats: one round trip, and upload URLs for whoever holds the attempt. Its step previews are kept behind the answer.

use ourvidz_core::ApiError;
use ourvidz_core::plan::heartbeat;
use ourvidz_core::plan::uploads::LeaseHolder;
use ourvidz_core::wire::callback::{CallbackReply, CallbackReport};
use ourvidz_core::wire::rpc::HeartbeatJob;
use ourvidz_edge::{Call, Runtime, step_previews, worker_identity};

use crate::objects;

pub async fn heartbeat<R: Runtime>(
    call: &Call<R>,
    report: &CallbackReport,
) -> Result<CallbackReply, ApiError> {
    let beat = HeartbeatJob {
        p_message_id: worker_identity::message_id(call),
        ..heartbeat::heartbeat(report, &call.at)
    };
    let outcome = call.edge_rpc(&beat).await?;
    let mut reply = heartbeat::reply(report, &outcome, call.at.now_ms)?;
    if !reply.ignored
        && let Some(lease_holder) = LeaseHolder::of_heartbeat(report.job_id, &outcome)
    {
        step_previews::keep_soon(call, report, lease_holder.num_assets);
        reply.uploads = objects::upload_links(call, &lease_holder, &report.upload_requests)?;
    }
    Ok(reply)
}
