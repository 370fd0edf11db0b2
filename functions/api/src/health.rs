//! `GET /api/health`: whether the deployment can work. `?deep=1` asks the backends.

use ourvidz_core::wire::operation::{
    DatabaseHealth, HealthReply, HealthStatus, HintCounts, RedisHealth,
};
use ourvidz_core::wire::rpc::EdgeHealth;
use ourvidz_core::{ApiError, Code, ErrorParts};
use ourvidz_edge::{Call, Reply, Runtime};
use serde_json::json;

/// The schema that this code was made for.
const SCHEMA: u32 = 2;

/// Schemas that this code can work with. A migration keeps what the code of the schema before it needs, so the next
/// one is fine: until the functions follow it, and after they were taken back.
const SUPPORTED_SCHEMA: core::ops::RangeInclusive<u32> = SCHEMA..=SCHEMA + 1;

pub(crate) async fn get<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["GET"])?;
    // Settings were read to get here; a missing one is answered before a handler runs, by name.
    let policy_extra_terms = call.settings.policy_terms.get()?.count();
    if call.incoming.query("deep").is_none() {
        return Reply::json(&HealthReply {
            success: true,
            status: HealthStatus::Ok,
            policy_extra_terms,
            database: None,
            redis: None,
        });
    }
    let database = match call.edge_rpc(&EdgeHealth {}).await {
        Ok(health) if !SUPPORTED_SCHEMA.contains(&health.schema_version) => {
            let cause = format!("schema {} is not supported", health.schema_version);
            return Err(ApiError::new(Code::Misconfigured)
                .with_details(json!({ "schemaVersion": health.schema_version }))
                .with_cause(cause));
        }
        Ok(health) => DatabaseHealth {
            ok: true,
            schema_version: Some(health.schema_version),
            sweep_seconds: health.sweep_seconds,
            code: None,
        },
        Err(error) => DatabaseHealth {
            ok: false,
            schema_version: None,
            sweep_seconds: None,
            code: Some(failed(call, "database", error)),
        },
    };
    let redis = match call.backends().queues().lists().await {
        Ok(lists) => RedisHealth {
            ok: true,
            hints: Some(HintCounts {
                sdxl_queue: lists.sdxl_length,
                wan_queue: lists.wan_length,
            }),
            code: None,
        },
        Err(error) => RedisHealth {
            ok: false,
            hints: None,
            code: Some(failed(call, "redis", error)),
        },
    };
    let ok = database.ok && redis.ok;
    let body = HealthReply {
        success: ok,
        status: if ok {
            HealthStatus::Ok
        } else {
            HealthStatus::Degraded
        },
        policy_extra_terms,
        database: Some(database),
        redis: Some(redis),
    };
    Ok(Reply::json(&body)?.with_status(if ok { 200 } else { 503 }))
}

/// A part that does not answer: its code for the client, the cause for the log.
fn failed<R: Runtime>(call: &Call<R>, part: &str, error: ApiError) -> Code {
    let ErrorParts { code, cause, .. } = error.into_parts();
    call.note(part, cause.unwrap_or_default());
    code
}
