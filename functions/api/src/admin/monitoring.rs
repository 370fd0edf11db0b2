//! `GET /api/admin/{deliveries,history}` and `POST /api/admin/redeliver`: what became of everybody's webhooks, and how
//! the queues went.

use ourvidz_core::ApiError;
use ourvidz_core::wire::monitoring::{self, HistoryReply, RedeliverReply};
use ourvidz_core::wire::page::Query;
use ourvidz_core::wire::webhooks::DeliveriesQuery;
use ourvidz_edge::{Call, Reply, Runtime, caller, webhooks};

pub(crate) async fn deliveries<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["GET"])?;
    caller::admin(call).await?;
    let query = DeliveriesQuery::parse(Query(&call.incoming.query))?;
    let rows = call.edge_rpc(&monitoring::deliveries(&query)).await?;
    Reply::json(&monitoring::deliveries_page(&query, rows))
}

/// Sends a delivery anew, as soon as the pause since its last try is over.
pub(crate) async fn redeliver<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["POST"])?;
    let actor = caller::admin(call).await?;
    let redeliver = monitoring::redeliver(call.json_body()?, actor)?;
    let delivery = call.edge_rpc(&redeliver).await?;
    webhooks::send_soon(call, delivery.delivery.job_id);
    Reply::json(&RedeliverReply {
        success: true,
        delivery,
    })
}

pub(crate) async fn history<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["GET"])?;
    caller::admin(call).await?;
    let query = monitoring::history(Query(&call.incoming.query))?;
    Reply::json(&HistoryReply {
        success: true,
        hours: query.p_hours,
        queues: call.edge_rpc(&query).await?,
    })
}
