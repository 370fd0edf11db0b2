//! `POST /functions/v1/enhance-prompt`.

mod entry;

use ourvidz_core::{ApiError, Code};
use ourvidz_edge::{Call, Reply, Runtime};

/// Answers.
///
/// # Errors
///
/// `unavailable`.
#[expect(clippy::unused_async, reason = "handlers are async")]
pub async fn enhance_prompt<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["POST"])?;
    Err(Code::Unavailable.into())
}
