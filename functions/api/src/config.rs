//! `GET /api/config`: what a page must know before anyone has signed in. Public by nature.

use ourvidz_core::ApiError;
use ourvidz_core::wire::operation::ConfigReply;
use ourvidz_edge::{Call, Reply, Runtime};

/// It changes with a deployment only.
const FIVE_MINUTES: &str = "public, max-age=300";

pub(crate) fn get<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["GET"])?;
    let body = ConfigReply {
        supabase_url: call.settings.supabase_url.clone(),
        supabase_anon_key: call.settings.supabase_anon_key.clone(),
        public_base_url: call.settings.public_base_url.clone(),
        credits_url: call.settings.credits_url.clone(),
    };
    Ok(Reply::json(&body)?.with_header("cache-control", FIVE_MINUTES))
}
