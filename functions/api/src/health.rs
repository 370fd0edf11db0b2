//! `GET /api/health`: whether the deployment can work. `?deep=1` asks the backends.

use ourvidz_core::wire::rpc::EdgeHealth;
use ourvidz_core::{ApiError, Code};
use ourvidz_edge::{Call, Reply, Runtime};
use serde_json::{Value, json};

/// Schemas that this code can work with.
const SUPPORTED_SCHEMA: core::ops::RangeInclusive<u32> = 1..=1;

pub(crate) async fn get<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["GET"])?;
    // Settings were read to get here; a missing one is answered by the door, by name.
    if call.incoming.query("deep").is_none() {
        return Reply::json(&json!({ "success": true, "status": "ok" }));
    }
    let database = match call.edge_rpc(&EdgeHealth {}).await {
        Ok(health) if !SUPPORTED_SCHEMA.contains(&health.schema_version) => {
            let cause = format!("schema {} is not supported", health.schema_version);
            return Err(ApiError::new(Code::Misconfigured)
                .with_details(json!({ "schemaVersion": health.schema_version }))
                .with_cause(cause));
        }
        Ok(health) => json!({
            "ok": true,
            "schemaVersion": health.schema_version,
            "sweepSeconds": health.sweep_seconds,
        }),
        Err(error) => failed(call, "database", &error),
    };
    let redis = match call.backends().queues().lists().await {
        Ok(lists) => json!({
            "ok": true,
            "hints": { "sdxl_queue": lists.sdxl_length, "wan_queue": lists.wan_length },
        }),
        Err(error) => failed(call, "redis", &error),
    };
    let ok = [&database, &redis].iter().all(|part| part["ok"] == true);
    let body = json!({
        "success": ok,
        "status": if ok { "ok" } else { "degraded" },
        "database": database,
        "redis": redis,
    });
    Ok(Reply::json(&body)?.with_status(if ok { 200 } else { 503 }))
}

/// A part that does not answer: its code for the client, the cause for the log.
fn failed<R: Runtime>(call: &Call<R>, part: &str, error: &ApiError) -> Value {
    call.note(part, error.cause.clone().unwrap_or_default());
    json!({ "ok": false, "code": error.code })
}
