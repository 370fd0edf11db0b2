//! The hint: what wakes a worker. The job is safe without it, for the sweep pushes what was never marked.

use std::rc::Rc;

use ourvidz_core::asset_key;
use ourvidz_core::plan::submit::{self, SubmitPlan};
use ourvidz_core::wire::rpc::{Enqueued, MarkPushed};
use ourvidz_edge::{Call, Runtime, worker_identity};

/// Pushes a new job's hint; returns the list's length, or none if the list could not be reached.
pub async fn push<R: Runtime>(
    call: &Call<R>,
    plan: &SubmitPlan,
    enqueued: &Enqueued,
) -> Option<u64> {
    let job = &enqueued.job;
    let token = match worker_identity::attempt_token(call, job.id, job.attempt) {
        Ok(token) => token,
        Err(error) => {
            call.note("pushFailed", error.cause.unwrap_or_default());
            return None;
        }
    };
    let keys = asset_key::attempt_keys(
        job.user_id,
        job.id,
        job.job_type,
        job.attempt,
        job.num_assets,
    );
    let hint = submit::hint(
        &plan.rpc.p_payload,
        job.attempt,
        &keys,
        &call.settings.public_base_url,
        &token,
    );
    let backends = call.backends();
    match backends.queues().push(job.job_type.queue(), &hint).await {
        Ok(length) => {
            let mark = MarkPushed {
                p_job_id: job.id,
                p_attempt: job.attempt,
            };
            let backends = Rc::clone(&backends);
            call.later(async move {
                // If this is lost, the sweep pushes once more, and a doubled hint is harmless.
                let _ = backends.edge_rpc(&mark).await;
            });
            Some(length)
        }
        Err(error) => {
            call.note("pushFailed", error.cause.unwrap_or_default());
            None
        }
    }
}
