//! `POST /functions/v1/queue-job`: takes an order, records it, and wakes a worker.

mod entry;
mod push;
#[cfg(test)]
mod tests;
mod wait;

use ourvidz_core::plan::submit::{self, Submission, SubmitPlan, SubmitSettings};
use ourvidz_core::policy::ExtraTerms;
use ourvidz_core::wire::rpc::{Enqueued, ProjectPrompt, RecordPolicyEvent};
use ourvidz_core::wire::submit::SubmitRequest;
use ourvidz_core::{ApiError, Code};
use ourvidz_edge::caller::{self, Caller};
use ourvidz_edge::{Call, Reply, Runtime};

/// Answers an order.
///
/// # Errors
///
/// 400, 401, 415 before any backend was asked; 402, 404, 409, 422, 429 and 503 with nothing written.
pub async fn queue_job<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["POST"])?;
    let caller = caller::user(call).await?;
    // Parse. Below this line there are only typed values.
    let request = SubmitRequest::parse(call.json_body()?)?;
    let key = submit::idempotency_key(call.incoming.header("idempotency-key"))?;
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
    let submission = Submission {
        request: &request,
        user_id: caller.user_id,
        anonymous: caller.is_anonymous,
        project: project.as_ref(),
        enhanced_prompt: None,
        idempotency_key: key,
    };
    let plan = match submit::submit(
        &submission,
        &settings(call, &ExtraTerms::default()),
        &call.at,
    ) {
        Err(error) if error.code == Code::ContentPolicy => {
            return Err(record_refusal(call, &caller, error).await);
        }
        plan => plan?,
    };
    if request.dry_run {
        return Reply::json(&submit::dry_run_reply(&plan));
    }

    // Act. The row goes first, because a worker that pops a hint without a row would claim nothing.
    let enqueued = call.edge_rpc(&plan.rpc).await?;
    call.note("jobId", enqueued.job.id.to_string());
    let queue_length = if enqueued.replayed {
        None
    } else {
        push::push(call, &plan, &enqueued).await
    };
    answer(call, &caller, &plan, &enqueued, queue_length, patience).await
}

fn settings<'a, R>(call: &Call<R>, extra_terms: &'a ExtraTerms) -> SubmitSettings<'a> {
    SubmitSettings {
        default_num_images: call.settings.default_num_images,
        starting_credits: call.settings.starting_credits,
        ..SubmitSettings::new(extra_terms)
    }
}

/// Leaves the audit row of a refusal. If that fails, the refusal stands all the same.
async fn record_refusal<R: Runtime>(
    call: &Call<R>,
    caller: &Caller,
    refusal: ApiError,
) -> ApiError {
    let event = RecordPolicyEvent {
        p_user_id: caller.user_id,
        p_surface: "queue_job".to_owned(),
        p_job_id: None,
    };
    if let Err(error) = call.edge_rpc(&event).await {
        call.note("auditFailed", error.cause.unwrap_or_default());
    }
    refusal
}

async fn answer<R: Runtime>(
    call: &Call<R>,
    caller: &Caller,
    plan: &SubmitPlan,
    enqueued: &Enqueued,
    queue_length: Option<u64>,
    patience: Option<u32>,
) -> Result<Reply, ApiError> {
    let mut body = submit::reply(enqueued, queue_length);
    if call.settings.debug_responses {
        body.debug = Some(submit::debug(plan, call.at.now_ms));
    }
    if let Some(seconds) = patience
        && let Some(job) = wait::until_done(call, caller, enqueued.job.id, seconds).await
    {
        body.job.status = job.status;
        body.job.metadata = job.metadata;
    }
    let mut reply = Reply::json(&body)?
        .with_header(
            "ratelimit-policy",
            format!("\"submit\";q={};w=60", plan.rpc.p_max_per_minute),
        )
        .with_header(
            "ratelimit",
            format!(
                "\"submit\";r={};t={}",
                enqueued.remaining, enqueued.reset_seconds
            ),
        );
    if enqueued.replayed {
        reply = reply.with_header("idempotency-replayed", "true");
    }
    if let Some(seconds) = patience {
        reply = reply.with_header("preference-applied", format!("wait={seconds}"));
    }
    Ok(reply)
}
