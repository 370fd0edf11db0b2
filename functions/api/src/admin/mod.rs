//! `/api/admin/...`: what operators do and see. The database keeps who did what, when and why.

mod credits;
mod enhancements;
mod monitoring;
mod redrive;

pub(crate) use credits::credits;
pub(crate) use enhancements::enhancements;
pub(crate) use monitoring::{deliveries, history, redeliver};
pub(crate) use redrive::redrive;

use ourvidz_core::ApiError;
use ourvidz_core::wire::admin::{
    self, ExpediteReply, FailedJobsQuery, PauseReply, PurgeReply, RevokeReply, StrikesReply,
    WorkersReply,
};
use ourvidz_core::wire::page::Query;
use ourvidz_core::wire::rpc::{AdminStrikes, AdminWorkers};
use ourvidz_edge::{Call, Reply, Runtime, caller};

/// `pause` and `resume`: a queue, one worker, or the orders of one user. What runs goes on.
pub(crate) async fn pause<R: Runtime>(call: &Call<R>, paused: bool) -> Result<Reply, ApiError> {
    call.only(&["POST"])?;
    let actor = caller::admin(call).await?;
    let pause = admin::pause(call.json_body()?, paused, actor)?;
    call.edge_rpc(&pause).await?;
    Reply::json(&PauseReply {
        success: true,
        queue: pause.p_queue,
        worker_id: pause.p_worker_id,
        user_id: pause.p_user_id,
        paused,
    })
}

/// Makes a worker's own key worthless.
pub(crate) async fn revoke<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["POST"])?;
    let actor = caller::admin(call).await?;
    let revoke = admin::revoke(call.json_body()?, actor)?;
    call.edge_rpc(&revoke).await?;
    Reply::json(&RevokeReply {
        success: true,
        worker_id: revoke.p_worker_id,
    })
}

/// Cancels what waits in a queue and gives its credits back.
pub(crate) async fn purge<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["POST"])?;
    let actor = caller::admin(call).await?;
    let purge = admin::purge(call.json_body()?, actor)?;
    let purged = call.edge_rpc(&purge).await?;
    call.note("purged", purged.canceled);
    Reply::json(&PurgeReply {
        success: true,
        queue: purge.p_queue,
        purged,
    })
}

/// Lets a job go before other users', or in its turn again.
pub(crate) async fn expedite<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["POST"])?;
    let actor = caller::admin(call).await?;
    let expedite = admin::expedite(call.json_body()?, actor)?;
    call.edge_rpc(&expedite).await?;
    Reply::json(&ExpediteReply {
        success: true,
        job_id: expedite.p_job_id,
        expedited: expedite.p_expedited,
    })
}

pub(crate) async fn workers<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["GET"])?;
    caller::admin(call).await?;
    let workers = call.edge_rpc(&AdminWorkers {}).await?;
    Reply::json(&WorkersReply {
        success: true,
        workers,
    })
}

/// Who was refused by the content policy again and again.
pub(crate) async fn strikes<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["GET"])?;
    caller::admin(call).await?;
    let users = call.edge_rpc(&AdminStrikes {}).await?;
    Reply::json(&StrikesReply {
        success: true,
        users,
    })
}

/// Failed jobs, with what workers said of their attempts.
pub(crate) async fn jobs<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["GET"])?;
    caller::admin(call).await?;
    let query = FailedJobsQuery::parse(Query(&call.incoming.query))?;
    let rows = call.edge_rpc(&query.rpc()).await?;
    Reply::json(&query.page(rows))
}
