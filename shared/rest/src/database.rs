//! PostgREST: typed calls of SQL functions.

use ourvidz_core::wire::rpc::Rpc;
use ourvidz_core::{ApiError, Code};
use postgrest::Postgrest;
use serde::Deserialize;
use serde_json::Value;

use crate::http::{Backend, Http, Request, Response, TransportError};

/// How long a call may take: an answer that comes later than this is of no use to a waiting browser.
const TIMEOUT_MS: u32 = 8_000;
/// The longest answer: a page of 100 jobs with six assets and 8 KB of metadata each.
const MAX_ANSWER_BYTES: usize = 8 * 1024 * 1024;
/// When to come back after the database did not answer.
const RETRY_AFTER_S: u32 = 5;

/// Who calls.
#[derive(Clone, Copy)]
pub enum Auth<'a> {
    /// The role and user in this token.
    Bearer(&'a str),
}

/// PostgREST behind Supabase's gateway.
pub struct Database<'a, H> {
    http: &'a H,
    client: Postgrest,
}

impl<'a, H: Http> Database<'a, H> {
    /// The database of a Supabase project.
    pub fn new(http: &'a H, supabase_url: &str, anon_key: &str) -> Self {
        let client = Postgrest::new(format!("{supabase_url}/rest/v1")).insert_header("apikey", anon_key);
        Self { http, client }
    }

    /// Calls an SQL function. It is never sent twice: whether a call took effect whose answer was lost, only
    /// the database knows, and submits have an idempotency key for that.
    ///
    /// # Errors
    ///
    /// What the function raises in our own vocabulary; `unavailable` for everything else that can pass.
    pub async fn call<R: Rpc>(&self, rpc: &R, auth: Auth<'_>) -> Result<R::Reply, ApiError> {
        let request = self.request(rpc, auth)?;
        let answer = self.http.send(request).await.map_err(|error| {
            unavailable(match error {
                TransportError::Unreachable => format!("{}: no connection", R::NAME),
                TransportError::Timeout => format!("{}: no answer in {TIMEOUT_MS} ms", R::NAME),
                TransportError::TooLong => format!("{}: answer too long", R::NAME),
            })
        })?;
        if !matches!(answer.status, 200..=299) {
            return Err(error_of(R::NAME, &answer));
        }
        // A function that returns void answers 204, or 200 with `null`.
        let body: &[u8] = if answer.body.is_empty() { b"null" } else { &answer.body };
        serde_json::from_slice(body).map_err(|error| {
            ApiError::new(Code::Internal)
                .with_cause(format!("{}: reply of another shape: {error}", R::NAME))
        })
    }

    fn request<R: Rpc>(&self, rpc: &R, auth: Auth<'_>) -> Result<Request, ApiError> {
        let bug = |error: String| ApiError::new(Code::Internal).with_cause(format!("{}: {error}", R::NAME));
        let parameters = serde_json::to_string(rpc).map_err(|error| bug(error.to_string()))?;
        let Auth::Bearer(token) = auth;
        let built = self
            .client
            .rpc(R::NAME, parameters)
            .auth(token)
            .build()
            .build()
            .map_err(|error| bug(error.to_string()))?;
        let mut headers: Vec<(String, String)> = built
            .headers()
            .iter()
            .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
            .collect();
        headers.push(("content-type".to_owned(), "application/json".to_owned()));
        Ok(Request {
            backend: Backend::Database,
            method: "POST",
            url: built.url().as_str().to_owned(),
            headers,
            body: built.body().and_then(|body| body.as_bytes()).map(<[u8]>::to_vec),
            timeout_ms: TIMEOUT_MS,
            max_answer_bytes: MAX_ANSWER_BYTES,
        })
    }
}

/// PostgREST's error body, as far as it is the same in every version.
#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    hint: Option<String>,
    #[serde(default)]
    details: Option<Value>,
}

fn unavailable(cause: String) -> ApiError {
    ApiError::new(Code::Unavailable).with_retry_after(RETRY_AFTER_S).with_cause(cause)
}

