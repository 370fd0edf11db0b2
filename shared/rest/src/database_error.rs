//! What PostgREST's errors mean.
//!
//! Decided by status and code alone, never by a text, because the texts change with every version. Our own
//! functions raise SQLSTATE `PT<status>` with the error code as hint and JSON as detail. A cause for the log
//! names the function, the status and the SQLSTATE; the database's own words may quote a prompt and stay out.

use ourvidz_core::{ApiError, Code};
use serde::Deserialize;
use serde_json::Value;

use crate::http::{Response, TransportError};

/// How long a client waits before it tries again after trouble that is not of its making.
const RETRY_AFTER_S: u32 = 5;

/// Nothing waits longer than this on our word.
const MAX_RETRY_AFTER_S: u32 = 3600;

/// Whose token a call went out with: the same refusal is the user's trouble or the operator's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenOwner {
    Edge,
    User,
}

/// The body of an error.
#[derive(Default, Deserialize)]
struct Body {
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    hint: Option<String>,
    #[serde(default)]
    details: Option<String>,
}

/// The error of a call that got no answer.
pub(crate) fn from_transport(error: TransportError, function: &str) -> ApiError {
    let code = match error {
        TransportError::Timeout => Code::Timeout,
        TransportError::Unreachable | TransportError::TooLong => Code::Unavailable,
    };
    ApiError::new(code)
        .with_retry_after(RETRY_AFTER_S)
        .with_cause(format!("database: {function}: {}", error.as_str()))
}

/// The error of a call that was answered with one.
pub(crate) fn from_answer(answer: &Response, function: &str, token_owner: TokenOwner) -> ApiError {
    let body: Body = serde_json::from_slice(&answer.body).unwrap_or_default();
    let state = body
        .code
        .as_deref()
        .filter(|state| is_state(state))
        .unwrap_or("none");
    let cause = format!(
        "database: {function}: status {}, code {state}",
        answer.status
    );
    if is_ours(state) {
        return raised(&body, cause);
    }
    let code = match (answer.status, state) {
        // The gateway's own refusal: it did not like the API key.
        (401, "none") => Code::Misconfigured,
        (401, "PGRST301" | "PGRST302" | "PGRST303") => match token_owner {
            TokenOwner::User => Code::Unauthorized,
            TokenOwner::Edge => Code::Misconfigured,
        },
        (_, "42501") => match token_owner {
            TokenOwner::User => Code::Forbidden,
            TokenOwner::Edge => Code::Misconfigured,
        },
        // No such function, or none with these parameters; no such table or schema: migrations are missing.
        (_, "42883" | "PGRST202" | "PGRST203" | "42P01" | "PGRST205" | "3F000" | "PGRST106") => {
            Code::Misconfigured
        }
        // The statement was cut off.
        (_, "57014") | (504, "none") => Code::Timeout,
        _ => Code::Unavailable,
    };
    let error = ApiError::new(code).with_cause(cause);
    if code.retryable() {
        error.with_retry_after(retry_after(answer))
    } else {
        error
    }
}

/// Whether one of our functions raised this: its word is final, whatever the status.
pub(crate) fn is_raised(answer: &Response) -> bool {
    serde_json::from_slice(&answer.body)
        .ok()
        .and_then(|body: Body| body.code)
        .is_some_and(|state| is_ours(&state))
}

fn text_of<'a>(details: &'a Value, name: &str) -> Option<&'a str> {
    details.get(name)?.as_str()
}

/// What one of our functions raised. A hint that is no code of ours is a bug in the function.
fn raised(body: &Body, cause: String) -> ApiError {
    let Some(code) = body.hint.as_deref().and_then(Code::from_name) else {
        return ApiError::new(Code::Internal).with_cause(cause);
    };
    let mut error = ApiError::new(code).with_cause(cause);
    let details = body
        .details
        .as_deref()
        .and_then(|text| serde_json::from_str::<Value>(text).ok());
    if let Some(details) = details.filter(Value::is_object) {
        error.retry_after_s = details
            .get("retryAfterSeconds")
            .and_then(Value::as_u64)
            .and_then(|seconds| u32::try_from(seconds).ok())
            .map(|seconds| seconds.min(MAX_RETRY_AFTER_S));
        if let (Some(field), Some(expected)) =
            (text_of(&details, "field"), text_of(&details, "expected"))
        {
            error.message = ApiError::invalid_field(field, expected)
                .into_parts()
                .message;
        }
        error = error.with_details(details);
    }
    if error.retry_after_s.is_none() && code == Code::IdempotencyInProgress {
        // The first request holds its lock for 2 s at most.
        error.retry_after_s = Some(2);
    }
    error
}

/// PostgREST says 0 just after it lost its database, and who tries again at once only adds to the trouble.
fn retry_after(answer: &Response) -> u32 {
    answer
        .header("retry-after")
        .and_then(|seconds| seconds.parse().ok())
        .filter(|seconds: &u32| *seconds > 0)
        .map_or(RETRY_AFTER_S, |seconds| seconds.min(MAX_RETRY_AFTER_S))
}

/// `PT402` and its like, which PostgREST turns into a status.
fn is_ours(state: &str) -> bool {
    state.strip_prefix("PT").is_some_and(|status| {
        status.len() == 3 && status.bytes().all(|digit| digit.is_ascii_digit())
    })
}

/// Only what can be a SQLSTATE or a code of PostgREST goes into the log.
fn is_state(text: &str) -> bool {
    (5..=10).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests;
