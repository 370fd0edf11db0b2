//! `GET /api/jobs`, `GET /api/jobs/{id}`, `POST /api/jobs/{id}/cancel` and `/retry`.

use ourvidz_core::api_key::KeyScope;
use ourvidz_core::plan::retry;
use ourvidz_core::wire::job::{self, CancelReply, JobReply, JobsQuery};
use ourvidz_core::wire::page::Query;
use ourvidz_core::wire::rpc::{CancelJob, MyJob};
use ourvidz_core::{ApiError, Code, Id};
use ourvidz_edge::{Call, Reply, Runtime, caller, order};

pub(crate) async fn list<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["GET"])?;
    let caller = caller::user(call, KeyScope::Read).await?;
    let query = JobsQuery::parse(Query(&call.incoming.query))?;
    let rows = call.user_rpc(&caller, &query.rpc()).await?;
    let backends = call.backends();
    let storage = backends.storage(call.at.now_ms);
    Reply::json(&query.page(rows, &|bucket, key| Some(storage.read_link(bucket, key))))
}

pub(crate) async fn get<R: Runtime>(call: &Call<R>, id: &str) -> Result<Reply, ApiError> {
    call.only(&["GET"])?;
    let caller = caller::user(call, KeyScope::Read).await?;
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
    let caller = caller::user(call, KeyScope::Orders).await?;
    let id = job_id(id)?;
    call.note("jobId", id.to_string());
    let dry_run = job::is_dry_run(call.optional_json_body()?)?;
    let cancellation = CancelJob {
        p_user_id: caller.user_id,
        p_job_id: id,
        p_dry_run: dry_run,
    };
    let canceled = call.edge_rpc(&cancellation).await?;
    call.note("jobStatus", canceled.status.as_str());
    Reply::json(&CancelReply {
        success: true,
        id,
        dry_run,
        canceled,
    })
}

/// Orders the same again, as a new job.
pub(crate) async fn retry<R: Runtime>(call: &Call<R>, id: &str) -> Result<Reply, ApiError> {
    call.only(&["POST"])?;
    let caller = caller::user(call, KeyScope::Orders).await?;
    let p_job_id = job_id(id)?;
    let key = call.incoming.header("idempotency-key");
    let job = call
        .user_rpc(&caller, &MyJob { p_job_id })
        .await?
        .ok_or(Code::NotFound)?;
    let request = retry::again(&job)?;
    let submission = order::of(&caller, &request, key)?;
    let plan = order::plan(call, &submission, &call.at).await?;
    let (enqueued, body) = order::place(call, &plan).await?;
    Ok(order::with_headers(Reply::json(&body)?, &plan, &enqueued))
}

/// What is no id is as unknown as an id that is nobody's.
fn job_id(text: &str) -> Result<Id, ApiError> {
    text.parse().map_err(|_| Code::NotFound.into())
}
