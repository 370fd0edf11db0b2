//! `GET /api/assets`, `PATCH` and `DELETE /api/assets/{id}`: the caller's finished pictures and videos.

use ourvidz_core::api_key::KeyScope;
use ourvidz_core::wire::assets::{AssetChangedReply, AssetDeletedReply, AssetPatch, AssetsQuery};
use ourvidz_core::wire::page::Query;
use ourvidz_core::wire::rpc::DeleteAsset;
use ourvidz_core::{ApiError, Code, Id};
use ourvidz_edge::{Call, Reply, Runtime, caller, order};

pub(crate) async fn list<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["GET"])?;
    let caller = caller::user(call, KeyScope::Read).await?;
    let query = AssetsQuery::parse(Query(&call.incoming.query))?;
    let rows = call.user_rpc(&caller, &query.rpc()).await?;
    let backends = call.backends();
    let storage = backends.storage(call.at.now_ms);
    Reply::json(&query.page(rows, &|bucket, key| Some(storage.read_link(bucket, key))))
}

pub(crate) async fn one<R: Runtime>(call: &Call<R>, id: &str) -> Result<Reply, ApiError> {
    call.only(&["PATCH", "DELETE"])?;
    let caller = caller::user(call, KeyScope::Orders).await?;
    // What is no id is as unknown as an id that is nobody's.
    let asset_id = id.parse().map_err(|_| Code::NotFound)?;
    if call.incoming.method == "DELETE" {
        delete(call, caller.user_id, asset_id).await
    } else {
        change(call, caller.user_id, asset_id).await
    }
}

async fn change<R: Runtime>(call: &Call<R>, user_id: Id, id: Id) -> Result<Reply, ApiError> {
    let patch = AssetPatch::parse(call.json_body()?, call.settings.policy_terms.get()?);
    let patch = order::audited(call, user_id, "asset", patch).await?;
    let row = call.edge_rpc(&patch.rpc(user_id, id)).await?;
    let backends = call.backends();
    let storage = backends.storage(call.at.now_ms);
    let asset = row.signed(&|bucket, key| Some(storage.read_link(bucket, key)));
    Reply::json(&AssetChangedReply {
        success: true,
        asset,
    })
}

/// The row goes now; the sweep deletes the objects, so that a crash between the two leaves nothing behind.
async fn delete<R: Runtime>(call: &Call<R>, user_id: Id, id: Id) -> Result<Reply, ApiError> {
    let deletion = DeleteAsset {
        p_user_id: user_id,
        p_asset_id: id,
    };
    call.edge_rpc(&deletion).await?;
    Reply::json(&AssetDeletedReply { success: true, id })
}
