//! `GET /api/queue-status`: how full the queues are, and why jobs wait.

use ourvidz_core::ApiError;
use ourvidz_core::api_key::KeyScope;
use ourvidz_core::wire::queue_status::QueueStatusReply;
use ourvidz_core::wire::rpc::QueueStatus;
use ourvidz_edge::{Call, Reply, Runtime, caller};

pub(crate) async fn get<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["GET"])?;
    let caller = caller::user(call, KeyScope::Read).await?;
    let queues = call.user_rpc(&caller, &QueueStatus {}).await?;
    Reply::json(&QueueStatusReply::of(queues))
}
