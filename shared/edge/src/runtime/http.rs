//! [`Http`] over the runtime's `fetch`.

use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::rc::Rc;

use js_sys::Uint8Array;
use ourvidz_core::ApiError;
use ourvidz_core::sign::jwk::PublicKey;
use ourvidz_rest::{Http, Request, Response, TransportError};
use worker::{AbortSignal, Headers, Method, RequestInit, RequestRedirect};

use crate::call::Runtime;

/// Sends by `fetch`, and keeps account of what it sent. Clones share the account.
#[derive(Clone, Default)]
pub struct Fetch {
    account: Rc<Account>,
}

#[derive(Default)]
struct Account {
    trips: Cell<u32>,
    phases: RefCell<Vec<Phase>>,
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
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let started = super::environment::now_ms();
        let backend = request.backend.as_str();
        self.account.trips.set(self.account.trips.get() + 1);
        let answer = fetch(request).await;
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
    async fn verify(
        &self,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, ApiError> {
        super::crypto::verify(key, message, signature).await
    }
}

async fn fetch(request: Request) -> Result<Response, TransportError> {
    let limit = request.max_answer_bytes;
    let timeout_ms = request.timeout_ms;
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
    let mut answer = worker::Fetch::Request(call)
        .send_with_signal(&signal)
        .await
        .map_err(failed)?;
    let announced = answer.headers().get("content-length").ok().flatten();
    if brings_body
        && announced
            .and_then(|length| length.parse::<usize>().ok())
            .is_some_and(|length| length > limit)
    {
        return Err(TransportError::TooLong);
    }
    let body = answer.bytes().await.map_err(failed)?;
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
