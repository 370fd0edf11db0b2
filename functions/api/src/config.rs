//! `GET /api/config`: what a page must know before anyone has signed in. Public by nature.

use ourvidz_core::ApiError;
use ourvidz_edge::{Call, Reply, Runtime};
use serde_json::json;

/// It changes with a deployment only.
const FIVE_MINUTES: &str = "public, max-age=300";

pub(crate) fn get<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["GET"])?;
    let body = json!({
        "supabaseUrl": call.settings.supabase_url,
        "supabaseAnonKey": call.settings.supabase_anon_key,
        "publicBaseUrl": call.settings.public_base_url,
    });
    Ok(Reply::json(&body)?.with_header("cache-control", FIVE_MINUTES))
}
