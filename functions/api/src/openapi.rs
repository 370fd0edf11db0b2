//! `GET /api/openapi.json`: the API's description, which a test makes of the wire types.

use ourvidz_core::ApiError;
use ourvidz_edge::reply::JSON;
use ourvidz_edge::{Call, Reply, Runtime};

/// It changes with a deployment only.
const ONE_HOUR: &str = "public, max-age=3600";

pub(crate) fn get<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["GET"])?;
    let text = include_str!("../../../docs/openapi.json");
    Ok(Reply::bytes(JSON, text.as_bytes().to_vec()).with_header("cache-control", ONE_HOUR))
}
