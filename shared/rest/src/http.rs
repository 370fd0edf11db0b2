//! The one seam: everything that leaves the process goes through [`Http`].

use core::future::Future;

/// A request to a backend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Which backend it goes to, for the log and for `Server-Timing`.
    pub backend: Backend,
    /// The method in upper case.
    pub method: &'static str,
    /// The whole address.
    pub url: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, if there is one.
    pub body: Option<Vec<u8>>,
    /// Give up after this.
    pub timeout_ms: u32,
    /// Refuse a longer answer.
    pub max_answer_bytes: usize,
}

/// A backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Backend {
    /// PostgREST.
    Database,
    /// Upstash.
    Redis,
    /// S3.
    Storage,
    /// The published keys of the identity provider.
    Keys,
    /// A prompt enhancement worker.
    Enhancer,
    /// A user's webhook.
    Webhook,
}

impl Backend {
    /// A short name for logs and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Redis => "redis",
            Self::Storage => "storage",
            Self::Keys => "keys",
            Self::Enhancer => "enhancer",
            Self::Webhook => "webhook",
        }
    }
}

/// An answer of a backend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// The first header of that (lower case) name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// No answer came. Whether the request took effect is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransportError {
    /// The connection failed or broke.
    Unreachable,
    /// Nothing came within the request's time.
    Timeout,
    /// The answer was longer than the request allows.
    TooLong,
}

/// Sends requests. Futures need not be `Send`: the edge has one thread.
pub trait Http {
    /// Sends one request and reads the whole answer.
    fn send(
        &self,
        request: Request,
    ) -> impl Future<Output = Result<Response, TransportError>>;
}
