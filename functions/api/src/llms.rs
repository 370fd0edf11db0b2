//! `GET /llms.txt`: what a language model needs to know to use the service.

use ourvidz_core::ApiError;
use ourvidz_edge::{Call, Reply, Runtime};

/// It changes with a deployment only.
const ONE_HOUR: &str = "public, max-age=3600";

pub(crate) fn get<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["GET"])?;
    let text = include_str!("llms.txt").replace("{BASE}", &call.settings.public_base_url);
    Ok(Reply::bytes("text/plain; charset=utf-8", text.into_bytes())
        .with_header("cache-control", ONE_HOUR))
}
