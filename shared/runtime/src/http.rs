//! [`Http`] over the runtime's `fetch`.

use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::rc::Rc;

use futures_util::future::{Either, select};
use futures_util::{StreamExt as _, stream};
use js_sys::Uint8Array;
use ourvidz_core::ApiError;
use ourvidz_edge::Runtime;
use ourvidz_rest::{
    Backend, Http, Pieces, Request, Response, Retries, StreamedResponse, TransportError,
};
use ourvidz_sign::jwk::PublicKey;
use worker::{AbortSignal, Env, Fetcher, Headers, Method, RequestInit, RequestRedirect};

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
        let answer = fetch(request, service.as_ref()).await;
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
        let (mut answer, _) = open(&request, None).await?;
        Ok(StreamedResponse {
            status: answer.status_code(),
            pieces: pieces(limit, &mut answer),
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

/// Sends a request. The clock that is handed out goes on while the body is read.
async fn open(
    request: &Request,
    service: Option<&Fetcher>,
) -> Result<(worker::Response, AbortSignal), TransportError> {
    let call = prepare(request).map_err(|_| TransportError::Unreachable)?;
    let timeout_ms = request.timeout_ms;
    let signal = AbortSignal::from(web_sys::AbortSignal::timeout_with_u32(timeout_ms));
    let answer = match service {
        Some(service) => by_service(service, call, timeout_ms).await?,
        None => worker::Fetch::Request(call)
            .send_with_signal(&signal)
            .await
            .map_err(|_| broken(&signal))?,
    };
    Ok((answer, signal))
}

fn broken(signal: &AbortSignal) -> TransportError {
    if signal.aborted() {
        TransportError::Timeout
    } else {
        TransportError::Unreachable
    }
}

async fn fetch(request: Request, service: Option<&Fetcher>) -> Result<Response, TransportError> {
    let limit = request.max_answer_bytes;
    // Somebody else's server may send without end; our own backends do not, and reading at once is cheaper.
    let is_trusted = request.backend != Backend::Enhancer;
    // The answer to HEAD announces the length of what it does not bring.
    let brings_body = request.method != "HEAD";
    // It has no address that could be asked instead.
    if request.backend == Backend::Sweep && service.is_none() {
        return Err(TransportError::Unreachable);
    }
    let (mut answer, signal) = open(&request, service).await?;
    let headers = answer.headers().entries().collect();
    // What a receiver says beside its status is nobody's business, and may be endless. Dropped, it is canceled.
    if request.backend == Backend::Webhook {
        drop(answer.stream());
        return Ok(Response {
            status: answer.status_code(),
            headers,
            body: Vec::new(),
        });
    }
    let announced = answer.headers().get("content-length").ok().flatten();
    if brings_body
        && announced
            .and_then(|length| length.parse::<usize>().ok())
            .is_some_and(|length| length > limit)
    {
        return Err(TransportError::TooLong);
    }
    let body = if is_trusted {
        answer.bytes().await.map_err(|_| broken(&signal))?
    } else {
        read_up_to(limit, &mut answer).await?
    };
    if body.len() > limit {
        return Err(TransportError::TooLong);
    }
    Ok(Response {
        status: answer.status_code(),
        headers,
        body,
    })
}

/// A service binding knows no signal, so a clock runs beside it.
async fn by_service(
    service: &Fetcher,
    call: worker::Request,
    timeout_ms: u32,
) -> Result<worker::Response, TransportError> {
    let answer = core::pin::pin!(service.fetch_request(call));
    let clock = worker::Delay::from(Duration::from_millis(u64::from(timeout_ms)));
    match select(answer, clock).await {
        Either::Left((answer, _)) => answer.map_err(|_| TransportError::Unreachable),
        Either::Right(_) => Err(TransportError::Timeout),
    }
}

/// The body, read no further than this.
async fn read_up_to(
    limit: usize,
    answer: &mut worker::Response,
) -> Result<Vec<u8>, TransportError> {
    let mut body = Vec::new();
    let mut pieces = pieces(limit, answer);
    while let Some(piece) = pieces.next().await {
        body.extend_from_slice(&piece?);
    }
    Ok(body)
}

/// The body as it arrives. What is longer than this ends with an error.
fn pieces(limit: usize, answer: &mut worker::Response) -> Pieces {
    // An answer without a body has no stream.
    let Ok(chunks) = answer.stream() else {
        return Box::pin(stream::empty());
    };
    let mut arrived = 0;
    Box::pin(chunks.map(move |chunk| {
        // The signal of the request ends a stream that takes too long.
        let chunk = chunk.map_err(|_| TransportError::Timeout)?;
        arrived += chunk.len();
        if arrived > limit {
            return Err(TransportError::TooLong);
        }
        Ok(chunk)
    }))
}

fn prepare(request: &Request) -> worker::Result<worker::Request> {
    let headers = Headers::new();
    for (name, value) in &request.headers {
        headers.set(name, value)?;
    }
    let mut init = RequestInit::new();
    init.with_method(Method::from(request.method.to_owned()));
    init.with_headers(headers);
    // A backend that redirects is misconfigured, and a token must not follow it anywhere.
    init.redirect = RequestRedirect::Manual;
    if let Some(body) = &request.body {
        init.with_body(Some(Uint8Array::from(body.as_slice()).into()));
    }
    worker::Request::new_with_init(&request.url, &init)
}
