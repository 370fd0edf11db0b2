//! The one trait for requests: everything that leaves the process goes through [`Http`].

use core::fmt;
use core::future::Future;
use core::pin::Pin;

use futures_core::Stream;
use futures_util::stream;

/// A request to a backend.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// Which backend it goes to, for the log and for `Server-Timing`.
    pub backend: Backend,
    /// The method in upper case.
    pub method: &'static str,
    pub url: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, if there is one.
    pub body: Option<Vec<u8>>,
    pub timeout_ms: u32,
    pub max_answer_bytes: usize,
}

/// Without what must not be printed: the query of a presigned address, values of headers, the body.
impl fmt::Debug for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = self.url.split('?').next().unwrap_or_default();
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        formatter
            .debug_struct("Request")
            .field("backend", &self.backend)
            .field("method", &self.method)
            .field("address", &address)
            .field("headers", &names)
            .field("body_bytes", &self.body.as_ref().map(Vec::len))
            .finish_non_exhaustive()
    }
}

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
    /// The function `enhance-prompt`, by a service binding where the runtime has one.
    EnhancePrompt,
    /// A user's webhook. Only the status and the headers of its answer are read.
    Webhook,
    /// The function `sweep`, by a service binding; it has no address.
    Sweep,
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
            Self::EnhancePrompt => "enhance-prompt",
            Self::Webhook => "webhook",
            Self::Sweep => "sweep",
        }
    }
}

/// An answer of a backend.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// Without the body, which may hold prompts.
impl fmt::Debug for Response {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Response")
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
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

/// The pieces of an answer's body, until it ends or breaks.
pub type Pieces = Pin<Box<dyn Stream<Item = Result<Vec<u8>, TransportError>>>>;

/// An answer whose body is read while it arrives.
pub struct StreamedResponse {
    pub status: u16,
    /// The body. It ends with [`TransportError::TooLong`] where it is longer than the request allows.
    pub pieces: Pieces,
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

impl TransportError {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::TooLong => "answer_too_long",
        }
    }
}

/// Sends requests. Futures need not be `Send`: the edge has one thread.
pub trait Http {
    /// Sends one request and reads the whole answer.
    fn send(&self, request: Request) -> impl Future<Output = Result<Response, TransportError>>;

    /// Sends one request and hands out the answer while it arrives; in one piece where that is all one can.
    fn stream(
        &self,
        request: Request,
    ) -> impl Future<Output = Result<StreamedResponse, TransportError>> {
        let answer = self.send(request);
        async {
            let Response { status, body, .. } = answer.await?;
            Ok(StreamedResponse {
                status,
                pieces: Box::pin(stream::once(core::future::ready(Ok(body)))),
            })
        }
    }

    /// Waits between two tries. Where there is no clock to wait by, the next try goes out at once.
    fn pause(&self, _milliseconds: u32) -> impl Future<Output = ()> {
        core::future::ready(())
    }

    /// Takes one of the retries that are left, if one is. Whoever bounds no requests has always one.
    fn take_retry(&self) -> bool {
        true
    }
}

impl<H: Http> Http for &H {
    fn send(&self, request: Request) -> impl Future<Output = Result<Response, TransportError>> {
        (**self).send(request)
    }

    fn stream(
        &self,
        request: Request,
    ) -> impl Future<Output = Result<StreamedResponse, TransportError>> {
        (**self).stream(request)
    }

    fn pause(&self, milliseconds: u32) -> impl Future<Output = ()> {
        (**self).pause(milliseconds)
    }

    fn take_retry(&self) -> bool {
        (**self).take_retry()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_printed() {
        let request = Request {
            backend: Backend::Storage,
            method: "PUT",
            url: "http://s3/bucket/key?X-Amz-Signature=hidden".into(),
            headers: vec![("authorization".into(), "Bearer hidden".into())],
            body: Some(b"hidden".to_vec()),
            timeout_ms: 1,
            max_answer_bytes: 1,
        };
        let answer = Response {
            status: 200,
            headers: vec![("set-cookie".into(), "hidden".into())],
            body: b"hidden".to_vec(),
        };
        let printed = format!("{request:?} {answer:?}");
        assert!(!printed.contains("hidden"), "{printed}");
        assert!(printed.contains("http://s3/bucket/key"), "{printed}");
    }
}
