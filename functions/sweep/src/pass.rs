//! One pass.

use ourvidz_core::limits;
use ourvidz_core::plan::submit;
use ourvidz_core::sign::attempt_token;
use ourvidz_core::wire::rpc::{HintToPush, PushedHint, SweepDone, SweepPass};
use ourvidz_core::{ApiError, Code, Queue, asset_key};
use ourvidz_edge::{Backends, Runtime};
use ourvidz_rest::Lists;
use serde_json::{Value, json};

/// Runs one pass and tells what it did, for the log.
///
/// # Errors
///
/// What the database says. Redis and the storage may be away: their part is left for the next pass.
pub async fn run<R: Runtime>(backends: &Backends<R>, now_ms: u64) -> Result<Value, ApiError> {
    let lists = backends.queues().lists().await.ok();
    let swept = backends.edge_rpc(&query(lists)).await?;

    let mut pushed = Vec::new();
    if !swept.push.is_empty() || lists.is_some_and(|lists| !lists.remembered) {
        let hints = swept
            .push
            .iter()
            .map(|hint| stamped(backends, hint))
            .collect::<Result<Vec<_>, _>>()?;
        if backends.queues().push_all(&hints).await.is_ok() {
            pushed = swept
                .push
                .iter()
                .map(|hint| PushedHint {
                    job_id: hint.job_id,
                    attempt: hint.attempt,
                })
                .collect();
        }
    }
    let mut deleted = Vec::new();
    for object in &swept.objects {
        if backends
            .storage(now_ms)
            .delete(&object.bucket, &object.key)
            .await
            .is_ok()
        {
            deleted.push(object.clone());
        }
    }

    let report = json!({
        "requeued": swept.requeued,
        "failed": swept.failed,
        "canceled": swept.canceled,
        "extended": swept.extended,
        "toPush": swept.push.len(),
        "pushed": pushed.len(),
        "toDelete": swept.objects.len(),
        "deleted": deleted.len(),
        "redis": lists.is_some(),
    });
    if !pushed.is_empty() || !deleted.is_empty() {
        backends
            .edge_rpc(&SweepDone {
                p_pushed: pushed,
                p_deleted: deleted,
            })
            .await?;
    }
    Ok(report)
}

fn query(lists: Option<Lists>) -> SweepPass {
    SweepPass {
        p_limit: limits::SWEEP_ROWS,
        p_lists_lost: lists.is_some_and(|lists| !lists.remembered),
        p_sdxl_length: lists.map(|lists| lists.sdxl_length),
        p_wan_length: lists.map(|lists| lists.wan_length),
        p_max_attempts: limits::MAX_ATTEMPTS,
        p_outage_seconds: limits::OUTAGE_SECONDS,
        p_max_queued_seconds: limits::MAX_QUEUED_SECONDS,
        p_max_running_seconds: limits::MAX_RUNNING_SECONDS,
        p_unmarked_seconds: limits::UNMARKED_PUSH_SECONDS,
        p_lease_seconds: limits::LEASE_SECONDS,
    }
}

fn stamped<R: Runtime>(
    backends: &Backends<R>,
    hint: &HintToPush,
) -> Result<(Queue, Value), ApiError> {
    let secret = backends
        .settings
        .token_secrets
        .first()
        .and_then(|text| attempt_token::parse_secret(text))
        .ok_or_else(|| ApiError::new(Code::Misconfigured).with_cause("CALLBACK_TOKEN_SECRET"))?;
    let token = attempt_token::issue(&secret, hint.job_id, hint.attempt);
    let keys = asset_key::attempt_keys(
        hint.user_id,
        hint.job_id,
        hint.job_type,
        hint.attempt,
        hint.num_assets,
    );
    let value = submit::hint(
        &hint.payload,
        hint.attempt,
        &keys,
        &backends.settings.public_base_url,
        &token,
    );
    Ok((hint.job_type.queue(), value))
}
