//! Placing an order: the one way in which a job comes to be, by `queue-job` and by a retry alike.

use std::rc::Rc;

use futures_util::future::join_all;
use ourvidz_core::plan::submit::{self, Submission, SubmitPlan, SubmitSettings};
use ourvidz_core::wire::payload::Hint;
use ourvidz_core::wire::references::{MAGIC_BYTES, Reference, is_picture};
use ourvidz_core::wire::rpc::{Enqueued, JobRow, MarkPushed, RecordPolicyEvent, Restraint};
use ourvidz_core::wire::submit::SubmitReply;
use ourvidz_core::{ApiError, Code, Id, Moment, asset_key};

use crate::backends::Backends;
use crate::reply::Reply;
use crate::{Call, Runtime, worker_identity};

/// Plans an order at a moment of its own, for one request may make several. A refusal by the content policy leaves its
/// audit row.
///
/// # Errors
///
/// What the plan refuses.
pub async fn plan<R: Runtime>(
    call: &Call<R>,
    submission: &Submission<'_>,
    at: &Moment,
) -> Result<SubmitPlan, ApiError> {
    let extra_terms = call.settings.policy_terms.get()?;
    let settings = SubmitSettings {
        default_num_images: call.settings.default_num_images,
        starting_credits: call.settings.starting_credits,
        allow_local_webhooks: call.settings.local_webhooks,
        ..SubmitSettings::new(extra_terms)
    };
    match submit::submit(submission, &settings, at) {
        Ok(plan) => {
            check_references(call, &submission.request.references).await?;
            Ok(plan)
        }
        refused => audited(call, submission.user_id, "queue_job", refused).await,
    }
}

/// Looks at all reference images at once: each must be there and begin as a picture does, or a worker would
/// fail on it after the user had waited.
async fn check_references<R: Runtime>(
    call: &Call<R>,
    references: &[Reference],
) -> Result<(), ApiError> {
    // Older deployments keep their objects where this cannot look.
    if !call.settings.asset_check {
        return Ok(());
    }
    let backends = call.backends();
    let storage = backends.storage(call.at.now_ms);
    let looks = references
        .iter()
        .map(|reference| storage.first_bytes(&reference.bucket, &reference.key, MAGIC_BYTES));
    for (index, found) in join_all(looks).await.into_iter().enumerate() {
        if !found?.is_some_and(|bytes| is_picture(&bytes)) {
            return Err(ApiError::invalid_field(
                &format!("metadata.references[{index}]"),
                "an uploaded PNG, JPEG or WebP file",
            ));
        }
    }
    Ok(())
}

/// Leaves the audit row of a refusal by the content policy, which may end in another one: whoever is refused again
/// and again is told to wait. If that fails, the refusal stands all the same.
///
/// # Errors
///
/// What was refused.
pub async fn audited<R: Runtime, T>(
    call: &Call<R>,
    user_id: Id,
    surface: &str,
    judged: Result<T, ApiError>,
) -> Result<T, ApiError> {
    match judged {
        Err(refusal) if refusal.code == Code::ContentPolicy => {
            let restraint = record_refusal(call, user_id, surface).await;
            Err(restraint.map_or(refusal, Restraint::refusal))
        }
        judged => judged,
    }
}

async fn record_refusal<R: Runtime>(
    call: &Call<R>,
    user_id: Id,
    surface: &str,
) -> Option<Restraint> {
    let event = RecordPolicyEvent {
        p_user_id: user_id,
        p_surface: surface.to_owned(),
        p_job_id: None,
    };
    call.edge_rpc(&event).await.unwrap_or_else(|error| {
        call.note("auditFailed", error.cause.unwrap_or_default());
        None
    })
}

/// Records an order. Its hint goes out behind the answer: the job is safe without it, for the sweep pushes what was
/// never marked.
///
/// # Errors
///
/// What the database refuses, with nothing written.
pub async fn place<R: Runtime>(
    call: &Call<R>,
    plan: &SubmitPlan,
) -> Result<(Enqueued, SubmitReply), ApiError> {
    let enqueued = call.edge_rpc(&plan.rpc).await?;
    placed(call, plan, &enqueued)?;
    let reply = submit::reply(&enqueued);
    Ok((enqueued, reply))
}

/// What is left to do when an order was recorded: its hint, the first time, after the answer.
///
/// # Errors
///
/// `misconfigured` if the secret of tokens is not of its form.
pub fn placed<R: Runtime>(
    call: &Call<R>,
    plan: &SubmitPlan,
    enqueued: &Enqueued,
) -> Result<(), ApiError> {
    call.note("jobId", enqueued.job.id.to_string());
    if !enqueued.replayed {
        let hint = hint(call, plan, enqueued)?;
        call.later(push(call.backends(), enqueued.job.clone(), hint));
    }
    Ok(())
}

/// The headers that tell how many submits are left, and whether this one was known.
#[must_use]
pub fn with_headers(reply: Reply, plan: &SubmitPlan, enqueued: &Enqueued) -> Reply {
    let quota = plan.rpc.p_max_per_minute;
    let (remaining, reset) = (enqueued.remaining, enqueued.reset_seconds);
    let reply = reply
        .with_header("ratelimit-policy", format!("\"submit\";q={quota};w=60"))
        .with_header("ratelimit", format!("\"submit\";r={remaining};t={reset}"));
    if enqueued.replayed {
        reply.with_header("idempotency-replayed", "true")
    } else {
        reply
    }
}

/// What a worker is told of a new job.
fn hint<R: Runtime>(
    call: &Call<R>,
    plan: &SubmitPlan,
    enqueued: &Enqueued,
) -> Result<Hint, ApiError> {
    let job = &enqueued.job;
    let token = worker_identity::attempt_token(call, job.id, job.attempt)?;
    let keys = asset_key::attempt_keys(
        job.user_id,
        job.id,
        job.job_type,
        job.attempt,
        job.num_assets,
    );
    let url = &call.settings.public_base_url;
    Ok(Hint::new(
        plan.rpc.p_payload.clone(),
        job.attempt,
        keys,
        url,
        token,
    ))
}

/// Pushes a hint and notes that it is out. What fails here nobody waits for: an unmarked hint the sweep pushes, and a
/// doubled one is harmless.
async fn push<R: Runtime>(backends: Rc<Backends<R>>, job: JobRow, hint: Hint) {
    let mark = MarkPushed {
        p_job_id: job.id,
        p_attempt: job.attempt,
    };
    let queue = job.job_type.queue();
    if backends.queues().push(queue, &hint).await.is_ok() {
        let _ = backends.edge_rpc(&mark).await;
    }
}
