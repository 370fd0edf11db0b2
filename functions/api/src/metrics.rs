//! `GET /api/metrics`: the service's state for a monitoring system, all of it from the database, because
//! isolates share nothing. How long requests take is in their log lines.

use ourvidz_core::ApiError;
use ourvidz_core::wire::metrics::exposition;
use ourvidz_core::wire::rpc::AdminMetrics;
use ourvidz_edge::{Call, Reply, Runtime, caller};

/// Prometheus's text format.
const EXPOSITION: &str = "text/plain; version=0.0.4; charset=utf-8";

pub(crate) async fn get<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["GET"])?;
    caller::admin(call).await?;
    let samples = call.edge_rpc(&AdminMetrics {}).await?;
    Ok(Reply::bytes(EXPOSITION, exposition(&samples).into_bytes()))
}
