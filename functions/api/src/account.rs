//! `GET /api/me`: who the caller is to the service. `DELETE /api/me/data`: everything of theirs is to go.

use ourvidz_core::ApiError;
use ourvidz_core::api_key::KeyScope;
use ourvidz_core::wire::account::{AccountReply, DataDeletedReply};
use ourvidz_core::wire::rpc::{AccountOf, DeleteData};
use ourvidz_edge::{Call, Reply, Runtime, caller, request_limit};

/// Jobs that one request deletes: with six assets each they take Postgres about a second, of the eight that it has.
const MOST_JOBS: u32 = 1_000;

/// Each takes a second of the database, and thirty delete more than anybody has.
const DELETIONS_PER_MINUTE: u32 = 30;

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

/// For nobody's key: one that leaked would be the end of everything.
pub(crate) async fn delete_data<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["DELETE"])?;
    let caller = caller::signed_in(call).await?;
    request_limit::admit(
        "deletions",
        caller.user_id,
        DELETIONS_PER_MINUTE,
        call.at.now_ms,
    )?;
    let deletion = DeleteData {
        p_user_id: caller.user_id,
        p_most_jobs: MOST_JOBS,
    };
    let deleted = call.edge_rpc(&deletion).await?;
    Reply::json(&DataDeletedReply {
        success: true,
        deleted,
    })
}
