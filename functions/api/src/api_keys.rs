//! `GET` and `POST /api/keys`, `DELETE /api/keys/{id}`: keys for the caller's programs. A key itself comes to none of
//! this: one that leaked could make others.

use ourvidz_core::wire::api_keys::{
    ApiKeyCreatedReply, ApiKeyRequest, ApiKeyRevokedReply, ApiKeysReply,
};
use ourvidz_core::wire::rpc::{MyApiKeys, RevokeApiKey};
use ourvidz_core::{ApiError, Code};
use ourvidz_edge::caller::{self, Caller};
use ourvidz_edge::{Call, Reply, Runtime, order};

pub(crate) async fn all<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["GET", "POST"])?;
    let caller = caller::signed_in(call).await?;
    if call.incoming.method == "POST" {
        return create(call, &caller).await;
    }
    let items = call.user_rpc(&caller, &MyApiKeys {}).await?;
    Reply::json(&ApiKeysReply { items })
}

pub(crate) async fn one<R: Runtime>(call: &Call<R>, id: &str) -> Result<Reply, ApiError> {
    call.only(&["DELETE"])?;
    let caller = caller::signed_in(call).await?;
    // What is no id is as unknown as an id that is nobody's.
    let id = id.parse().map_err(|_| Code::NotFound)?;
    let revocation = RevokeApiKey {
        p_user_id: caller.user_id,
        p_key_id: id,
    };
    call.edge_rpc(&revocation).await?;
    Reply::json(&ApiKeyRevokedReply { success: true, id })
}

/// Anonymous sign-ins get none: anybody can make them by the thousand, and they end with their browser's memory.
async fn create<R: Runtime>(call: &Call<R>, caller: &Caller) -> Result<Reply, ApiError> {
    if caller.is_anonymous {
        return Err(Code::Forbidden.into());
    }
    let request = ApiKeyRequest::parse(call.json_body()?, call.settings.policy_terms.get()?);
    let request = order::audited(call, caller.user_id, "api_key", request).await?;
    let (key, creation) = request.create(caller.user_id, &call.at);
    let api_key = call.edge_rpc(&creation).await?;
    call.note("apiKeyId", api_key.id.to_string());
    Reply::json(&ApiKeyCreatedReply {
        success: true,
        key,
        api_key,
    })
}
