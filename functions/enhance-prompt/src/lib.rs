//! `POST /functions/v1/enhance-prompt`: a better prompt, whoever is there to write it.

mod entry;
mod memory;
mod record;
#[cfg(test)]
mod tests;
mod workers;

use ourvidz_core::enhance::limit::{self, Allowance};
use ourvidz_core::enhance::{Brief, Enhancement, outcome, tiers};
use ourvidz_core::policy::{self, ExtraTerms};
use ourvidz_core::wire::enhance::EnhanceRequest;
use ourvidz_core::{ApiError, Code, Id};
use ourvidz_edge::{Call, Reply, Runtime, caller, order};
use serde_json::json;

use crate::memory::Memory;

/// Answers with a better prompt.
///
/// # Errors
///
/// 400, 401, 403, 415, 422 `content_policy` and 429; never because a worker is away.
pub async fn enhance_prompt<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["POST"])?;
    let caller = caller::user(call).await?;
    let request = EnhanceRequest::parse(call.json_body()?)?;
    request.check_caller(caller.user_id)?;
    call.note("jobType", request.job_type.as_str());
    let terms = ExtraTerms::default();
    check_policy(call, caller.user_id, &[&request.prompt], &terms).await?;

    // One round trip for everything that is remembered.
    let brief = Brief::of(&request);
    let mut memory = Memory::recall(call, &request, brief).await;
    if let Some(refusal) = over_limit(call, &memory) {
        return Ok(refusal);
    }
    // A conversation is one text to the policy, as it is to the model.
    check_policy(call, caller.user_id, &memory.texts(&request.prompt), &terms).await?;

    let remembered = memory.take_cached(&request.prompt, &terms);
    let cached = remembered.is_some();
    let enhancement = match remembered {
        Some(enhancement) => enhancement,
        None => make(call, &request, brief, &mut memory, &terms).await,
    };
    let fallback_used = tiers::fallback_used(&memory.workers, enhancement.method);
    let took_ms = call.runtime.now_ms().saturating_sub(call.at.now_ms);
    let reply = enhancement.reply(&request, took_ms, fallback_used, cached);
    call.note("method", enhancement.method.as_str());
    call.note("fallbackUsed", fallback_used);

    let allowance = memory.allowance;
    record::later(call, &request, &reply, enhancement, memory);
    Ok(with_limit(Reply::json(&reply)?, allowance))
}

/// Asks the workers one after the other, and the rules when none of them delivers.
async fn make<R: Runtime>(
    call: &Call<R>,
    request: &EnhanceRequest,
    brief: Brief,
    memory: &mut Memory,
    terms: &ExtraTerms,
) -> Enhancement {
    let seed = outcome::seed(request);
    for worker in tiers::order(&memory.workers, call.at.now_ms) {
        let elapsed = call.runtime.now_ms().saturating_sub(call.at.now_ms);
        let Some(timeout) = tiers::timeout_ms(worker.tier, brief.quality, elapsed) else {
            break;
        };
        let question = workers::Question {
            request,
            brief,
            turns: &memory.turns,
            seed,
            timeout_ms: timeout,
        };
        let answer = workers::ask(call, worker.tier, &question).await;
        memory.learn(worker, answer.as_ref().err(), call.runtime.now_ms());
        match answer {
            Ok(text) => {
                let made = Enhancement::by_model(worker.tier.method(), text, brief);
                // A model may write what its user never would; the rules cannot.
                if made.is_allowed(&request.prompt, terms) {
                    return made;
                }
                call.note("refusedOutput", worker.tier.as_str());
            }
            Err(failure) => call.note(worker.tier.as_str(), failure.as_str()),
        }
    }
    Enhancement::by_rules(&request.prompt, brief, seed)
}

/// Refuses texts that the policy refuses, and leaves the audit row. If that fails, the refusal stands.
async fn check_policy<R: Runtime>(
    call: &Call<R>,
    user_id: Id,
    texts: &[&str],
    terms: &ExtraTerms,
) -> Result<(), ApiError> {
    if !policy::check(texts, terms).is_refused() {
        return Ok(());
    }
    order::record_refusal(call, user_id, "enhance_prompt").await;
    Err(Code::ContentPolicy.into())
}

/// The answer to a user who asks too often.
fn over_limit<R>(call: &Call<R>, memory: &Memory) -> Option<Reply> {
    let allowance = memory.allowance.filter(|allowance| !allowance.granted)?;
    call.note("rateLimited", true);
    let error = ApiError::new(Code::RateLimited)
        .with_retry_after(allowance.reset_s)
        .with_details(json!({
            "limit": limit::MAX_PER_MINUTE,
            "retryAfterSeconds": allowance.reset_s,
        }));
    let reply = Reply::error(&error, &call.request_id);
    Some(with_limit(reply, Some(allowance)))
}

fn with_limit(reply: Reply, allowance: Option<Allowance>) -> Reply {
    match allowance {
        Some(allowance) => reply
            .with_header("ratelimit-policy", limit::policy_header())
            .with_header("ratelimit", allowance.header()),
        None => reply,
    }
}
