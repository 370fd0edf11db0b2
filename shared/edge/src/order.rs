//! Placing an order: the one way in which a job comes to be, by `queue-job` and by a retry alike.

use std::rc::Rc;

use futures_util::future::join_all;
use ourvidz_core::limits::MAX_REFERENCE_SIDE;
use ourvidz_core::picture::{Dimensions, HEADER_BYTES, dimensions};
use ourvidz_core::plan::submit::{self, Submission, SubmitPlan, SubmitSettings};
use ourvidz_core::wire::payload::Hint;
use ourvidz_core::wire::references::Reference;
use ourvidz_core::wire::rpc::{EnqueueJob, Enqueued, RecordPolicyEvent, Restraint, SeenReference};
use ourvidz_core::wire::submit::{SubmitReply, SubmitRequest};
use ourvidz_core::{ApiError, Code, Id, Moment, Queue, asset_key};
use ourvidz_rest::Beginning;

use crate::backends::Backends;
use crate::caller::Caller;
use crate::reply::Reply;
use crate::{Call, Runtime, worker_identity};

/// A caller's order, for which nothing was looked up.
///
/// # Errors
///
/// 400 for a key that is none.
pub fn of<'a>(
    caller: &Caller,
    request: &'a SubmitRequest,
    idempotency_key: Option<&'a str>,
) -> Result<Submission<'a>, ApiError> {
    Ok(Submission {
        request,
        user_id: caller.user_id,
        anonymous: caller.is_anonymous,
        project: None,
        enhanced_prompt: None,
        idempotency_key: submit::idempotency_key(idempotency_key)?,
        api_key_id: caller.api_key_id(),
    })
}

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
        Ok(mut plan) => {
            let references = plan.references().len();
            // Older deployments keep their objects where this cannot look.
            if references > 0 && call.settings.asset_check {
                plan.rpc.p_seen = Some(vec![None; references]);
            }
            Ok(plan)
        }
        refused => audited(call, submission.user_id, "queue_job", refused).await,
    }
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
        call.note("auditFailed", error.into_parts().cause.unwrap_or_default());
        None
    })
}

/// Records an order. Its hint goes out behind the answer: the job is safe without it, for the sweep pushes what is
/// missing on the list.
///
/// # Errors
///
/// What the database refuses, with nothing written.
pub async fn place<R: Runtime>(
    call: &Call<R>,
    plan: &SubmitPlan,
) -> Result<(Enqueued, SubmitReply), ApiError> {
    let enqueued = record(call, plan, async |order| call.edge_rpc(order).await).await?;
    placed(call, plan, &enqueued)?;
    let mut reply = submit::reply(&enqueued);
    reply.warnings.clone_from(&plan.warnings);
    Ok((enqueued, reply))
}

/// Sends an order to the database, which says what of its references nobody has seen yet. That is looked at, and the
/// order sent once more: later orders of the same references need no look.
///
/// # Errors
///
/// What the database refuses; 400 for what is not there or no picture, or a worker would fail on it after the user had
/// waited.
pub async fn record<R: Runtime>(
    call: &Call<R>,
    plan: &SubmitPlan,
    send: impl AsyncFn(&EnqueueJob) -> Result<Enqueued, ApiError>,
) -> Result<Enqueued, ApiError> {
    let refusal = match send(&plan.rpc).await {
        Err(refusal) => refusal,
        recorded => return recorded,
    };
    let Some(unseen) = plan.rpc.unseen(&refusal) else {
        return Err(refusal);
    };
    let order = EnqueueJob {
        p_seen: Some(look(call, plan.references(), &unseen).await?),
        ..plan.rpc.clone()
    };
    send(&order).await
}

/// Looks at the references in these places, all at once.
async fn look<R: Runtime>(
    call: &Call<R>,
    references: &[Reference],
    places: &[usize],
) -> Result<Vec<Option<SeenReference>>, ApiError> {
    let backends = call.backends();
    let storage = backends.storage(call.at.now_ms);
    let looks = (0..).zip(references).map(async |(place, reference)| {
        if !places.contains(&place) {
            return Ok(None);
        }
        let found = storage
            .beginning(&reference.bucket, &reference.key, HEADER_BYTES)
            .await?;
        found
            .and_then(seen)
            .map(Some)
            .ok_or_else(|| unreadable(place))
    });
    join_all(looks).await.into_iter().collect()
}

fn seen(found: Beginning) -> Option<SeenReference> {
    let Dimensions { width, height } = dimensions(&found.read, found.bytes)?;
    Some(SeenReference {
        width,
        height,
        bytes: found.bytes,
        etag: found.etag,
    })
}

fn unreadable(place: usize) -> ApiError {
    ApiError::invalid_field(
        &format!("metadata.references[{place}]"),
        &format!(
            "an uploaded PNG, JPEG or WebP file of at most {MAX_REFERENCE_SIDE} pixels a side"
        ),
    )
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
        let queue = enqueued.job.job_type.queue();
        call.later(push(call.backends(), queue, hint));
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
    let keys = asset_key::claim_keys(
        job.user_id,
        job.id,
        job.job_type,
        job.claim_number(job.attempt),
        job.num_assets,
        asset_key::main_type(job.job_type, &plan.rpc.p_payload.config.file_extension),
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

/// Pushes a hint. What fails here nobody waits for: the sweep finds it missing on the list.
async fn push<R: Runtime>(backends: Rc<Backends<R>>, queue: Queue, hint: Hint) {
    let _ = backends.queues().push(queue, &hint).await;
}
