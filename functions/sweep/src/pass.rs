//! One pass.

use std::collections::BTreeMap;

use ourvidz_core::plan::sweep;
use ourvidz_core::wire::payload::Hint;
use ourvidz_core::wire::rpc::{HintToPush, ObjectToDelete};
use ourvidz_core::{ApiError, Code, Queue};
use ourvidz_edge::{Backends, Runtime};
use ourvidz_rest::Budget;
use ourvidz_sign::attempt_token;
use serde_json::{Map, Value, json};

/// Redis is asked once: the next pass is the retry.
const REDIS: Budget = Budget::once(1_500);

/// Runs one pass and tells what it did, for the log. Objects are deleted from so many buckets at most.
///
/// # Errors
///
/// What the database says. Redis and the storage may be away: their part is left for the next pass.
pub async fn run<R: Runtime>(
    backends: &Backends<R>,
    now_ms: u64,
    buckets: u32,
) -> Result<Value, ApiError> {
    let queues = backends.queues().with_budget(REDIS);
    let lists = queues.lists().await.ok();
    let lists_lost = lists.is_some_and(|lists| !lists.remembered);
    let lengths = lists.map(|lists| (lists.sdxl_length, lists.wan_length));
    let swept = backends
        .edge_rpc(&sweep::pass(lists_lost, lengths, buckets))
        .await?;

    // With nothing to push, this notes that Redis remembers from now on.
    // Redis that has just not answered is not asked again.
    let were_pushed = lists.is_some() && (lists_lost || !swept.push.is_empty()) && {
        let stamped = swept.push.iter().map(|hint| stamp(backends, hint));
        let hints = stamped.collect::<Result<Vec<_>, _>>()?;
        queues.push_all(&hints).await.is_ok()
    };
    let deleted = delete(backends, now_ms, &swept.objects).await;

    let report = json!({
        "requeued": swept.requeued,
        "failed": swept.failed,
        "canceled": swept.canceled,
        "extended": swept.extended,
        "toPush": swept.push.len(),
        "pushed": were_pushed,
        "toDelete": swept.objects.len(),
        "deleted": deleted.len(),
        "redis": lists.is_some(),
    });
    if let Some(done) = sweep::done(&swept, were_pushed, deleted) {
        backends.edge_rpc(&done).await?;
    }
    Ok(report)
}

/// Deletes the objects of each bucket by one request. What the storage keeps, or has no answer about, comes again: the
/// database has put it off already.
async fn delete<R: Runtime>(
    backends: &Backends<R>,
    now_ms: u64,
    objects: &[ObjectToDelete],
) -> Vec<ObjectToDelete> {
    let mut buckets: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for object in objects {
        buckets.entry(&object.bucket).or_default().push(&object.key);
    }
    let storage = backends.storage(now_ms);
    let mut deleted = Vec::new();
    for (bucket, keys) in buckets {
        let gone = storage.delete_many(bucket, &keys).await.unwrap_or_default();
        deleted.extend(gone.into_iter().map(|key| ObjectToDelete {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
        }));
    }
    deleted
}

/// The stored payload, with what each push adds.
type StampedHint<'a> = Hint<&'a Map<String, Value>>;

fn stamp<'a, R: Runtime>(
    backends: &Backends<R>,
    hint: &'a HintToPush,
) -> Result<(Queue, StampedHint<'a>), ApiError> {
    let secret = backends.settings.token_secrets.first();
    let secret = secret
        .and_then(|text| attempt_token::parse_secret(text))
        .ok_or_else(|| ApiError::new(Code::Misconfigured).with_cause("CALLBACK_TOKEN_SECRET"))?;
    let token = attempt_token::issue(&secret, hint.job_id, hint.attempt);
    let url = &backends.settings.public_base_url;
    Ok(sweep::hint(hint, url, token))
}
