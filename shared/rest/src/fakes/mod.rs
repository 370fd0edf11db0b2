//! Backends in memory that behave like the real ones, also when they break.
//!
//! [`World`] answers as PostgREST, Upstash and S3 do, keeps what was written, counts what was sent, and fails
//! on demand before or after a write: the two halves of "no answer came". The conformance suite in `tests/`
//! holds it to what the real backends do. For answers that no sound backend gives there is [`Scripted`].

mod database;
mod invocation;
mod redis;
mod scripted;
mod storage;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use ourvidz_core::{Code, Queue};
use ourvidz_sign::sigv4::Credentials;
use serde_json::Value;

use crate::http::{Backend, Http, Request, Response, TransportError};

use invocation::Invocation;

pub use database::Raised;
pub use scripted::Scripted;
pub use storage::StoredObject;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The connection breaks before the backend has read the request.
    BeforeWrite,
    /// The backend has done it, and the answer is lost.
    AfterWrite,
    /// The backend answers with this status and nothing is done.
    Status(u16),
}

/// All backends of one test. Clones are the same world, and the same invocation of a function if it is one's.
#[derive(Clone, Default)]
pub struct World(Rc<RefCell<Inner>>, Option<Rc<Invocation>>);

/// What a backend without a stand-in of its own says to a request.
type Responder = Rc<dyn Fn(&Request) -> Result<Response, TransportError>>;

#[derive(Default)]
struct Inner {
    functions: database::Functions,
    responders: Vec<(Backend, Responder)>,
    redis: redis::Redis,
    storage: storage::ObjectStore,
    /// How the next requests fail, or that one does not.
    faults: VecDeque<(Backend, Option<Fault>)>,
    outages: Vec<(Backend, Fault)>,
    /// Bearer tokens that are good; with none, all are.
    tokens: Vec<String>,
    sent: Vec<Request>,
    paused_ms: u32,
    passed_ms: u64,
}

impl World {
    /// A world with nothing in it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same world as one invocation of a function sees it, which is cut off where the runtime does.
    #[must_use]
    pub fn invocation(&self) -> Self {
        Self(Rc::clone(&self.0), Some(Rc::default()))
    }

    /// Gives the SQL function `name` a body. It gets the parameters; a null reply is that of `void`.
    pub fn on_rpc(&self, name: &str, body: impl Fn(&Value) -> Result<Value, Raised> + 'static) {
        self.0.borrow_mut().functions.define(name, Rc::new(body));
    }

    /// Lets `backend`, which has no stand-in of its own, answer like this. Time passes for it only by
    /// [`Self::let_pass`].
    pub fn on_request(
        &self,
        backend: Backend,
        answer: impl Fn(&Request) -> Result<Response, TransportError> + 'static,
    ) {
        let mut inner = self.0.borrow_mut();
        inner.responders.retain(|(known, _)| *known != backend);
        inner.responders.push((backend, Rc::new(answer)));
    }

    pub fn let_pass(&self, milliseconds: u64) {
        self.0.borrow_mut().passed_ms += milliseconds;
    }

    /// The time that has passed, in milliseconds.
    #[must_use]
    pub fn passed_ms(&self) -> u64 {
        self.0.borrow().passed_ms
    }

    /// Lets the storage check signatures made with these credentials, at this moment.
    pub fn open_storage(&self, credentials: Credentials, now_ms: u64) {
        self.0.borrow_mut().storage.open(credentials, now_ms);
    }

    /// From now on the database and Redis refuse every bearer token but these.
    pub fn only_accept(&self, tokens: &[&str]) {
        self.0.borrow_mut().tokens = tokens.iter().map(|token| (*token).to_owned()).collect();
    }

    /// The next request to `backend` that no earlier fault takes fails like this.
    pub fn fail_next(&self, backend: Backend, fault: Fault) {
        self.0.borrow_mut().faults.push_back((backend, Some(fault)));
    }

    /// The next request to `backend` fails like this, and the one after it does not.
    pub fn stumble(&self, backend: Backend, fault: Fault) {
        self.fail_next(backend, fault);
        self.0.borrow_mut().faults.push_back((backend, None));
    }

    /// Every request to `backend` fails like this until [`Self::mend`].
    pub fn take_down(&self, backend: Backend, fault: Fault) {
        self.0.borrow_mut().outages.push((backend, fault));
    }

    pub fn mend(&self) {
        let mut inner = self.0.borrow_mut();
        inner.faults.clear();
        inner.outages.clear();
    }

    /// Requests that were sent to `backend`.
    #[must_use]
    pub fn trips(&self, backend: Backend) -> usize {
        self.0
            .borrow()
            .sent
            .iter()
            .filter(|request| request.backend == backend)
            .count()
    }

