//! `POST /functions/v1/queue-job`: takes an order, records it, and wakes a worker.

mod enhance;
#[cfg(target_arch = "wasm32")]
mod entry;
#[cfg(test)]
mod tests;

use ourvidz_core::api_key::KeyScope;
use ourvidz_core::plan::submit::{self, SubmitPlan};
use ourvidz_core::wire::rpc::{Enqueued, ProjectPrompt};
use ourvidz_core::wire::submit::{SubmitReply, SubmitRequest};
use ourvidz_core::{ApiError, Code};
use ourvidz_edge::caller::{self, Caller};
use ourvidz_edge::{Call, Reply, Runtime, order, wait};

/// Answers an order.
///
/// # Errors
///
/// 400, 401, 415 before any backend was asked; 402, 404, 409, 422, 429 and 503 with nothing written.
pub async fn queue_job<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["POST"])?;
    let caller = caller::user(call, KeyScope::Orders).await?;
    // Parse. Below this line there are only typed values.
    let request = SubmitRequest::parse(call.json_body()?)?;
    let key = call.incoming.header("idempotency-key");
    let mut submission = order::of(&caller, &request, key)?;
    let patience = wait::patience(call.incoming.header("prefer"));
    call.note("jobType", request.job_type.as_str());

    // Decide. Pure: the same order, caller and moment give the same plan.
    let project = match request.needs_project() {
        Some(p_project_id) => {
            let query = ProjectPrompt {
                p_user_id: caller.user_id,
                p_project_id,
            };
            Some(call.edge_rpc(&query).await?.ok_or(Code::NotFound)?)
        }
        None => None,
    };
    submission.project = project.as_ref();
    let mut plan = order::plan(call, &submission, &call.at).await?;
    if request.dry_run {
        return Reply::json(&submit::dry_run_reply(&plan));
    }

    // An order that would be refused anyway waits for no model. What comes back is planned like any prompt.
    let wanted = enhance::is_wanted(&request);
    let mut better = None;
    if wanted {
        better = enhance::better_prompt(call, caller.user_id, &request, &plan.rpc.p_prompt).await;
        submission.enhanced_prompt = better.as_deref();
        if submission.enhanced_prompt.is_some() {
            plan = order::plan(call, &submission, &call.at).await?;
        }
    }

    // Act.
    let (enqueued, mut body) = order::place(call, &plan).await?;
    if wanted && better.is_none() {
        body.warnings.push(enhance::UNAVAILABLE.to_owned());
    }
    answer(call, &caller, &plan, &enqueued, body, patience).await
}

async fn answer<R: Runtime>(
    call: &Call<R>,
    caller: &Caller,
    plan: &SubmitPlan,
    enqueued: &Enqueued,
    mut body: SubmitReply,
    patience: Option<u32>,
) -> Result<Reply, ApiError> {
    if call.settings.debug_responses {
        body.debug = Some(submit::debug(plan, call.at.now_ms));
    }
    if let Some(seconds) = patience
        && let Some(job) = wait::until_done(call, caller, enqueued.job.id, seconds).await
    {
        body.job.status = job.status;
        body.job.metadata = job.metadata;
    }
    let mut reply = order::with_headers(Reply::json(&body)?, plan, enqueued);
    if let Some(seconds) = patience {
        reply = reply.with_header("preference-applied", format!("wait={seconds}"));
    }
    Ok(reply)
}
