//! JSON-RPC 2.0, as far as a server without sessions needs it: one message in, at most one out.

use alloc::borrow::{Cow, ToOwned};
use alloc::string::String;

#[cfg(feature = "schema")]
use schemars::SchemaGenerator;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::ApiError;
use crate::wire::body::{Body, Field, Nested};
use crate::wire::change::Change;
use crate::wire::fields::Fields;
use crate::wire::kinds::{Kind, OneOf, Text};

/// Characters of a method's name; the longest that the protocol has is a third of it.
const MAX_METHOD_CHARS: usize = 100;

const JSONRPC: Field<OneOf> = Field::required("jsonrpc", OneOf(&["2.0"]));
const ID: Field<MessageId> =
    Field::given("id", MessageId).about("Of a request; a notification has none.");
const METHOD: Field<Text> = Field::given("method", Text(MAX_METHOD_CHARS)).about(
    "`initialize`, `ping`, `tools/list`, `tools/call`, `server/discover`, or a notification.",
);
const PARAMS: Field<Nested> = Field::given("params", Nested(&Body::open("", &[])));

/// A message: a request, a notification, or the answer to a request that this server never makes.
pub(crate) const BODY: Body = Body::open("McpMessage", &[&JSONRPC, &ID, &METHOD, &PARAMS]);

/// What a request is called; its answer says it again.
struct MessageId;

impl Kind for MessageId {
    type Value = Value;

    fn read(&self, value: Value) -> Option<Value> {
        (value.is_string() || value.is_i64() || value.is_u64()).then_some(value)
    }

    fn expected(&self) -> String {
        "a text or a whole number".to_owned()
    }

    #[cfg(feature = "schema")]
    fn schema(&self, _generator: &mut SchemaGenerator) -> Value {
        json!({ "type": ["string", "integer"] })
    }
}

/// A message that is well formed.
#[derive(Debug, Clone, PartialEq)]
pub enum McpMessage {
    /// It wants an answer.
    Request(McpRequest),
    /// It wants none: a notification, or an answer.
    Notification,
}

/// A request.
#[derive(Debug, Clone, PartialEq)]
pub struct McpRequest {
    /// Its id, a text or a whole number.
    pub id: Value,
    /// What it asks for.
    pub method: String,
    /// With what.
    pub params: Map<String, Value>,
}

impl McpMessage {
    /// Reads a body.
    ///
    /// # Errors
    ///
    /// -32700 for what is no JSON, -32600 for what is no message of JSON-RPC, batches among it.
    pub fn parse(body: &[u8]) -> Result<Self, RpcRefusal> {
        let mut fields = Fields::of(&BODY, body).map_err(|error| unreadable(&error))?;
        let read = read(&mut fields);
        let rest = fields.rest();
        match read {
            Ok((Some(method), Change::Set(id), params)) => {
                Ok(Self::Request(McpRequest { id, method, params }))
            }
            Ok((Some(_), Change::Keep, _)) => Ok(Self::Notification),
            Ok((None, _, _)) if rest.contains_key("result") || rest.contains_key("error") => {
                Ok(Self::Notification)
            }
            Ok(_) => Err(RpcRefusal::invalid_request(
                "A request has a method and an id.",
            )),
            Err(error) => Err(RpcRefusal::invalid_request(error.into_parts().message)),
        }
    }
}

type Parts = (Option<String>, Change<Value>, Map<String, Value>);

fn read(fields: &mut Fields) -> Result<Parts, ApiError> {
    let jsonrpc = fields.need(&JSONRPC).map(|_| ());
    let id = fields.change(&ID);
    let method = fields.take(&METHOD);
    let params = fields.take(&PARAMS);
    jsonrpc?;
    Ok((method?, id?, params?.unwrap_or_default()))
}

fn unreadable(error: &ApiError) -> RpcRefusal {
    let is_json = error
        .details
        .as_ref()
        .is_none_or(|details| details.get("line").is_none());
    if is_json {
        RpcRefusal::invalid_request("Expected one message of JSON-RPC; batches are not taken.")
    } else {
        RpcRefusal::new(RpcRefusal::PARSE_ERROR, "The body is not valid JSON.").with_status(400)
    }
}

/// What JSON-RPC calls an error: the message itself cannot be answered. What a tool refuses is a result instead, which
/// the model reads.
#[derive(Debug, Clone, PartialEq)]
pub struct RpcRefusal {
    /// The HTTP status.
    pub status: u16,
    /// JSON-RPC's code, or the protocol's.
    pub code: i32,
    /// For people.
    pub message: Cow<'static, str>,
    /// For programs.
    pub data: Option<Value>,
}

