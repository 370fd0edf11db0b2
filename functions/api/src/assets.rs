//! `GET /api/assets`: the caller's finished pictures and videos.

use ourvidz_core::ApiError;
use ourvidz_core::wire::assets::AssetsQuery;
use ourvidz_core::wire::page::Query;
use ourvidz_edge::{Call, Reply, Runtime, caller};

pub(crate) async fn list<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["GET"])?;
    let caller = caller::user(call).await?;
    let query = AssetsQuery::parse(Query(&call.incoming.query))?;
    let rows = call.user_rpc(&caller, &query.rpc()).await?;
    let backends = call.backends();
    let storage = backends.storage(call.at.now_ms);
    Reply::json(&query.page(rows, &|bucket, key| Some(storage.read_link(bucket, key))))
}
