//! [`Http`] over the runtime's `fetch`.

use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::rc::Rc;

use futures_util::StreamExt as _;
use futures_util::future::{Either, select};
use js_sys::Uint8Array;
use ourvidz_core::ApiError;
use ourvidz_core::sign::jwk::PublicKey;
use ourvidz_rest::{Backend, Http, Request, Response, TransportError};
use worker::{AbortSignal, Env, Fetcher, Headers, Method, RequestInit, RequestRedirect};

use crate::call::Runtime;

/// The binding of the function `enhance-prompt`, in wrangler.toml.
const ENHANCE_PROMPT: &str = "ENHANCE";

/// A `traceparent` has 55 characters; later versions may be a little longer.
const MAX_TRACE_BYTES: usize = 128;

/// Sends by `fetch`, and keeps account of what it sent. Clones share the account.
#[derive(Clone, Default)]
pub struct Fetch {
    account: Rc<Account>,
    enhance_prompt: Option<Rc<Fetcher>>,
}

#[derive(Default)]
struct Account {
    trips: Cell<u32>,
    phases: RefCell<Vec<Phase>>,
    trace: RefCell<Option<String>>,
}

/// Time spent on one backend.
#[derive(Clone, Copy)]
pub struct Phase {
    /// Its name.
    pub backend: &'static str,
    /// Milliseconds.
    pub milliseconds: u64,
}

impl Fetch {
    /// With the service bindings that this function has.
    #[must_use]
    pub fn with_services(env: &Env) -> Self {
        Self {
            enhance_prompt: env.service(ENHANCE_PROMPT).ok().map(Rc::new),
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

    /// Requests sent so far.
    #[must_use]
    pub fn trips(&self) -> u32 {
        self.account.trips.get()
    }

    /// What they took, in their order.
    #[must_use]
    pub fn phases(&self) -> Vec<Phase> {
        self.account.phases.borrow().clone()
    }
}

impl Http for Fetch {
    async fn send(&self, mut request: Request) -> Result<Response, TransportError> {
        let started = super::environment::now_ms();
        let backend = request.backend.as_str();
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
        let service = match request.backend {
            Backend::EnhancePrompt => self.enhance_prompt.as_deref(),
            _ => None,
        };
        let answer = fetch(request, service).await;
        let milliseconds = super::environment::now_ms().saturating_sub(started);
        self.account.phases.borrow_mut().push(Phase {
            backend,
            milliseconds,
        });
        answer
    }

    async fn pause(&self, milliseconds: u32) {
        worker::Delay::from(Duration::from_millis(u64::from(milliseconds))).await;
    }
}

impl Runtime for Fetch {
    fn now_ms(&self) -> u64 {
        super::environment::now_ms()
    }

    async fn verify(
        &self,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, ApiError> {
        super::crypto::verify(key, message, signature).await
    }
}

async fn fetch(request: Request, service: Option<&Fetcher>) -> Result<Response, TransportError> {
    let limit = request.max_answer_bytes;
    let timeout_ms = request.timeout_ms;
    // Somebody else's server may send without end; our own backends do not, and reading at once is cheaper.
    let is_trusted = request.backend != Backend::Enhancer;
    // The answer to HEAD announces the length of what it does not bring.
    let brings_body = request.method != "HEAD";
    let call = prepare(&request).map_err(|_| TransportError::Unreachable)?;
    let signal = AbortSignal::from(web_sys::AbortSignal::timeout_with_u32(timeout_ms));
    let failed = |_| {
        if signal.aborted() {
            TransportError::Timeout
        } else {
            TransportError::Unreachable
        }
    };
    let mut answer = match service {
        Some(service) => by_service(service, call, timeout_ms).await?,
        None => worker::Fetch::Request(call)
            .send_with_signal(&signal)
            .await
            .map_err(failed)?,
    };
    let announced = answer.headers().get("content-length").ok().flatten();
    if brings_body
        && announced
            .and_then(|length| length.parse::<usize>().ok())
            .is_some_and(|length| length > limit)
    {
        return Err(TransportError::TooLong);
    }
    let body = if is_trusted {
        answer.bytes().await.map_err(failed)?
    } else {
        read_up_to(limit, &mut answer).await?
    };
    if body.len() > limit {
        return Err(TransportError::TooLong);
    }
    let headers = answer.headers().entries().collect();
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
    // An answer without a body has no stream.
    let Ok(mut chunks) = answer.stream() else {
        return Ok(body);
    };
    while let Some(chunk) = chunks.next().await {
        // The signal of the request ends a stream that takes too long.
        body.extend_from_slice(&chunk.map_err(|_| TransportError::Timeout)?);
        if body.len() > limit {
            return Err(TransportError::TooLong);
        }
    }
    Ok(body)
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
