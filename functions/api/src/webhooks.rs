//! `GET` and `POST /api/webhooks/secret`, `GET /api/webhooks/deliveries`, `POST .../{id}/redrive`: what the
//! caller's webhooks are signed with, and what became of them.

use ourvidz_core::api_key::KeyScope;
use ourvidz_core::wire::page::Query;
use ourvidz_core::wire::rpc::{RedriveWebhook, WebhookSecret};
use ourvidz_core::wire::webhooks::{DeliveriesQuery, RedrivenReply, SecretReply};
use ourvidz_core::{ApiError, Code};
use ourvidz_edge::{Call, Reply, Runtime, caller, webhooks};

/// Shows the secret, made at the first look, or replaces it.
pub(crate) async fn secret<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["GET", "POST"])?;
    let caller = caller::user(call, KeyScope::Webhooks).await?;
    let query = WebhookSecret {
        p_user_id: caller.user_id,
        p_rotate: call.incoming.method == "POST",
    };
    Reply::json(&SecretReply::of(call.edge_rpc(&query).await?))
}

pub(crate) async fn deliveries<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["GET"])?;
    let caller = caller::user(call, KeyScope::Webhooks).await?;
    let query = DeliveriesQuery::parse(Query(&call.incoming.query))?;
    let rows = call.user_rpc(&caller, &query.rpc()).await?;
    Reply::json(&query.page(rows))
}

/// Sends a delivery anew, as soon as the pause since its last try is over.
pub(crate) async fn redrive<R: Runtime>(call: &Call<R>, id: &str) -> Result<Reply, ApiError> {
    call.only(&["POST"])?;
    let caller = caller::user(call, KeyScope::Webhooks).await?;
    let redriving = RedriveWebhook {
        p_user_id: caller.user_id,
        p_delivery_id: id.parse().map_err(|_| Code::NotFound)?,
    };
    let delivery = call.edge_rpc(&redriving).await?;
    webhooks::send_soon(call, delivery.job_id);
    Reply::json(&RedrivenReply {
        success: true,
        delivery,
    })
}
