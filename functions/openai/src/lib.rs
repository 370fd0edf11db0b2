//! `/v1/...`: OpenAI's API of images and videos over the same orders, prices, policy and idempotency as `queue-job`.

#[cfg(target_arch = "wasm32")]
mod entry;
mod images;
mod partial;
pub mod refusal;
mod stream;
#[cfg(test)]
mod tests;
mod videos;

use ourvidz_core::api_key::KeyScope;
use ourvidz_core::wire::openai::{ModelsReply, OpenAiModel};
use ourvidz_core::{ApiError, Code};
use ourvidz_edge::{Call, Reply, Runtime, caller};

/// Answers as OpenAI's API does; refusals become its by [`refusal::refuse`].
///
/// # Errors
///
/// As `queue-job`; 404 for what is not offered.
pub async fn openai<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    match call.incoming.route().as_slice() {
        ["v1", "images", "generations"] => images::generate(call).await,
        ["v1", "images", "edits" | "variations"] => Err(not_from_pictures()),
        ["v1", "videos"] => videos::create(call).await,
        ["v1", "videos", id] => videos::one(call, id).await,
        ["v1", "videos", id, "content"] => videos::content(call, id).await,
        ["v1", "models"] => {
            readable(call).await?;
            Reply::json(&ModelsReply::all())
        }
        ["v1", "models", name] => {
            readable(call).await?;
            Reply::json(&OpenAiModel::named(name)?)
        }
        _ => Err(ApiError::new(Code::NotFound).with_message("There is no such path here.")),
    }
}

/// The list is for whoever may order by it.
async fn readable<R: Runtime>(call: &Call<R>) -> Result<(), ApiError> {
    call.only(&["GET"])?;
    caller::user(call, KeyScope::Orders).await.map(|_| ())
}

/// A picture that came with the request would pass through the edge to the storage before the order: two round trips
/// more than an order may take, and memory for all of it. Uploads go straight there.
fn not_from_pictures() -> ApiError {
    ApiError::new(Code::NotFound).with_message(refusal::UPLOAD_ELSEWHERE)
}
