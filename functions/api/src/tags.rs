//! `GET /api/tags`: the caller's own words for their pictures and videos.

use ourvidz_core::ApiError;
use ourvidz_core::api_key::KeyScope;
use ourvidz_core::wire::rpc::MyTags;
use ourvidz_core::wire::tags::TagsReply;
use ourvidz_edge::{Call, Reply, Runtime, caller};

pub(crate) async fn list<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["GET"])?;
    let caller = caller::user(call, KeyScope::Read).await?;
    let items = call.user_rpc(&caller, &MyTags {}).await?;
    Reply::json(&TagsReply { items })
}