/// What a refusal means. Only status and SQLSTATE are looked at, and our own code in the hint; what the
/// database says in words is for nobody.
fn error_of(function: &str, answer: &Response) -> ApiError {
    let refusal: Refusal = serde_json::from_slice(&answer.body).unwrap_or_default();
    let state = refusal.code.as_deref().unwrap_or("none");
    let cause = format!("{function}: status {}, code {state}", answer.status);
    if state.starts_with("PT") || state == "PGRST" {
        return ours(&refusal).unwrap_or_else(|| unavailable(cause));
    }
    match (answer.status, state) {
        // The token was good enough for us and is not for the database: its secret or its clock differs.
        (401, "PGRST301" | "PGRST302" | "PGRST303") => ApiError::new(Code::Unauthorized).with_cause(cause),
        (401 | 403, "42501") => ApiError::new(Code::Forbidden).with_cause(cause),
        (404, "PGRST202" | "42883") => ApiError::new(Code::Misconfigured)
            .with_details(serde_json::json!({ "migrations": "missing" }))
            .with_cause(cause),
        _ => unavailable(cause),
    }
}

/// An error that one of our own functions raised.
fn ours(refusal: &Refusal) -> Option<ApiError> {
    let code = Code::from_name(refusal.hint.as_deref()?)?;
    let mut error = ApiError::new(code);
    // PostgREST passes the detail on as text; ours is a JSON object.
    let details = match &refusal.details {
        Some(Value::String(text)) => serde_json::from_str(text).ok(),
        Some(object @ Value::Object(_)) => Some(object.clone()),
        _ => None,
    };
    if let Some(details) = details.filter(Value::is_object) {
        let seconds = details.get("retryAfterSeconds").and_then(Value::as_u64);
        error.retry_after_s = seconds.and_then(|seconds| u32::try_from(seconds).ok());
        error = error.with_details(details);
    }
    if error.retry_after_s.is_none() && code.retryable() {
        error = error.with_retry_after(RETRY_AFTER_S);
    }
    Some(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Response {
        Response { status, headers: Vec::new(), body: body.as_bytes().to_vec() }
    }

    #[test]
    fn an_error_that_sql_raised_comes_out_in_our_vocabulary() {
        let error = error_of(
            "enqueue_job",
            &answer(
                402,
                r#"{"code":"PT402","message":"x","hint":"insufficient_credits","details":"{\"required\":3,\"balance\":1}"}"#,
            ),
        );
        assert_eq!(error.code, Code::InsufficientCredits);
        assert_eq!(error.details.as_deref(), Some(&serde_json::json!({ "required": 3, "balance": 1 })));
        let error = error_of(
            "enqueue_job",
            &answer(429, r#"{"code":"PT429","hint":"rate_limited","details":"{\"retryAfterSeconds\":17}"}"#),
        );
        assert_eq!((error.code, error.retry_after_s), (Code::RateLimited, Some(17)));
    }

    #[test]
    fn the_words_of_the_database_reach_nobody() {
        for (status, body) in [
            (500, r#"{"code":"XX000","message":"relation s3cret","details":"s3cret","hint":"s3cret"}"#),
            (400, r#"{"code":"22P02","message":"invalid input: s3cret"}"#),
            (409, r#"{"code":"23505","details":"Key (s3cret)"}"#),
            (402, r#"{"code":"PT402","hint":"s3cret"}"#),
            (502, "<html>s3cret</html>"),
            (503, ""),
        ] {
            let error = error_of("enqueue_job", &answer(status, body));
            assert_eq!(error.code, Code::Unavailable, "{status}");
            assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
        }
    }

    #[test]
    fn both_generations_of_codes_are_understood() {
        for code in ["PGRST301", "PGRST303"] {
            let error = error_of("my_job", &answer(401, &format!(r#"{{"code":"{code}"}}"#)));
            assert_eq!(error.code, Code::Unauthorized);
        }
        for code in ["PGRST202", "42883"] {
            let error = error_of("my_job", &answer(404, &format!(r#"{{"code":"{code}"}}"#)));
            assert_eq!(error.code, Code::Misconfigured);
        }
    }
}
