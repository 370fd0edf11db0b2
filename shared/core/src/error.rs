//! The vocabulary of errors: one closed list of codes, one place that says what each means to a client.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use core::ops::{Deref, DerefMut};

use ourvidz_sign::jwt::JwtError;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Why a request was refused or failed. The names are part of the API and are never changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The body, a header or a query parameter does not have the form that the endpoint documents.
    InvalidRequest,
    /// The job type is none of the ten.
    UnknownJobType,
    /// No valid credentials.
    Unauthorized,
    /// The balance does not cover the price.
    InsufficientCredits,
    /// The API key's limit of this month does not cover the price.
    SpendingLimit,
    /// Valid credentials that do not allow this.
    Forbidden,
    /// The account may not order until an operator has looked at it.
    AccountSuspended,
    /// There is no such thing, or it belongs to somebody else.
    NotFound,
    /// The path exists, the method does not.
    MethodNotAllowed,
    /// What is asked for does not fit the state that the thing is in.
    StateConflict,
    /// The first request with this idempotency key is still being worked on.
    IdempotencyInProgress,
    /// The body is larger than the endpoint takes.
    PayloadTooLarge,
    /// The body is not JSON.
    UnsupportedMediaType,
    /// The content policy refuses the text.
    ContentPolicy,
    /// The idempotency key was used for another request.
    IdempotencyMismatch,
    /// A completed report without assets, or with more than were ordered.
    AssetsMismatch,
    /// An asset's value is neither its assigned key nor a form that older workers send.
    InvalidAsset,
    /// An old and a new name of the same field disagree.
    AliasConflict,
    /// Too many requests in a short time.
    RateLimited,
    /// Too many unfinished jobs at once.
    TooManyActiveJobs,
    /// The queue takes no more jobs for now.
    QueueFull,
    /// The database, the queue or the storage did not answer.
    Unavailable,
    /// It took longer than the request allowed.
    Timeout,
    /// The deployment lacks a setting.
    Misconfigured,
    /// A bug.
    Internal,
}

impl Code {
    /// Every code, in the order of the status.
    pub const ALL: [Self; 25] = [
        Self::InvalidRequest,
        Self::UnknownJobType,
        Self::Unauthorized,
        Self::InsufficientCredits,
        Self::SpendingLimit,
        Self::Forbidden,
        Self::AccountSuspended,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::StateConflict,
        Self::IdempotencyInProgress,
        Self::PayloadTooLarge,
        Self::UnsupportedMediaType,
        Self::ContentPolicy,
        Self::IdempotencyMismatch,
        Self::AssetsMismatch,
        Self::InvalidAsset,
        Self::AliasConflict,
        Self::RateLimited,
        Self::TooManyActiveJobs,
        Self::QueueFull,
        Self::Unavailable,
        Self::Timeout,
        Self::Misconfigured,
        Self::Internal,
    ];

