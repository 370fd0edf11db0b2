//! `GET /api/queue-status`: how full the queues are, and why jobs wait.

use ourvidz_core::ApiError;
use ourvidz_core::wire::rpc::{QueueState, QueueStatus};
use ourvidz_edge::{Call, Reply, Runtime, caller};
use serde_json::{Value, json};

pub(crate) async fn get<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["GET"])?;
    let caller = caller::user(call).await?;
    let queues = call.user_rpc(&caller, &QueueStatus {}).await?;
    let depth: u32 = queues.iter().map(|queue| queue.queued).sum();
    Reply::json(&json!({
        "success": true,
        "queueDepth": depth,
        "queues": queues.iter().map(entry).collect::<Vec<Value>>(),
    }))
}

fn entry(state: &QueueState) -> Value {
    json!({
        "queue": state.queue,
        "queued": state.queued,
        "processing": state.processing,
        "workers": state.workers,
        "workerSeenSeconds": state.worker_seen_seconds,
        "medianWaitSeconds": state.median_wait_seconds,
        "etaSeconds": state.eta_seconds,
        "paused": state.paused,
        "waitingFor": state.waiting_for,
    })
}
