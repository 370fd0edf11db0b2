//! Sending webhooks: take what is due, send it all at once, write down what came of it.
//!
//! Taken is for a while only, so what a crash interrupts is sent again, and a receiver that hangs holds up
//! nobody else's messages for longer than its own time.

use futures_util::future::join_all;
use ourvidz_core::limits::{WEBHOOK_TIMEOUT_MS, WEBHOOKS_AT_ONCE};
use ourvidz_core::moment::Nth;
use ourvidz_core::plan::webhooks::{self, Answer, NoMessage};
use ourvidz_core::wire::rpc::{DueWebhook, RecordWebhooks, WebhookOutcome, WebhookResult};
use ourvidz_core::{ApiError, Id, Moment};
use ourvidz_edge::{Backends, Runtime};
use ourvidz_rest::{Backend, Request, TransportError};
use serde_json::{Value, json};

/// After this long no other batch is begun: one that times out still ends before the next pass.
const LAST_BATCH_MS: u64 = 4_000;

/// Sends what is due, those of `job` first, and tells what it did, for the log.
///
/// # Errors
///
/// What the database says. What was sent and could not be written down is sent once more, later.
pub async fn run<R: Runtime>(
    backends: &Backends<R>,
    at: &Moment,
    job: Option<Id>,
) -> Result<Value, ApiError> {
    let mut results: Vec<WebhookResult> = Vec::new();
    let most = match job {
        Some(_) => WEBHOOKS_AT_ONCE,
        None => backends.settings.webhooks_per_pass,
    };
    for nth in 0.. {
        let batch = batch(backends, &at.branch(nth), job).await?;
        let was_full = u32::try_from(batch.len()).is_ok_and(|sent| sent >= WEBHOOKS_AT_ONCE);
        results.extend(batch);
        let passed_ms = backends.runtime.now_ms().saturating_sub(at.now_ms);
        let sent = u32::try_from(results.len()).unwrap_or(most);
        if !was_full || sent.saturating_add(WEBHOOKS_AT_ONCE) > most || passed_ms > LAST_BATCH_MS {
            break;
        }
    }
    let count = |outcome| {
        results
            .iter()
            .filter(|result| result.outcome == outcome)
            .count()
    };
    Ok(json!({
        "webhooks": results.len(),
        "delivered": count(WebhookOutcome::Delivered),
        "retried": count(WebhookOutcome::Retry),
        "givenUp": count(WebhookOutcome::Failed) + count(WebhookOutcome::Gone),
    }))
}

async fn batch<R: Runtime>(
    backends: &Backends<R>,
    at: &Moment,
    job: Option<Id>,
) -> Result<Vec<WebhookResult>, ApiError> {
    let p_lease_id = at.fresh_id(Nth::First);
    let due = backends.edge_rpc(&webhooks::take(p_lease_id, job)).await?;
    if due.is_empty() {
        return Ok(Vec::new());
    }
    let sendings = due
        .iter()
        .zip(0..)
        .map(|(one, nth)| send(backends, one, chance(at, nth)));
    let p_results = join_all(sendings).await;
    let done = RecordWebhooks {
        p_lease_id,
        p_results,
    };
    backends.edge_rpc(&done).await?;
    Ok(done.p_results)
}

/// A random number for each message of a batch.
fn chance(at: &Moment, nth: u32) -> u32 {
    let [first, second, third, fourth, ..] = at.branch(nth).entropy;
    u32::from_be_bytes([first, second, third, fourth])
}

async fn send<R: Runtime>(backends: &Backends<R>, due: &DueWebhook, random: u32) -> WebhookResult {
    let now_ms = backends.runtime.now_ms();
    let verdict =
        |answer: Answer<'_>| webhooks::verdict(due.id, due.tries, answer, now_ms / 1000, random);
    let storage = backends.storage(now_ms);
    let link = |bucket: &str, key: &str| Some(storage.read_link(bucket, key));
    let allow_local = backends.settings.local_webhooks;
    let message = match webhooks::message(due, allow_local, now_ms / 1000, &link) {
        Ok(message) => message,
        Err(NoMessage::RefusedAddress) => return verdict(Answer::RefusedAddress),
        Err(NoMessage::Internal) => return verdict(Answer::Internal),
    };
    let request = Request {
        backend: Backend::Webhook,
        method: "POST",
        url: due.url.clone(),
        headers: message.headers,
        body: Some(message.body),
        timeout_ms: WEBHOOK_TIMEOUT_MS,
        max_answer_bytes: 0,
    };
    match backends.runtime.send(request).await {
        Ok(answer) => verdict(Answer::Status(answer.status, answer.header("retry-after"))),
        Err(TransportError::Timeout) => verdict(Answer::Timeout),
        Err(TransportError::Unreachable | TransportError::TooLong) => verdict(Answer::Unreachable),
    }
}

#[cfg(test)]
pub(crate) mod tests;
