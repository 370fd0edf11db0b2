//! `POST /functions/v1/job-callback`: what a worker reports of a job, and what becomes of it.

#[cfg(target_arch = "wasm32")]
mod entry;
mod heartbeat;
mod objects;
mod settle;
#[cfg(test)]
mod tests;

use ourvidz_core::wire::callback::CallbackReport;
use ourvidz_core::{ApiError, Code};
use ourvidz_edge::worker_identity::{self, Proof};
use ourvidz_edge::{Call, Reply, Runtime};

/// Answers a report.
///
/// A worker never has to guess: 400, 403, 404, 409, 413, 415 and 422 mean *drop it*, 401, 408, 429, 5xx and
/// no answer *keep it and try again*, 200 with `ignored` *stop, somebody else has this job*.
///
/// # Errors
///
/// As said above.
pub async fn job_callback<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["POST"])?;
    let report = CallbackReport::parse(call.json_body()?)?;
    call.note("jobId", report.job_id.to_string());
    call.note("report", report.status.as_str());
    let proof = worker_identity::of_callback(call, report.job_id, report.worker_id.as_deref())?;
    if let Some(worker_id) = &report.worker_id {
        call.note("workerId", worker_id.clone());
    }
    let report = match proof {
        Proof::Attempt(attempt) => report.of_attempt(attempt)?,
        Proof::Signature | Proof::Open => report,
    };

    let mut reply = if report.is_heartbeat() {
        heartbeat::heartbeat(call, &report).await?
    } else {
        settle::settle(call, &report).await?
    };
    if reply.ignored {
        call.note("ignored", reply.reason.clone().unwrap_or_default());
    }
    if !call.settings.debug_responses {
        reply.debug = None;
    }
    Reply::json(&reply)
}

/// There is no such job: the worker drops what it has.
fn no_such_job() -> ApiError {
    Code::NotFound.into()
}
