//! PostgREST behind Supabase's gateway, with closures for SQL functions.

use std::collections::BTreeMap;
use std::rc::Rc;

use ourvidz_core::Code;
use serde_json::{Value, json};

use super::{empty, request_header};
use crate::http::{Request, Response};

type Body = Rc<dyn Fn(&Value) -> Result<Value, Raised>>;

/// What an SQL function raises in our own vocabulary.
#[derive(Debug, Clone, PartialEq)]
pub struct Raised {
    /// The error code, which becomes the hint; its status becomes the SQLSTATE.
    pub code: Code,
    pub details: Value,
}

/// The functions of schema `public`.
#[derive(Default)]
pub(super) struct Functions(BTreeMap<String, Body>);

/// A call with everything that it needs, so that the world is not borrowed while it runs.
pub(super) enum Prepared {
    Refused(Response),
    Call(Body, Value),
}

impl Functions {
    pub(super) fn define(&mut self, name: &str, body: Body) {
        self.0.insert(name.to_owned(), body);
    }

    pub(super) fn prepare(&self, request: &Request, knows_token: bool) -> Prepared {
        let refused = |status, body: Value| Prepared::Refused(super::json(status, &body));
        if request_header(request, "apikey").is_none() {
            return refused(401, json!({ "message": "No API key found in request" }));
        }
        if !knows_token {
            return refused(401, error("PGRST301"));
        }
        let Some((_, name)) = request.url.rsplit_once("/rest/v1/rpc/") else {
            return refused(
                404,
                json!({ "message": "no Route matched with those values" }),
            );
        };
        let body = request.body.as_deref().unwrap_or_default();
        let Ok(parameters) = serde_json::from_slice(body) else {
            return refused(400, error("PGRST102"));
        };
        match self.0.get(name) {
            Some(body) => Prepared::Call(Rc::clone(body), parameters),
            None => refused(404, error("PGRST202")),
        }
    }
}

impl Prepared {
    pub(super) fn run(self) -> Response {
        match self {
            Self::Refused(response) => response,
            Self::Call(body, parameters) => match body(&parameters) {
                Ok(Value::Null) => empty(204),
                Ok(reply) => super::json(200, &reply),
                Err(raised) => raised.into_response(),
            },
        }
    }
}

impl Raised {
    fn into_response(self) -> Response {
        let status = self.code.status();
        // PostgreSQL's detail is a text.
        let details = if self.details.is_null() {
            Value::Null
        } else {
            self.details.to_string().into()
        };
        let body = json!({
            "code": format!("PT{status}"),
            "message": self.code.as_str(),
            "hint": self.code.as_str(),
            "details": details,
        });
        super::json(status, &body)
    }
}

fn error(code: &str) -> Value {
    json!({ "code": code, "details": null, "hint": null, "message": "text that nobody may rely on" })
}
