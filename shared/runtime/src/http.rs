//! [`Http`] over the runtime's `fetch`.

use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::rc::Rc;

use futures_util::{StreamExt as _, stream};
use js_sys::Uint8Array;
use ourvidz_core::ApiError;
use ourvidz_edge::Runtime;
use ourvidz_rest::{
    Backend, Http, Pieces, Request, Response, Retries, StreamedResponse, TransportError,
};
use ourvidz_sign::jwk::PublicKey;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_streams::ReadableStream;
use worker::{Env, Fetcher};

use crate::crossings::{self, Crossing};

/// The bindings of other functions, in wrangler.toml.
const ENHANCE_PROMPT: &str = "ENHANCE";
const SWEEP: &str = "SWEEP";

/// A `traceparent` has 55 characters; later versions may be a little longer.
const MAX_TRACE_BYTES: usize = 128;

/// Sends by `fetch`, and keeps account of what it sent. Clones share the account.
#[derive(Clone, Default)]
pub struct Fetch {
    account: Rc<Account>,
    environment: Option<Rc<Env>>,
}

#[derive(Default)]
struct Account {
    trips: Cell<u32>,
    retries: Retries,
    phases: RefCell<Vec<RequestPhase>>,
    trace: RefCell<Option<String>>,
}

/// Time spent on one backend.
#[derive(Clone, Copy)]
pub struct RequestPhase {
    pub backend: &'static str,
    /// Milliseconds.
    pub milliseconds: u64,
}

impl Fetch {
    /// With the service bindings that this function has.
    #[must_use]
    pub fn with_services(env: &Env) -> Self {
        Self {
            environment: Some(Rc::new(env.clone())),
            ..Self::default()
        }
    }

    /// Lets the database and the enhancers log under the caller's trace.
    pub fn pass_on_trace(&self, traceparent: Option<&str>) {
        let is_harmless = |trace: &&str| {
            trace.len() <= MAX_TRACE_BYTES
                && trace
                    .bytes()
                    .all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
        };
        *self.account.trace.borrow_mut() = traceparent.filter(is_harmless).map(str::to_owned);
    }

    #[must_use]
    pub fn trips(&self) -> u32 {
        self.account.trips.get()
    }

    /// What they took, in their order.
    #[must_use]
    pub fn phases(&self) -> Vec<RequestPhase> {
        self.account.phases.borrow().clone()
    }
}

impl Fetch {
    /// Looked up when it is needed: most requests need none.
    fn service(&self, backend: Backend) -> Option<Fetcher> {
        let name = match backend {
            Backend::EnhancePrompt => ENHANCE_PROMPT,
            Backend::Sweep => SWEEP,
            _ => return None,
        };
        self.environment.as_deref()?.service(name).ok()
    }

    /// Notes that a request goes out, and puts the caller's trace on it.
    fn begin(&self, request: &mut Request) {
        self.account.trips.set(self.account.trips.get() + 1);
        if let Some(trace) = &*self.account.trace.borrow()
            && matches!(
                request.backend,
                Backend::Database | Backend::Enhancer | Backend::EnhancePrompt
            )
        {
            request
                .headers
                .push(("traceparent".to_owned(), trace.clone()));
        }
    }
}

impl Http for Fetch {
    async fn send(&self, mut request: Request) -> Result<Response, TransportError> {
        let started = crate::clock::now_ms();
        let backend = request.backend.as_str();
        self.begin(&mut request);
        let service = self.service(request.backend);
        let answer = fetch(request, service).await;
        let milliseconds = crate::clock::now_ms().saturating_sub(started);
        self.account.phases.borrow_mut().push(RequestPhase {
            backend,
            milliseconds,
        });
        answer
    }

    async fn stream(&self, mut request: Request) -> Result<StreamedResponse, TransportError> {
        self.begin(&mut request);
        let limit = request.max_answer_bytes;
        let answer = exchange(request, None, Wanted::Stream).await?;
        Ok(StreamedResponse {
            status: answer.status(),
            pieces: answer.stream().map_or_else(
                || Box::pin(stream::empty()) as Pieces,
                |body| pieces(limit, body),
            ),
        })
    }

    async fn pause(&self, milliseconds: u32) {
        worker::Delay::from(Duration::from_millis(u64::from(milliseconds))).await;
    }

    fn take_retry(&self) -> bool {
        self.account.retries.take()
    }
}

impl Runtime for Fetch {
    fn now_ms(&self) -> u64 {
        crate::clock::now_ms()
    }

    async fn verify(
        &self,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, ApiError> {
        crate::crypto::verify(key, message, signature).await
    }
}

/// How an answer's body is wanted.
#[derive(Clone, Copy)]
enum Wanted {
    /// At once, which is cheaper: our own backends do not send without end.
    Whole,
    /// Read no further than it may be long.
    Bounded,
    /// As it arrives.
    Stream,
    /// Not at all: what a receiver says beside its status is nobody's business, and may be endless.
    Nothing,
}

impl Wanted {
    const fn of(backend: Backend) -> Self {
        match backend {
            Backend::Enhancer => Self::Bounded,
            Backend::Webhook => Self::Nothing,
            _ => Self::Whole,
        }
    }

    /// As `crossings.js` says it.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Bounded => "bounded",
            Self::Stream => "stream",
            Self::Nothing => "none",
        }
    }
}

async fn fetch(request: Request, service: Option<Fetcher>) -> Result<Response, TransportError> {
    // It has no address that could be asked instead.
    if request.backend == Backend::Sweep && service.is_none() {
        return Err(TransportError::Unreachable);
    }
    let wanted = Wanted::of(request.backend);
    let answer = exchange(request, service, wanted).await?;
    Ok(Response {
        status: answer.status(),
        headers: crossings::pairs(&answer.headers())
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        body: answer.body().unwrap_or_default(),
    })
}

async fn exchange(
    request: Request,
    service: Option<Fetcher>,
    wanted: Wanted,
) -> Result<Crossing, TransportError> {
    let headers = request.headers.iter();
    let headers = crossings::lines(headers.map(|(name, value)| (name.as_str(), value.as_str())))
        .ok_or(TransportError::Unreachable)?;
    let sent = crossings::send(
        service.map_or(JsValue::UNDEFINED, JsValue::from),
        request.method,
        &request.url,
        &headers,
        request.body,
        request.timeout_ms,
        request.max_answer_bytes,
        wanted.as_str(),
    );
    let answer = JsFuture::from(sent)
        .await
        .map_err(|_| TransportError::Unreachable)?
        .unchecked_into::<Crossing>();
    match answer.status() {
        0 => Err(failure(&answer)),
        _ => Ok(answer),
    }
}

fn failure(answer: &Crossing) -> TransportError {
    match answer.failure().as_deref() {
        Some("timeout") => TransportError::Timeout,
        Some("too long") => TransportError::TooLong,
        _ => TransportError::Unreachable,
    }
}

/// The body as it arrives. What is longer than this ends with an error.
fn pieces(limit: usize, body: web_sys::ReadableStream) -> Pieces {
    let chunks = ReadableStream::from_raw(body.unchecked_into()).into_stream();
    let mut arrived = 0;
    Box::pin(chunks.map(move |chunk| {
        // The signal of the request ends a stream that takes too long.
        let chunk = chunk.map_err(|_| TransportError::Timeout)?;
        let chunk = Uint8Array::new(&chunk).to_vec();
        arrived += chunk.len();
        if arrived > limit {
            return Err(TransportError::TooLong);
        }
        Ok(chunk)
    }))
}
