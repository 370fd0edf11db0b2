//! `GET /api/jobs`, `GET /api/jobs/{id}`, `POST /api/jobs/{id}/cancel`.

use ourvidz_core::wire::job::{JobReply, JobsQuery};
use ourvidz_core::wire::page::Query;
use ourvidz_core::wire::rpc::{CancelJob, MyJob};
use ourvidz_core::{ApiError, Code, Id};
use ourvidz_edge::{Call, Reply, Runtime, caller};
use serde_json::json;

pub(crate) async fn list<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["GET"])?;
    let caller = caller::user(call).await?;
    let query = JobsQuery::parse(Query(&call.incoming.query))?;
    let rows = call.user_rpc(&caller, &query.rpc()).await?;
    let backends = call.backends();
    let storage = backends.storage(call.at.now_ms);
    Reply::json(&query.page(rows, &|bucket, key| Some(storage.read_link(bucket, key))))
}

pub(crate) async fn get<R: Runtime>(call: &Call<R>, id: &str) -> Result<Reply, ApiError> {
    call.only(&["GET"])?;
    let caller = caller::user(call).await?;
    let p_job_id = job_id(id)?;
    let job = call
        .user_rpc(&caller, &MyJob { p_job_id })
        .await?
        .ok_or(Code::NotFound)?;
    let backends = call.backends();
    let storage = backends.storage(call.at.now_ms);
    Reply::json(&JobReply::of(job, &|bucket, key| {
        Some(storage.read_link(bucket, key))
    }))
}

pub(crate) async fn cancel<R: Runtime>(call: &Call<R>, id: &str) -> Result<Reply, ApiError> {
    call.only(&["POST"])?;
    let caller = caller::user(call).await?;
    let p_job_id = job_id(id)?;
    call.note("jobId", p_job_id.to_string());
    let canceled = call
        .edge_rpc(&CancelJob {
            p_user_id: caller.user_id,
            p_job_id,
        })
        .await?;
    Reply::json(&json!({
        "success": true,
        "id": p_job_id,
        "status": canceled.status,
        "cancelRequested": canceled.cancel_requested,
        "released": canceled.released,
    }))
}

/// What is no id is as unknown as an id that is nobody's.
fn job_id(text: &str) -> Result<Id, ApiError> {
    text.parse().map_err(|_| Code::NotFound.into())
}
