//! `enhance: true`: a better prompt before the job is recorded.

use ourvidz_core::Id;
use ourvidz_core::wire::submit::SubmitRequest;
use ourvidz_edge::{Call, Runtime, enhance};

/// What the answer to the order says when the prompt could not be made better.
pub const UNAVAILABLE: &str = "enhancement_unavailable";

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
    let asked = enhance::better_prompt(call, user_id, request.job_type, prompt, request.seed).await;
    match asked {
        Ok(reply) => Some(reply.enhanced_prompt),
        Err(error) => {
            call.note(
                "enhanceFailed",
                error.into_parts().cause.unwrap_or_default(),
            );
            None
        }
    }
}