    /// The HTTP status.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::InvalidRequest | Self::UnknownJobType => 400,
            Self::Unauthorized => 401,
            Self::InsufficientCredits | Self::SpendingLimit => 402,
            Self::Forbidden | Self::AccountSuspended => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::StateConflict | Self::IdempotencyInProgress => 409,
            Self::PayloadTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::ContentPolicy
            | Self::IdempotencyMismatch
            | Self::AssetsMismatch
            | Self::InvalidAsset
            | Self::AliasConflict => 422,
            Self::RateLimited | Self::TooManyActiveJobs => 429,
            Self::Misconfigured | Self::Internal => 500,
            Self::QueueFull | Self::Unavailable => 503,
            Self::Timeout => 504,
        }
    }

    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::UnknownJobType => "unknown_job_type",
            Self::Unauthorized => "unauthorized",
            Self::InsufficientCredits => "insufficient_credits",
            Self::SpendingLimit => "spending_limit",
            Self::Forbidden => "forbidden",
            Self::AccountSuspended => "account_suspended",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::StateConflict => "state_conflict",
            Self::IdempotencyInProgress => "idempotency_in_progress",
            Self::PayloadTooLarge => "payload_too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::ContentPolicy => "content_policy",
            Self::IdempotencyMismatch => "idempotency_mismatch",
            Self::AssetsMismatch => "assets_mismatch",
            Self::InvalidAsset => "invalid_asset",
            Self::AliasConflict => "alias_conflict",
            Self::RateLimited => "rate_limited",
            Self::TooManyActiveJobs => "too_many_active_jobs",
            Self::QueueFull => "queue_full",
            Self::Unavailable => "unavailable",
            Self::Timeout => "timeout",
            Self::Misconfigured => "misconfigured",
            Self::Internal => "internal",
        }
    }

    /// The code of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == name)
    }

    /// Whether the very same request can succeed later.
    #[must_use]
    pub const fn retryable(self) -> bool {
        matches!(
            self,
            Self::IdempotencyInProgress
                | Self::RateLimited
                | Self::TooManyActiveJobs
                | Self::QueueFull
                | Self::Unavailable
                | Self::Timeout
                | Self::Internal
        )
    }

    /// What the caller can do about it, where there is something to do.
    #[must_use]
    pub const fn suggested_action(self) -> Option<&'static str> {
        Some(match self {
            Self::InvalidRequest => "Correct the field that `details` names.",
            Self::UnknownJobType => "Use one of the job types in `details.validJobTypes`.",
            Self::Unauthorized => "Sign in again and send a fresh access token.",
            Self::InsufficientCredits => "Order fewer or cheaper images, or add credits.",
            Self::SpendingLimit => "Wait for the next month, or use a key with a higher limit.",
            Self::AccountSuspended => "Write to the operator of this service.",
            Self::IdempotencyInProgress => {
                "Send the same request again after `Retry-After` seconds."
            }
            Self::PayloadTooLarge => "Send a smaller body.",
            Self::UnsupportedMediaType => "Send JSON with `Content-Type: application/json`.",
            Self::ContentPolicy => "Change the prompt.",
            Self::IdempotencyMismatch => "Use a new Idempotency-Key for a new request.",
            Self::RateLimited => "Slow down and try again after `Retry-After` seconds.",
            Self::TooManyActiveJobs => "Wait until a job has finished, or cancel one.",
            Self::QueueFull | Self::Unavailable | Self::Timeout | Self::Internal => {
                "Try again after a short while; a request with an Idempotency-Key is never done twice."
            }
            Self::Misconfigured => "Ask the operator: the deployment lacks a setting.",
            _ => return None,
        })
    }

    /// What a person reads when nothing more precise is known.
    #[must_use]
    pub const fn default_message(self) -> &'static str {
        match self {
            Self::InvalidRequest => "The request is not valid.",
            Self::UnknownJobType => "There is no such job type.",
            Self::Unauthorized => "Authentication is required.",
            Self::InsufficientCredits => "There are not enough credits for this job.",
            Self::SpendingLimit => "This API key has spent what it may in this month.",
            Self::Forbidden => "This is not allowed.",
            Self::AccountSuspended => {
                "This account may not order until an operator has looked at it."
            }
            Self::NotFound => "There is nothing here.",
            Self::MethodNotAllowed => "This method is not allowed here.",
            Self::StateConflict => "This is not possible in the present state.",
            Self::IdempotencyInProgress => {
                "The first request with this key is still being worked on."
            }
            Self::PayloadTooLarge => "The body is too large.",
            Self::UnsupportedMediaType => "The body must be JSON.",
            Self::ContentPolicy => "The content policy does not allow this text.",
            Self::IdempotencyMismatch => "This Idempotency-Key was used for another request.",
            Self::AssetsMismatch => "The assets do not fit the job.",
            Self::InvalidAsset => "An asset's value is not one of the job's keys.",
            Self::AliasConflict => "Two names of the same field disagree.",
            Self::RateLimited => "Too many requests.",
            Self::TooManyActiveJobs => "Too many jobs are unfinished.",
            Self::QueueFull => "The queue is full.",
            Self::Unavailable => "The service is not available for the moment.",
            Self::Timeout => "It took too long.",
            Self::Misconfigured => "The service is not configured completely.",
            Self::Internal => "Something went wrong on our side.",
        }
    }
}

/// An error on its way to the client, with what only the log may know beside it. It is one pointer, because nearly
/// everything returns it, and each place that passes it on would copy the whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError(Box<ErrorParts>);

