//! A better prompt by the function `enhance-prompt`, for functions that would not want to load CLIP's vocabulary for
//! the sake of a few orders.

use ourvidz_core::wire::enhance::EnhanceReply;
use ourvidz_core::{ApiError, Code, Id, JobType};
use ourvidz_rest::{Backend, Request, Response};
use serde_json::{Value, json};

use crate::{Call, Runtime};

/// Above the ten seconds that enhance-prompt gives itself.
const TIMEOUT_MS: u32 = 12_000;

/// Two prompts and some numbers.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// Asks for a better prompt in the name of whoever called.
///
/// # Errors
///
/// What enhance-prompt refuses; `unavailable` when it does not answer, or not readably.
pub async fn better_prompt<R: Runtime>(
    call: &Call<R>,
    user_id: Id,
    job_type: JobType,
    prompt: &str,
    seed: Option<u64>,
) -> Result<EnhanceReply, ApiError> {
    let body = json!({ "prompt": prompt, "jobType": job_type, "userId": user_id, "seed": seed });
    let authorization = call.incoming.header("authorization").unwrap_or_default();
    let question = Request {
        backend: Backend::EnhancePrompt,
        method: "POST",
        url: format!(
            "{}/functions/v1/enhance-prompt",
            call.settings.public_base_url
        ),
        headers: vec![
            // As it came: what was good for this function is good for that one.
            ("authorization".to_owned(), authorization.to_owned()),
            ("content-type".to_owned(), "application/json".to_owned()),
            ("x-request-id".to_owned(), call.request_id.clone()),
        ],
        body: Some(body.to_string().into_bytes()),
        timeout_ms: TIMEOUT_MS,
        max_answer_bytes: MAX_ANSWER_BYTES,
    };
    match call.runtime.send(question).await {
        Ok(answer) if answer.status == 200 => {
            serde_json::from_slice(&answer.body).map_err(|_| unavailable("unreadable"))
        }
        Ok(answer) => Err(refusal(&answer)),
        Err(error) => Err(unavailable(error.as_str())),
    }
}

/// The refusal that an answer is: its code, its text and when to come back.
fn refusal(answer: &Response) -> ApiError {
    let status = format!("status {}", answer.status);
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let Some(code) = body["code"].as_str().and_then(Code::from_name) else {
        return unavailable(&status);
    };
    let mut error = ApiError::new(code).with_cause(format!("enhance-prompt: {status}"));
    if let Some(message) = body["error"].as_str() {
        error = error.with_message(message.to_owned());
    }
    let seconds = body["details"]["retryAfterSeconds"].as_u64();
    match seconds.and_then(|seconds| u32::try_from(seconds).ok()) {
        Some(seconds) => error.with_retry_after(seconds),
        None => error,
    }
}

fn unavailable(why: &str) -> ApiError {
    ApiError::new(Code::Unavailable).with_cause(format!("enhance-prompt: {why}"))
}