    #[must_use]
    pub fn sent(&self) -> Vec<Request> {
        self.0.borrow().sent.clone()
    }

    /// The pauses between tries, in all.
    #[must_use]
    pub fn paused_ms(&self) -> u32 {
        self.0.borrow().paused_ms
    }

    /// The hints on a list, the one that a worker takes next first.
    #[must_use]
    pub fn hints(&self, queue: Queue) -> Vec<Value> {
        self.0.borrow().redis.list(queue.as_str())
    }

    /// Takes the next hint off a list, as a worker does.
    pub fn drop_hint(&self, queue: Queue) {
        self.0.borrow_mut().redis.pop(queue.as_str());
    }

    /// What happens when Redis starts anew with nothing.
    pub fn forget_redis(&self) {
        self.0.borrow_mut().redis = redis::Redis::default();
    }

    /// The object of that name.
    #[must_use]
    pub fn object(&self, bucket: &str, key: &str) -> Option<StoredObject> {
        self.0.borrow().storage.get(bucket, key)
    }

    /// Puts an object there, as an upload would.
    pub fn put_object(&self, bucket: &str, key: &str, content_type: &str, bytes: &[u8]) {
        self.0
            .borrow_mut()
            .storage
            .put(bucket, key, content_type, bytes);
    }
}

impl Inner {
    fn knows_token(&self, request: &Request) -> bool {
        let sent = request_header(request, "authorization")
            .and_then(|value| value.strip_prefix("Bearer "));
        sent.is_some_and(|sent| {
            self.tokens.is_empty() || self.tokens.iter().any(|known| known == sent)
        })
    }

    fn responder(&self, backend: Backend) -> Option<Responder> {
        let found = self.responders.iter().find(|(known, _)| *known == backend);
        found.map(|(_, responder)| Rc::clone(responder))
    }

    fn call(&self, request: &Request) -> database::Prepared {
        self.functions.prepare(request, self.knows_token(request))
    }

    fn fault(&mut self, backend: Backend) -> Option<Fault> {
        let planned = self
            .faults
            .iter()
            .position(|(broken, _)| *broken == backend);
        match planned.and_then(|index| self.faults.remove(index)) {
            Some((_, fault)) => fault,
            None => self
                .outages
                .iter()
                .find(|(broken, _)| *broken == backend)
                .map(|(_, fault)| *fault),
        }
    }

    fn answer(&mut self, request: &Request) -> Response {
        match request.backend {
            // The function's body runs in `World::send`: it may use the world itself.
            Backend::Redis if !self.knows_token(request) => json(
                401,
                &serde_json::json!({ "error": "WRONGPASS invalid token" }),
            ),
            Backend::Redis => self.redis.answer(request),
            Backend::Storage => self.storage.answer(request),
            _ => empty(501),
        }
    }
}

impl Http for World {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        if let Some(invocation) = &self.1 {
            invocation.count();
        }
        let fault = {
            let mut inner = self.0.borrow_mut();
            inner.sent.push(request.clone());
            inner.fault(request.backend)
        };
        match fault {
            Some(Fault::BeforeWrite) => return Err(TransportError::Unreachable),
            Some(Fault::Status(status)) => return Ok(empty(status)),
            Some(Fault::AfterWrite) | None => {}
        }
        let responder = self.0.borrow().responder(request.backend);
        let answer = if let Some(responder) = responder {
            responder(&request)?
        } else if request.backend == Backend::Database {
            let prepared = self.0.borrow().call(&request);
            prepared.run()
        } else {
            self.0.borrow_mut().answer(&request)
        };
        if fault == Some(Fault::AfterWrite) {
            return Err(TransportError::Unreachable);
        }
        if answer.body.len() > request.max_answer_bytes {
            return Err(TransportError::TooLong);
        }
        Ok(answer)
    }

    async fn pause(&self, milliseconds: u32) {
        self.0.borrow_mut().paused_ms += milliseconds;
    }

    fn take_retry(&self) -> bool {
        let invocation = self.1.as_ref();
        invocation.is_none_or(|invocation| invocation.retries.take())
    }
}

fn empty(status: u16) -> Response {
    Response {
        status,
        headers: Vec::new(),
        body: Vec::new(),
    }
}

fn json(status: u16, body: &Value) -> Response {
    Response {
        status,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body.to_string().into_bytes(),
    }
}

fn request_header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let found = request.headers.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str())
}

impl From<Code> for Raised {
    fn from(code: Code) -> Self {
        Self {
            code,
            details: Value::Null,
        }
    }
}
