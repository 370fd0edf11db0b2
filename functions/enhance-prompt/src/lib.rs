//! `POST /functions/v1/enhance-prompt`: a better prompt, whoever is there to write it.

mod enhancing;
#[cfg(target_arch = "wasm32")]
mod entry;
mod live;
mod record;
mod sink;
mod state;
#[cfg(test)]
mod tests;
mod workers;

use std::rc::Rc;

use ourvidz_core::api_key::KeyScope;
use ourvidz_core::enhance::brief;
use ourvidz_core::enhance::limit::{self, Allowance};
use ourvidz_core::judged::Judged as _;
use ourvidz_core::wire::enhance::EnhanceRequest;
use ourvidz_core::{ApiError, Code, Id};
use ourvidz_edge::{Call, Reply, Runtime, caller, order, request_limit};
use ourvidz_policy::{self as policy, ExtraTerms};
use serde_json::json;

use crate::enhancing::Enhancing;
use crate::sink::AnswerSink;
use crate::state::RedisState;

/// Answers with a better prompt.
///
/// # Errors
///
/// 400, 401, 403, 415, 422 `content_policy` and 429; never because a worker is away.
pub async fn enhance_prompt<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["POST"])?;
    let caller = caller::user(call, KeyScope::Orders).await?;
    let request = EnhanceRequest::parse(call.json_body()?)?;
    request.check_caller(caller.user_id)?;
    call.note("jobType", request.job_type.as_str());
    let terms = call.settings.policy_terms.get()?;
    check_policy(call, caller.user_id, &request.texts(), terms).await?;

    // One round trip for everything that is remembered.
    let brief = brief::of(&request);
    let state = RedisState::read(call, &request, brief).await;
    if let Some(refusal) = over_limit(call, &state) {
        return Ok(refusal);
    }
    if state.allowance.is_none() {
        // While nobody counts for all isolates, each counts for itself.
        let (user, now_ms) = (caller.user_id, call.at.now_ms);
        request_limit::admit("enhance", user, limit::MAX_PER_MINUTE, now_ms)?;
    }
    // A conversation is one text to the policy, as it is to the model.
    check_policy(call, caller.user_id, &state.texts(&request.prompt), terms).await?;

    let allowance = state.allowance;
    let mut enhancing = Enhancing {
        backends: call.backends(),
        request,
        brief,
        state,
        terms: Rc::clone(terms),
        started_ms: call.at.now_ms,
    };
    let cached_result = enhancing.take_cached();
    if enhancing.request.stream {
        return Ok(with_limit(
            live::answer(call, enhancing, cached_result),
            allowance,
        ));
    }
    let cached = cached_result.is_some();
    let enhancement = match cached_result {
        Some(enhancement) => enhancement,
        None => enhancing.make(&mut LogSink(call)).await,
    };
    let reply = enhancing.reply(&enhancement, cached);
    call.note("method", enhancement.method.as_str());
    call.note("fallbackUsed", reply.analytics.fallback_used);
    let answer = Reply::json(&reply)?;
    call.later(enhancing.record(reply, enhancement));
    Ok(with_limit(answer, allowance))
}

/// Nobody reads a stream; what happened is for the request's log line.
struct LogSink<'call, R>(&'call Call<R>);

impl<R> AnswerSink for LogSink<'_, R> {
    fn is_streaming(&self) -> bool {
        false
    }

    fn text(&mut self, _text: &str) {}

    fn discard(&mut self) {}

    fn note(&mut self, name: &str, value: &str) {
        self.0.note(name, value);
    }
}

/// Refuses texts that the policy refuses.
async fn check_policy<R: Runtime>(
    call: &Call<R>,
    user_id: Id,
    texts: &[&str],
    terms: &ExtraTerms,
) -> Result<(), ApiError> {
    let judged = match policy::check(texts, terms).is_refused() {
        true => Err(Code::ContentPolicy.into()),
        false => Ok(()),
    };
    order::audited(call, user_id, "enhance_prompt", judged).await
}

/// The answer to a user who asks too often.
fn over_limit<R>(call: &Call<R>, state: &RedisState) -> Option<Reply> {
    let allowance = state.allowance.filter(|allowance| !allowance.granted)?;
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
