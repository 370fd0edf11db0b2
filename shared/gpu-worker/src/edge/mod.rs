//! The edge as the worker sees it: claim a job, report on it, move bytes to and from presigned addresses.
//!
//! All of it goes through one trait, so that the protocol is tested against an edge made of a few structs.

use std::fmt;
use std::time::Duration;

mod http;
mod messages;

pub use http::HttpEdge;
pub use messages::{ClaimBody, JobReport, ReportReply};
pub use ourvidz_core::wire::callback::{ReportStatus, Upload as UploadTarget, UploadRequest};
pub use ourvidz_core::wire::claim::{ClaimReply as Claim, SignedReference};
pub use ourvidz_core::wire::rpc::Role;

/// The edge did not do what it was asked; the variant says what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EdgeError {
    /// It will never do it: drop the matter and log it.
    Permanent {
        status: u16,
        /// The edge's error code, if it named one.
        code: String,
    },
    /// It may do it later: keep what is to be delivered, and try again.
    Transient {
        /// The HTTP status; none when nobody answered.
        status: Option<u16>,
        /// How long it asked us to wait.
        retry_after: Option<Duration>,
        /// What went wrong on the way, without addresses.
        cause: String,
    },
}

impl EdgeError {
    /// What an answer of this status means. The list is the edge's promise: whatever is not in it is final.
    #[must_use]
    pub fn from_status(status: u16, code: &str, retry_after: Option<Duration>) -> Self {
        match status {
            401 | 408 | 429 | 500..=599 => Self::Transient {
                status: Some(status),
                retry_after,
                cause: code.to_owned(),
            },
            _ => Self::Permanent {
                status,
                code: code.to_owned(),
            },
        }
    }

    /// Nobody answered.
    #[must_use]
    pub fn no_answer(cause: impl fmt::Display) -> Self {
        Self::Transient {
            status: None,
            retry_after: None,
            cause: cause.to_string(),
        }
    }

    /// The wait that it asked for.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Transient { retry_after, .. } => *retry_after,
            Self::Permanent { .. } => None,
        }
    }
}

impl fmt::Display for EdgeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Permanent { status, code } => write!(formatter, "refused with {status} {code}"),
            Self::Transient {
                status: Some(status),
                cause,
                ..
            } => write!(formatter, "unavailable, {status} {cause}"),
            Self::Transient {
                status: None,
                cause,
                ..
            } => write!(formatter, "no answer: {cause}"),
        }
    }
}

/// How the storage refuses an upload to where another file lies: nothing is ever replaced.
pub const OCCUPIED: u16 = 412;

/// What the worker asks of the edge.
pub trait Edge: Send + Sync {
    /// A job to work on, or none.
    ///
    /// # Errors
    ///
    /// See [`EdgeError`].
    fn claim(&self, ask: &ClaimBody) -> Result<Option<Claim>, EdgeError>;

    /// Reports how a job is going.
    ///
    /// # Errors
    ///
    /// See [`EdgeError`].
    fn report(&self, report: &JobReport) -> Result<ReportReply, EdgeError>;

    /// Uploads a file to an address that a report's answer gave. That it lies there already is as good.
    ///
    /// # Errors
    ///
    /// See [`EdgeError`]; a refused upload may be tried again with a fresh address, except with the status
    /// [`OCCUPIED`].
    fn upload(&self, target: &UploadTarget, bytes: &[u8]) -> Result<(), EdgeError>;

    /// Downloads a reference picture from the address that a claim gave.
    ///
    /// # Errors
    ///
    /// See [`EdgeError`].
    fn download(&self, reference: &SignedReference) -> Result<Vec<u8>, EdgeError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_dropped_or_kept_as_promised() {
        for status in [400, 403, 404, 409, 413, 415, 422] {
            assert!(
                matches!(
                    EdgeError::from_status(status, "x", None),
                    EdgeError::Permanent { .. }
                ),
                "{status}"
            );
        }
        for status in [401, 408, 429, 500, 502, 503, 504] {
            assert!(
                matches!(
                    EdgeError::from_status(status, "x", None),
                    EdgeError::Transient { .. }
                ),
                "{status}"
            );
        }
    }
}
