//! Our errors as OpenAI's clients know them.

use alloc::string::{String, ToString};

use serde::Serialize;

use crate::{ApiError, Code};

/// An error as OpenAI's clients read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OpenAiError {
    /// What happened.
    pub error: OpenAiErrorFields,
}

/// Its fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OpenAiErrorFields {
    /// For people.
    pub message: String,
    /// `invalid_request_error`, `insufficient_quota`, `rate_limit_error` or `server_error`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The field that is wrong.
    pub param: Option<String>,
    /// OpenAI's code where it has one for this, else ours.
    pub code: String,
}

/// How a refusal is told: the status, the body, and whether OpenAI's clients may try again by themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenAiRefusal {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: OpenAiError,
    /// Whether the very same request can succeed in a moment.
    pub may_repeat: bool,
}

impl OpenAiRefusal {
    /// Ours in OpenAI's words. Its clients repeat by status; what cannot succeed by that must say so.
    #[must_use]
    pub fn of(error: &ApiError) -> Self {
        let (status, kind, code) = match error.code {
            Code::Unauthorized => (401, "invalid_request_error", "invalid_api_key"),
            Code::InsufficientCredits => (429, "insufficient_quota", "insufficient_quota"),
            Code::SpendingLimit => (429, "insufficient_quota", "billing_hard_limit_reached"),
            Code::UnknownJobType => (404, "invalid_request_error", "model_not_found"),
            Code::ContentPolicy => (400, "invalid_request_error", "content_policy_violation"),
            Code::RateLimited => (429, "rate_limit_error", "rate_limit_exceeded"),
            Code::TooManyActiveJobs => (429, "rate_limit_error", error.code.as_str()),
            code if code.status() >= 500 => (code.status(), "server_error", code.as_str()),
            code => (code.status(), "invalid_request_error", code.as_str()),
        };
        Self {
            status,
            body: body(
                kind,
                code,
                error.message.to_string(),
                detail(error, "field"),
            ),
            may_repeat: error.code.retryable(),
        }
    }

    /// A job that ended without a picture. Its workers have tried again already, and its credits came back.
    #[must_use]
    pub fn of_job(code: Option<&str>, message: Option<&str>) -> Self {
        let (status, kind, code) = match code {
            Some(code) if code == Code::ContentPolicy.as_str() => {
                (400, "invalid_request_error", "content_policy_violation")
            }
            Some(code) => (500, "server_error", code),
            None => (409, "invalid_request_error", "canceled"),
        };
        let message = message.unwrap_or("The job was canceled.").to_string();
        Self {
            status,
            body: body(kind, code, message, None),
            may_repeat: false,
        }
    }
}

fn body(kind: &'static str, code: &str, message: String, param: Option<String>) -> OpenAiError {
    OpenAiError {
        error: OpenAiErrorFields {
            message,
            kind,
            param,
            code: code.to_string(),
        },
    }
}

fn detail(error: &ApiError, name: &str) -> Option<String> {
    let detail = error.details.as_ref()?.get(name)?;
    detail.as_str().map(ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_succeed_later_may_be_repeated() {
        for code in Code::ALL {
            let refusal = OpenAiRefusal::of(&ApiError::new(code));
            assert_eq!(refusal.may_repeat, code.retryable(), "{code:?}");
            assert!(!refusal.body.error.message.is_empty());
        }
        let refusal = OpenAiRefusal::of(&ApiError::new(Code::ContentPolicy));
        assert_eq!((refusal.status, refusal.may_repeat), (400, false));
    }

    #[test]
    fn a_job_that_ended_without_a_picture_is_not_ordered_again() {
        for (code, status) in [
            (Some("generation_failed"), 500),
            (Some("content_policy"), 400),
            (None, 409),
        ] {
            let refusal = OpenAiRefusal::of_job(code, None);
            assert_eq!((refusal.status, refusal.may_repeat), (status, false));
        }
    }
}
