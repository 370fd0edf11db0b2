//! An answer as handlers give it: plain data again.

use core::pin::Pin;

use ourvidz_core::ApiError;
use serde::Serialize;

/// Bytes that come piece by piece, for event streams.
pub type Chunks = Pin<Box<dyn futures_core::Stream<Item = Vec<u8>>>>;

pub struct Reply {
    pub status: u16,
    /// Headers beside the ones that every answer has.
    pub headers: Vec<(&'static str, String)>,
    pub body: Body,
}

/// The body of an answer.
pub enum Body {
    Empty,
    /// All of it at once.
    Whole {
        media_type: &'static str,
        /// Its bytes.
        bytes: Vec<u8>,
    },
    Stream {
        media_type: &'static str,
        chunks: Chunks,
    },
}

/// The media type of every JSON answer.
pub const JSON: &str = "application/json; charset=utf-8";

impl Reply {
    /// 200 with JSON.
    ///
    /// # Errors
    ///
    /// `internal` if the value cannot be written as JSON, which only a bug can cause.
    pub fn json(value: &impl Serialize) -> Result<Self, ApiError> {
        let bytes = serde_json::to_vec(value).map_err(|error| {
            ApiError::new(ourvidz_core::Code::Internal)
                .with_cause(format!("the answer cannot be serialised: {error}"))
        })?;
        Ok(Self::bytes(JSON, bytes))
    }

    /// 200 with bytes.
    #[must_use]
    pub const fn bytes(media_type: &'static str, bytes: Vec<u8>) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            body: Body::Whole { media_type, bytes },
        }
    }

    /// 200 with a stream of Server-Sent Events.
    #[must_use]
    pub const fn events(chunks: Chunks) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            body: Body::Stream {
                media_type: "text/event-stream; charset=utf-8",
                chunks,
            },
        }
    }

    /// 204.
    #[must_use]
    pub const fn empty() -> Self {
        Self {
            status: 204,
            headers: Vec::new(),
            body: Body::Empty,
        }
    }

    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// What an error looks like to the client.
    #[must_use]
    pub fn error(error: &ApiError, request_id: &str) -> Self {
        let bytes = error.to_body(request_id).to_string().into_bytes();
        Self::bytes(JSON, bytes)
            .with_status(error.code.status())
            .with_advice(error)
    }

    /// The headers of a refusal, whatever its body: when to come back, and which proof is asked for.
    #[must_use]
    pub fn with_advice(self, error: &ApiError) -> Self {
        let mut reply = self;
        if let Some(seconds) = error.retry_after_s {
            reply = reply.with_header("retry-after", seconds.to_string());
        }
        if let Some((policy, limit, reset)) = exhausted(error) {
            reply = reply
                .with_header("ratelimit-policy", format!("\"{policy}\";q={limit};w=60"))
                .with_header("ratelimit", format!("\"{policy}\";r=0;t={reset}"));
        }
        if error.code == ourvidz_core::Code::Unauthorized {
            reply = reply.with_header("www-authenticate", "Bearer");
        }
        reply
    }
}

/// The limit a minute that was reached (of submits where it does not say), and the seconds until there is room again.
fn exhausted(error: &ApiError) -> Option<(&str, u64, u32)> {
    let details = error.details.as_ref()?;
    let limit = details.get("limit")?.as_u64()?;
    let policy = details.get("policy").and_then(serde_json::Value::as_str);
    let is_limit = error.code == ourvidz_core::Code::RateLimited;
    is_limit.then_some((policy.unwrap_or("submit"), limit, error.retry_after_s?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ourvidz_core::Code;

    #[test]
    fn an_error_carries_its_status_and_when_to_come_back() {
        let reply = Reply::error(&ApiError::new(Code::QueueFull).with_retry_after(30), "r");
        assert_eq!(reply.status, 503);
        assert!(reply.headers.contains(&("retry-after", "30".to_owned())));
    }

    #[test]
    fn a_limit_that_was_reached_is_told_in_the_headers() {
        let error = ApiError::new(Code::RateLimited)
            .with_details(serde_json::json!({ "limit": 120, "retryAfterSeconds": 17 }))
            .with_retry_after(17);
        let reply = Reply::error(&error, "r");
        for (name, value) in [
            ("retry-after", "17"),
            ("ratelimit-policy", "\"submit\";q=120;w=60"),
            ("ratelimit", "\"submit\";r=0;t=17"),
        ] {
            assert!(reply.headers.contains(&(name, value.to_owned())), "{name}");
        }
    }
}
