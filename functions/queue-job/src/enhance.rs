//! `enhance: true`: a better prompt by the function `enhance-prompt`, before the job is recorded.
//!
//! That function has CLIP's vocabulary, which this one would not want to load for the sake of a few orders.

use ourvidz_core::Id;
use ourvidz_core::wire::enhance::EnhanceReply;
use ourvidz_core::wire::submit::SubmitRequest;
use ourvidz_edge::{Call, Runtime};
use ourvidz_rest::{Backend, Request, Response};
use serde_json::json;

/// What the answer to the order says when the prompt could not be made better.
pub const UNAVAILABLE: &str = "enhancement_unavailable";

/// Above the ten seconds that enhance-prompt gives itself.
const TIMEOUT_MS: u32 = 12_000;

/// Two prompts and some numbers.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// Whether the edge is to make the prompt better. Where the GPU worker's own model rewrites it anyway,
/// there is nothing for us to do.
pub const fn is_wanted(request: &SubmitRequest) -> bool {
    request.enhance && !request.dry_run && !request.job_type.is_enhanced()
}

/// A better prompt; none when it cannot be had, for the order is worth more than its wording.
pub async fn better_prompt<R: Runtime>(
    call: &Call<R>,
    user_id: Id,
    request: &SubmitRequest,
    prompt: &str,
) -> Option<String> {
    let body = json!({
        "prompt": prompt,
        "jobType": request.job_type,
        "userId": user_id,
        "seed": request.seed,
    });
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
    let failure = match call.runtime.send(question).await {
        Ok(answer) if answer.status == 200 => match prompt_in(&answer) {
            Some(prompt) => return Some(prompt),
            None => "unreadable".to_owned(),
        },
        Ok(answer) => format!("status {}", answer.status),
        Err(error) => error.as_str().to_owned(),
    };
    call.note("enhanceFailed", failure);
    None
}

fn prompt_in(answer: &Response) -> Option<String> {
    let reply: EnhanceReply = serde_json::from_slice(&answer.body).ok()?;
    Some(reply.enhanced_prompt)
}
