//! One request with everything that a handler may use.

use core::cell::{Ref, RefCell};
use core::future::Future;
use core::pin::Pin;
use std::rc::Rc;

use ourvidz_core::wire::rpc::Rpc;
use ourvidz_core::{ApiError, Code, Moment};
use serde_json::{Map, Value, json};

use crate::backends::Backends;
use crate::incoming::Incoming;
use crate::runtime::Runtime;
use crate::settings::Settings;
use crate::user::Caller;

/// Work for after the answer.
pub type Later = Pin<Box<dyn Future<Output = ()>>>;

pub struct Call<R> {
    pub incoming: Incoming,
    /// When it came, and its random bytes.
    pub at: Moment,
    /// Its id, the caller's or a fresh one.
    pub request_id: String,
    pub settings: Rc<Settings>,
    pub runtime: R,
    backends: Rc<Backends<R>>,
    notes: RefCell<Map<String, Value>>,
    later: RefCell<Vec<Later>>,
}

impl<R: Runtime> Call<R> {
    /// The backends, for work that outlives the request too.
    pub fn backends(&self) -> Rc<Backends<R>> {
        Rc::clone(&self.backends)
    }

    /// Calls an SQL function as the edge.
    ///
    /// # Errors
    ///
    /// What the function raises, or `unavailable`.
    pub fn edge_rpc<P: Rpc>(
        &self,
        rpc: &P,
    ) -> impl Future<Output = Result<P::Reply, ApiError>> + use<'_, P, R> {
        self.backends.edge_rpc(rpc)
    }

    /// Calls an SQL function as the user.
    ///
    /// # Errors
    ///
    /// What the function raises, or `unavailable`.
    pub fn user_rpc<'a, P: Rpc>(
        &'a self,
        caller: &'a Caller,
        rpc: &P,
    ) -> impl Future<Output = Result<P::Reply, ApiError>> + use<'a, P, R> {
        self.backends.user_rpc(caller, rpc)
    }
}

impl<R: Clone> Call<R> {
    pub fn new(
        incoming: Incoming,
        at: Moment,
        request_id: String,
        settings: Rc<Settings>,
        runtime: R,
    ) -> Self {
        let backends = Rc::new(Backends {
            settings: Rc::clone(&settings),
            runtime: runtime.clone(),
        });
        Self {
            incoming,
            at,
            request_id,
            settings,
            runtime,
            backends,
            notes: RefCell::default(),
            later: RefCell::default(),
        }
    }
}

impl<R> Call<R> {
    /// Adds a field to the request's one log line. Never a prompt, a token or a secret.
    pub fn note(&self, name: &str, value: impl Into<Value>) {
        self.notes
            .borrow_mut()
            .insert(name.to_owned(), value.into());
    }

    /// The fields noted so far.
    pub fn notes(&self) -> Ref<'_, Map<String, Value>> {
        self.notes.borrow()
    }

    /// What came and what was noted, for the log line.
    pub fn into_parts(self) -> (Incoming, Map<String, Value>) {
        (self.incoming, self.notes.into_inner())
    }

    /// Does something after the answer has gone out. It may be lost with the isolate, so nothing may depend
    /// on it: the sweep finds what it left undone.
    pub fn later(&self, work: impl Future<Output = ()> + 'static) {
        self.later.borrow_mut().push(Box::pin(work));
    }

    /// What is to be done after the answer.
    pub fn take_later(&self) -> Vec<Later> {
        core::mem::take(&mut *self.later.borrow_mut())
    }

    /// Refuses every other method.
    ///
    /// # Errors
    ///
    /// `method_not_allowed`, with the allowed ones for the `Allow` header.
    pub fn only(&self, methods: &[&str]) -> Result<(), ApiError> {
        if methods.contains(&self.incoming.method.as_str()) {
            return Ok(());
        }
        Err(ApiError::new(Code::MethodNotAllowed).with_details(json!({ "allow": methods })))
    }

    /// The body of a request that must be JSON if it has any.
    ///
    /// # Errors
    ///
    /// `unsupported_media_type` for anything else.
    pub fn optional_json_body(&self) -> Result<&[u8], ApiError> {
        if self.incoming.body.is_empty() {
            return Ok(&[]);
        }
        self.json_body()
    }

    /// The body of a request that must be JSON.
    ///
    /// # Errors
    ///
    /// `unsupported_media_type` for anything else.
    pub fn json_body(&self) -> Result<&[u8], ApiError> {
        let media_type = self.incoming.header("content-type").unwrap_or_default();
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        if essence.eq_ignore_ascii_case("application/json") {
            Ok(&self.incoming.body)
        } else {
            Err(Code::UnsupportedMediaType.into())
        }
    }
}
