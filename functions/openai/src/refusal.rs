//! Refusals in OpenAI's form.

use ourvidz_core::wire::job::JobView;
use ourvidz_core::wire::openai::OpenAiRefusal;
use ourvidz_core::{ApiError, Code};
use ourvidz_edge::Reply;
use ourvidz_edge::reply::JSON;

/// What is said to whoever sends a picture along.
pub const UPLOAD_ELSEWHERE: &str = "Pictures are not taken here: upload one by POST /api/references, and name it as a \
     reference in POST /functions/v1/queue-job.";

/// The answer to a request that is refused.
#[must_use]
pub fn refuse(error: &ApiError, _request_id: &str) -> Reply {
    let mut refusal = OpenAiRefusal::of(error);
    if error.code == Code::PayloadTooLarge {
        refusal.body.error.message = UPLOAD_ELSEWHERE.to_owned();
    }
    reply(&refusal).with_advice(error)
}

/// A refusal as it is sent. The header is what OpenAI's clients go by before the status.
pub fn reply(refusal: &OpenAiRefusal) -> Reply {
    let bytes = serde_json::to_vec(&refusal.body).unwrap_or_default();
    Reply::bytes(JSON, bytes)
        .with_status(refusal.status)
        .with_header("x-should-retry", refusal.may_repeat.to_string())
}

/// Why a job that has ended has no picture.
pub fn of_job(job: &JobView) -> OpenAiRefusal {
    OpenAiRefusal::of_job(job.error_code.as_deref(), job.error_message.as_deref())
}
