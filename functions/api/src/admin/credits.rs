//! `POST /api/admin/credits`: gives a user credits, once per request id.

use ourvidz_core::ApiError;
use ourvidz_core::plan::submit;
use ourvidz_core::wire::admin;
use ourvidz_core::wire::operation::GrantReply;
use ourvidz_edge::{Call, Reply, Runtime, caller};

pub(crate) async fn credits<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["POST"])?;
    let actor = caller::admin(call).await?;
    let key = submit::idempotency_key(call.incoming.header("idempotency-key"))?;
    let request_id = key.unwrap_or(&call.request_id);
    let grant = admin::grant(call.json_body()?, actor, request_id.to_owned())?;
    let balance = call.edge_rpc(&grant).await?;
    Reply::json(&GrantReply {
        success: true,
        user_id: grant.p_user_id,
        balance,
    })
}