/// What an [`ApiError`] is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorParts {
    /// What happened.
    pub code: Code,
    /// What a person reads.
    pub message: Cow<'static, str>,
    /// What a program reads: names of fields, limits, never values that the caller sent.
    pub details: Option<Value>,
    /// Seconds after which trying again makes sense.
    pub retry_after_s: Option<u32>,
    /// For the log alone: where it came from, without prompts, tokens or secrets.
    pub cause: Option<String>,
}

impl ApiError {
    /// An error with its code's usual text.
    #[must_use]
    pub fn new(code: Code) -> Self {
        Self(Box::new(ErrorParts {
            code,
            message: Cow::Borrowed(code.default_message()),
            details: None,
            retry_after_s: None,
            cause: None,
        }))
    }

    /// With a text of its own.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.message = message.into();
        self
    }

    /// With details for programs.
    #[must_use]
    pub fn with_details(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }

    /// With the seconds after which to try again.
    #[must_use]
    pub fn with_retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// With what only the log may know.
    #[must_use]
    pub fn with_cause(mut self, cause: impl Into<String>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// A field that is not what it should be: names the field and what was expected, never what was sent.
    #[must_use]
    pub fn invalid_field(field: &str, expected: &str) -> Self {
        Self::new(Code::InvalidRequest)
            .with_message(alloc::format!("{field}: expected {expected}."))
            .with_details(serde_json::json!({ "field": field, "expected": expected }))
    }

    #[must_use]
    pub fn into_parts(self) -> ErrorParts {
        *self.0
    }

    /// The body for the client.
    #[must_use]
    pub fn to_body(&self, request_id: &str) -> Value {
        let mut body = serde_json::json!({
            "success": false,
            "error": self.message,
            "code": self.code,
            "retryable": self.code.retryable(),
            "requestId": request_id,
        });
        if let Some(fields) = body.as_object_mut() {
            if let Some(action) = self.code.suggested_action() {
                fields.insert("suggestedAction".into(), action.into());
            }
            if let Some(details) = &self.details {
                fields.insert("details".into(), details.clone());
            }
        }
        body
    }
}

impl Deref for ApiError {
    type Target = ErrorParts;

    fn deref(&self) -> &ErrorParts {
        &self.0
    }
}

impl DerefMut for ApiError {
    fn deref_mut(&mut self) -> &mut ErrorParts {
        &mut self.0
    }
}

impl From<Code> for ApiError {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}

/// What another crate calls an error by names of its own.
impl From<JwtError> for ApiError {
    fn from(error: JwtError) -> Self {
        let mut details = serde_json::json!({ "reason": error.as_str() });
        if let (JwtError::Claim(claim), Some(fields)) = (error, details.as_object_mut()) {
            fields.insert("claim".into(), claim.into());
        }
        Self::new(Code::Unauthorized).with_details(details)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn names_are_what_serde_writes_and_each_is_listed_once() {
        for (index, code) in Code::ALL.into_iter().enumerate() {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
            assert_eq!(Code::from_name(code.as_str()), Some(code));
            assert_eq!(
                Code::ALL.iter().position(|other| *other == code),
                Some(index)
            );
        }
        assert_eq!(Code::from_name("no_such_code"), None);
    }

    #[test]
    fn the_cause_never_reaches_the_client() {
        let error = ApiError::new(Code::Unavailable).with_cause("postgrest answered 500");
        assert!(!error.to_body("r").to_string().contains("postgrest"));
    }

    #[test]
    fn the_body_has_the_documented_fields() {
        let error = ApiError::invalid_field("metadata.prompt", "1 to 2000 characters");
        assert_eq!(
            error.to_body("r-1"),
            serde_json::json!({
                "success": false,
                "error": "metadata.prompt: expected 1 to 2000 characters.",
                "code": "invalid_request",
                "retryable": false,
                "suggestedAction": "Correct the field that `details` names.",
                "details": { "field": "metadata.prompt", "expected": "1 to 2000 characters" },
                "requestId": "r-1",
            })
        );
    }

    #[test]
    fn a_refused_token_says_why() {
        for (reason, details) in [
            (
                JwtError::Expired,
                serde_json::json!({ "reason": "token_expired" }),
            ),
            (
                JwtError::Claim("sub"),
                serde_json::json!({ "reason": "token_claim", "claim": "sub" }),
            ),
        ] {
            let error = ApiError::from(reason);
            assert_eq!(error.code.status(), 401);
            assert_eq!(error.details, Some(details));
        }
    }
}
