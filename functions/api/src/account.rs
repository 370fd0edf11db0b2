//! `GET /api/me`: who the caller is to the service.

use ourvidz_core::ApiError;
use ourvidz_core::api_key::KeyScope;
use ourvidz_core::wire::account::AccountReply;
use ourvidz_core::wire::rpc::AccountOf;
use ourvidz_edge::{Call, Reply, Runtime, caller};

pub(crate) async fn get<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["GET"])?;
    let caller = caller::user(call, KeyScope::Read).await?;
    let account = call
        .edge_rpc(&AccountOf {
            p_user_id: caller.user_id,
            p_starting_credits: caller.starting_credits(&call.settings),
        })
        .await?;
    Reply::json(&AccountReply::of(
        caller.user_id,
        caller.is_admin,
        caller.is_anonymous,
        &account,
    ))
}