impl RpcRefusal {
    /// No JSON.
    pub const PARSE_ERROR: i32 = -32700;
    /// No message of JSON-RPC.
    pub const INVALID_REQUEST: i32 = -32600;
    /// A method that there is not.
    pub const METHOD_NOT_FOUND: i32 = -32601;
    /// Parameters that the method does not take.
    pub const INVALID_PARAMS: i32 = -32602;
    /// A header says something else than the message.
    pub const HEADER_MISMATCH: i32 = -32020;
    /// A revision of the protocol that is not spoken here.
    pub const UNSUPPORTED_REVISION: i32 = -32022;

    /// With status 200, as JSON-RPC's errors have.
    pub(crate) fn new(code: i32, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status: 200,
            code,
            message: message.into(),
            data: None,
        }
    }

    fn invalid_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Self::INVALID_REQUEST, message).with_status(400)
    }

    /// Parameters that a method does not take.
    #[must_use]
    pub fn invalid_params(message: &'static str) -> Self {
        Self::new(Self::INVALID_PARAMS, message)
    }

    pub(crate) const fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn with_data(mut self, data: Value) -> Self {
        self.data = Some(data);
        self
    }
}

/// An answer: a result, or an error.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct McpReply {
    /// Always `2.0`.
    pub jsonrpc: &'static str,
    /// The request's; null where it could not be read.
    pub id: Value,
    /// What was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
    /// Why there is nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<McpError>,
}

/// An error as JSON-RPC writes it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct McpError {
    /// JSON-RPC's code, or the protocol's.
    pub code: i32,
    /// For people.
    pub message: String,
    /// For programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
}

impl McpReply {
    /// The answer to this request.
    #[must_use]
    pub const fn result(id: Value, result: Value) -> Self {
        Self {
            jsonrpc: "2.0",
            id,
            result: Some(result),
            error: None,
        }
    }

    /// The refusal of this request; of what could not be read, without an id.
    #[must_use]
    pub fn error(id: Value, refusal: RpcRefusal) -> Self {
        Self {
            jsonrpc: "2.0",
            id,
            result: None,
            error: Some(McpError {
                code: refusal.code,
                message: refusal.message.into_owned(),
                data: refusal.data,
            }),
        }
    }

    /// A notification of how far a request is: `progress` of 100.
    #[must_use]
    pub fn progress(token: &Value, progress: u8, message: &str) -> Value {
        json!({
            "jsonrpc": "2.0",
            "method": "notifications/progress",
            "params": { "progressToken": token, "progress": progress, "total": 100, "message": message },
        })
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;

    fn code_of(body: &str) -> (i32, u16) {
        let refusal = McpMessage::parse(body.as_bytes()).unwrap_err();
        (refusal.code, refusal.status)
    }

    #[test]
    fn a_request_has_a_method_and_an_id() {
        for id in [json!(0), json!(-1), json!("a")] {
            let body = json!({ "jsonrpc": "2.0", "id": id, "method": "ping" });
            let Ok(McpMessage::Request(request)) = McpMessage::parse(body.to_string().as_bytes())
            else {
                panic!("{id}")
            };
            assert_eq!((request.id, request.method.as_str()), (id, "ping"));
        }
    }

    #[test]
    fn what_wants_no_answer_is_no_request() {
        for body in [
            json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }),
            json!({ "jsonrpc": "2.0", "id": 1, "result": {} }),
            json!({ "jsonrpc": "2.0", "id": 1, "error": { "code": 1, "message": "x" } }),
        ] {
            let message = McpMessage::parse(body.to_string().as_bytes());
            assert_eq!(message, Ok(McpMessage::Notification), "{body}");
        }
    }

    #[test]
    fn what_is_no_message_is_refused_by_json_rpc_s_codes() {
        for body in ["", "{", "{\"jsonrpc\":\"2.0\",\"jsonrpc\":\"2.0\"}"] {
            assert_eq!(code_of(body), (RpcRefusal::PARSE_ERROR, 400), "{body}");
        }
        for body in [
            "[]",
            "1",
            r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#,
            r#"{"id":1,"method":"ping"}"#,
            r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":7}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}"#,
            r#"{"jsonrpc":"2.0","id":1}"#,
        ] {
            assert_eq!(code_of(body), (RpcRefusal::INVALID_REQUEST, 400), "{body}");
        }
    }
}
