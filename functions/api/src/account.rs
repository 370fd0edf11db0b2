//! `GET /api/me`: who the caller is to the service.

use ourvidz_core::ApiError;
use ourvidz_core::limits::{MAX_ACTIVE_JOBS, MAX_JOBS_PER_MINUTE};
use ourvidz_core::wire::rpc::AccountOf;
use ourvidz_edge::{Call, Reply, Runtime, caller};
use serde_json::json;

pub(crate) async fn get<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["GET"])?;
    let caller = caller::user(call).await?;
    let account = call
        .edge_rpc(&AccountOf {
            p_user_id: caller.user_id,
            p_starting_credits: caller.starting_credits(&call.settings),
        })
        .await?;
    Reply::json(&json!({
        "success": true,
        "user_id": caller.user_id,
        "is_admin": caller.is_admin,
        "is_anonymous": caller.is_anonymous,
        "balance": account.balance,
        "held": account.held,
        "usage": {
            "active_jobs": account.active_jobs,
            "total_jobs": account.total_jobs,
            "credits_spent": account.credits_spent,
        },
        "limits": {
            "active_jobs": MAX_ACTIVE_JOBS,
            "jobs_per_minute": MAX_JOBS_PER_MINUTE,
        },
    }))
}
