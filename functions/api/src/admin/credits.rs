//! `POST /api/admin/credits`: gives a user credits, once per request id.

use ourvidz_core::limits::MAX_REASON_CHARS;
use ourvidz_core::wire::operation::GrantReply;
use ourvidz_core::wire::rpc::AdminGrantCredits;
use ourvidz_core::{ApiError, Id};
use ourvidz_edge::{Call, Reply, Runtime, caller};
use serde::Deserialize;

/// The most that one grant moves: a slip of the keyboard should not mint a fortune.
const MAX_GRANT: i64 = 1_000_000;
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Grant {
    user_id: Id,
    amount: i64,
    reason: String,
}

pub(crate) async fn credits<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["POST"])?;
    let admin = caller::admin(call).await?;
    let grant: Grant = serde_json::from_slice(call.json_body()?).map_err(|_| {
        ApiError::invalid_field("body", "an object with user_id, amount and reason")
    })?;
    if grant.amount == 0 || grant.amount.abs() > MAX_GRANT {
        return Err(ApiError::invalid_field(
            "amount",
            "a whole number up to 1000000, not 0",
        ));
    }
    // Postgres takes every character but this one.
    let is_storable = !grant.reason.contains('\0');
    if grant.reason.trim().is_empty()
        || grant.reason.chars().count() > MAX_REASON_CHARS
        || !is_storable
    {
        return Err(ApiError::invalid_field(
            "reason",
            "a text of 1 to 500 characters without NUL",
        ));
    }
    let request_id = call
        .incoming
        .header("idempotency-key")
        .unwrap_or(&call.request_id);
    let balance = call
        .edge_rpc(&AdminGrantCredits {
            p_actor: admin,
            p_user_id: grant.user_id,
            p_amount: grant.amount,
            p_reason: grant.reason.trim().to_owned(),
            p_request_id: request_id.to_owned(),
        })
        .await?;
    Reply::json(&GrantReply {
        success: true,
        user_id: grant.user_id,
        balance,
    })
}
