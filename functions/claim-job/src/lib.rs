//! `POST /functions/v1/claim-job`: gives a worker a job, with an attempt and a lease, or 204.

#[cfg(target_arch = "wasm32")]
mod entry;
#[cfg(test)]
mod tests;

use ourvidz_core::ApiError;
use ourvidz_core::plan::claim;
use ourvidz_core::wire::claim::ClaimRequest;
use ourvidz_core::wire::rpc::ClaimJob;
use ourvidz_edge::{Call, Reply, Runtime, snapshot, worker_identity};

/// Answers a claim.
///
/// # Errors
///
/// 400, 401, 415 before the database was asked; 503.
pub async fn claim_job<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["POST"])?;
    let request = ClaimRequest::parse(call.json_body()?)?;
    call.note("workerId", request.worker_id.clone());
    call.note("queue", request.queue.as_str());
    worker_identity::signed(call, Some(&request.worker_id))?;

    let claim = ClaimJob {
        p_message_id: worker_identity::message_id(call),
        ..claim::claim(&request, &call.at)
    };
    let Some(claimed) = call.edge_rpc(&claim).await? else {
        return Ok(Reply::empty());
    };
    call.note("jobId", claimed.job_id.to_string());
    call.note("attempt", claimed.attempt);
    let backends = call.backends();
    let storage = backends.storage(call.at.now_ms);
    let references = claim::references(&claimed)
        .iter()
        .map(|reference| {
            claim::signed(
                reference,
                storage.read_link(&reference.bucket, &reference.key),
            )
        })
        .collect();
    let settlement = claimed.settlement.as_ref();
    let snapshot = settlement.and_then(|settlement| snapshot::seal(call, settlement));
    Reply::json(&claim::reply(&claimed, references, snapshot))
}
