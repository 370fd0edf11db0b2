//! Each tool: at most one call of the database before its answer, but for the looks of whoever waits.

use ourvidz_core::plan::submit::SubmitPlan;
use ourvidz_core::wire::assets::AssetsQuery;
use ourvidz_core::wire::job::CancelReply;
use ourvidz_core::wire::mcp::{
    ImageOrder, McpAssets, McpJob, McpPrompt, Tool, ToolCall, ToolResult, VideoOrder,
    cancel_result, queues_result,
};
use ourvidz_core::wire::queue_status::QueueStatusReply;
use ourvidz_core::wire::rpc::{CancelJob, Enqueued, MyJob, QueueStatus};
use ourvidz_core::wire::submit::SubmitRequest;
use ourvidz_core::{ApiError, Code, Id, JobType};
use ourvidz_edge::caller::Caller;
use ourvidz_edge::{Call, Reply, Runtime, enhance, order, wait};
use serde_json::{Map, Value};

use crate::answer::Asked;
use crate::{images, stream};

/// Runs a tool. What it refuses is its result.
pub async fn run<R: Runtime>(
    call: &Call<R>,
    caller: &Caller,
    tool: Tool,
    arguments: Map<String, Value>,
    asked: Asked,
) -> Result<Reply, ApiError> {
    let outcome = match ToolCall::parse(tool, arguments) {
        Err(error) => Err(error),
        Ok(ToolCall::GenerateImage(image)) => {
            return generate_image(call, caller, image, asked).await;
        }
        Ok(ToolCall::GenerateVideo(video)) => {
            return generate_video(call, caller, &video, &asked).await;
        }
        Ok(ToolCall::EnhancePrompt(prompt, job_type)) => {
            enhance_prompt(call, caller.user_id, &prompt, job_type).await
        }
        Ok(ToolCall::JobStatus(job, include_image)) => {
            job_status(call, caller, job, include_image).await
        }
        Ok(ToolCall::CancelJob(job, dry_run)) => {
            cancel_job(call, caller.user_id, job, dry_run).await
        }
        Ok(ToolCall::ListAssets(query)) => list_assets(call, caller, &query).await,
        Ok(ToolCall::QueueStatus) => queue_status(call, caller).await,
    };
    asked.outcome(call, outcome)
}

async fn generate_image<R: Runtime>(
    call: &Call<R>,
    caller: &Caller,
    image: ImageOrder,
    asked: Asked,
) -> Result<Reply, ApiError> {
    let placed = place(call, caller, &image.order, image.idempotency_key.as_deref()).await;
    let (plan, enqueued) = match placed {
        Ok(placed) => placed,
        Err(error) => return asked.outcome(call, Err(error)),
    };
    let ordered = McpJob::ordered(&enqueued, plan.price());
    let reply = if image.wait_seconds == 0 {
        asked.outcome(call, Ok(ordered.result(true)))?
    } else if asked.progress_token.is_some() {
        stream::open(call, caller, ordered, &image, asked)
    } else {
        let seen = wait::until_done(call, caller, ordered.job_id, image.wait_seconds).await;
        let result = match seen {
            Some(job) => images::result(&call.backends(), job, image.include_image, true).await,
            None => ordered.result(true),
        };
        asked.outcome(call, Ok(result))?
    };
    Ok(order::with_headers(reply, &plan, &enqueued))
}

async fn generate_video<R: Runtime>(
    call: &Call<R>,
    caller: &Caller,
    video: &VideoOrder,
    asked: &Asked,
) -> Result<Reply, ApiError> {
    let placed = place(call, caller, &video.order, video.idempotency_key.as_deref()).await;
    let (plan, enqueued) = match placed {
        Ok(placed) => placed,
        Err(error) => return asked.outcome(call, Err(error)),
    };
    let result = McpJob::ordered(&enqueued, plan.price()).result(true);
    let reply = asked.outcome(call, Ok(result))?;
    Ok(order::with_headers(reply, &plan, &enqueued))
}

/// An order as `queue-job` takes it. Its name is an argument: a header would be the same for all orders of a client.
async fn place<R: Runtime>(
    call: &Call<R>,
    caller: &Caller,
    request: &SubmitRequest,
    idempotency_key: Option<&str>,
) -> Result<(SubmitPlan, Enqueued), ApiError> {
    call.note("jobType", request.job_type.as_str());
    let submission = order::of(caller, request, idempotency_key)?;
    let plan = order::plan(call, &submission, &call.at).await?;
    let (enqueued, _) = order::place(call, &plan).await?;
    Ok((plan, enqueued))
}

async fn enhance_prompt<R: Runtime>(
    call: &Call<R>,
    user_id: Id,
    prompt: &str,
    job_type: JobType,
) -> Result<ToolResult, ApiError> {
    let reply = enhance::better_prompt(call, user_id, job_type, prompt, None).await?;
    Ok(McpPrompt::result(reply))
}

async fn job_status<R: Runtime>(
    call: &Call<R>,
    caller: &Caller,
    p_job_id: Id,
    include_image: bool,
) -> Result<ToolResult, ApiError> {
    let job = call.user_rpc(caller, &MyJob { p_job_id }).await?;
    let job = job.ok_or_else(no_such_job)?;
    Ok(images::result(&call.backends(), job, include_image, false).await)
}

async fn cancel_job<R: Runtime>(
    call: &Call<R>,
    p_user_id: Id,
    id: Id,
    dry_run: bool,
) -> Result<ToolResult, ApiError> {
    call.note("jobId", id.to_string());
    let cancellation = CancelJob {
        p_user_id,
        p_job_id: id,
        p_dry_run: dry_run,
    };
    let canceled = call
        .edge_rpc(&cancellation)
        .await
        .map_err(|error| match error.code {
            Code::NotFound => no_such_job(),
            _ => error,
        })?;
    call.note("jobStatus", canceled.status.as_str());
    Ok(cancel_result(&CancelReply {
        success: true,
        id,
        dry_run,
        canceled,
    }))
}

fn no_such_job() -> ApiError {
    ApiError::new(Code::NotFound).with_message("There is no such job.")
}

async fn list_assets<R: Runtime>(
    call: &Call<R>,
    caller: &Caller,
    query: &AssetsQuery,
) -> Result<ToolResult, ApiError> {
    let rows = call.user_rpc(caller, &query.rpc()).await?;
    let backends = call.backends();
    let storage = backends.storage(call.at.now_ms);
    let page = query.page(rows, &|bucket, key| Some(storage.read_link(bucket, key)));
    Ok(McpAssets::result(page))
}

async fn queue_status<R: Runtime>(call: &Call<R>, caller: &Caller) -> Result<ToolResult, ApiError> {
    let queues = call.user_rpc(caller, &QueueStatus {}).await?;
    Ok(queues_result(&QueueStatusReply::of(queues)))
}
