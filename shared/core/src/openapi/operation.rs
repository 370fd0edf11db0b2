//! One method of one path.

use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::errors;
use crate::Code;
use crate::wire::body::Body;
use crate::wire::openai::OpenAiError;

/// Who may call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Anyone,
    /// A user by token, or a program by the user's key.
    User,
    /// A user by token alone.
    SignedIn,
    /// As a user, with refusals in OpenAI's form.
    OpenAi,
    /// As a user, or by a ticket that was traded for such a proof.
    Listener,
    Administrator,
    /// A worker by its signature.
    Worker,
    /// A worker by its signature or by its attempt's token.
    Reporter,
}

/// A schema, and whatever it refers to in the generator.
pub(super) type Schema = fn(&mut SchemaGenerator) -> Value;

/// What is described.
pub(super) struct Operation {
    pub method: &'static str,
    pub path: &'static str,
    pub id: &'static str,
    pub summary: &'static str,
    pub access: Access,
    pub parameters: Vec<Schema>,
    pub body: Option<Body>,
    pub answers: Vec<Answer>,
    /// What it can answer beside what every operation of its kind can.
    pub codes: Vec<Code>,
}

/// An answer that is no refusal.
pub(super) struct Answer {
    status: u16,
    media_type: &'static str,
    schema: Option<Schema>,
}

/// 200 with this type.
pub(super) fn reply<T: JsonSchema>() -> Answer {
    Answer {
        status: 200,
        media_type: "application/json",
        schema: Some(schema_of::<T>),
    }
}

/// 200 with one of two types.
pub(super) fn either<T: JsonSchema, U: JsonSchema>() -> Answer {
    Answer {
        schema: Some(
            |generator| json!({ "anyOf": [schema_of::<T>(generator), schema_of::<U>(generator)] }),
        ),
        ..reply::<T>()
    }
}

/// Server-Sent Events.
pub(super) fn events() -> Answer {
    media("text/event-stream", |_| json!({ "type": "string" }))
}

/// 200 with something else than JSON.
pub(super) fn media(media_type: &'static str, schema: Schema) -> Answer {
    Answer {
        status: 200,
        media_type,
        schema: Some(schema),
    }
}

/// 204.
pub(super) fn nothing() -> Answer {
    Answer {
        status: 204,
        media_type: "",
        schema: None,
    }
}

impl Answer {
    /// With another status.
    pub(super) fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }
}

/// The type by its name.
pub(super) fn schema_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
    generator.subschema_for::<T>().to_value()
}

impl Operation {
    /// Every code that it can answer.
    pub(super) fn all_codes(&self) -> Vec<Code> {
        if self.access == Access::OpenAi {
            return Vec::new();
        }
        let mut codes = Vec::from([Code::MethodNotAllowed, Code::Misconfigured, Code::Internal]);
        codes.extend(&self.codes);
        match self.access {
            Access::Anyone | Access::OpenAi => {}
            Access::Administrator => {
                codes.extend([Code::Unauthorized, Code::Forbidden, Code::Unavailable]);
            }
            // Forbidden: to a key without the scope, or to any key.
            Access::User | Access::SignedIn | Access::Listener => codes.extend([
                Code::Unauthorized,
                Code::Forbidden,
                Code::RateLimited,
                Code::Unavailable,
                Code::Timeout,
            ]),
            Access::Worker | Access::Reporter => {
                codes.extend([Code::Unauthorized, Code::Unavailable, Code::Timeout]);
            }
        }
        if self.body.is_some() {
            codes.extend([
                Code::InvalidRequest,
                Code::PayloadTooLarge,
                Code::UnsupportedMediaType,
            ]);
        }
        if self.path.contains('{') {
            codes.push(Code::NotFound);
        }
        if self.path.contains('{') || !self.parameters.is_empty() {
            codes.push(Code::InvalidRequest);
        }
        codes
    }

    /// As OpenAPI says it.
    pub(super) fn describe(&self, generator: &mut SchemaGenerator) -> Value {
        let refusals = errors::by_status(&self.all_codes());
        let mut responses: Map<_, _> = refusals
            .iter()
            .map(|(status, codes)| {
                let name = format!("#/components/responses/{}", errors::name(codes));
                (status.to_string(), json!({ "$ref": name }))
            })
            .collect();
        if self.access == Access::OpenAi {
            for status in ["4XX", "5XX"] {
                let schema = schema_of::<OpenAiError>(generator);
                let content = json!({ "application/json": { "schema": schema } });
                let answer =
                    json!({ "description": "A refusal as OpenAI words it.", "content": content });
                responses.insert(status.into(), answer);
            }
        }
        for (position, answer) in self.answers.iter().enumerate() {
            let status = answer.status.to_string();
            let description = if answer.status == 204 {
                "Nothing."
            } else {
                "The answer."
            };
            // One status may come in several media types.
            let came_before = self.answers.iter().take(position);
            let mut response = came_before
                .into_iter()
                .any(|earlier| earlier.status == answer.status)
                .then(|| responses.remove(&status))
                .flatten()
                .unwrap_or_else(|| json!({ "description": description }));
            if let Some(schema) = answer.schema {
                response["content"][answer.media_type] = json!({ "schema": schema(generator) });
            }
            // A status that carries an answer of its own beside errors.
            if let Some(codes) = refusals.get(&answer.status) {
                let refusal = &errors::answer(codes)["content"]["application/json"]["schema"];
                let own = &response["content"]["application/json"]["schema"];
                response["content"]["application/json"]["schema"] =
                    json!({ "anyOf": [own, refusal] });
            }
            responses.insert(status, response);
        }
        let mut described = json!({
            "operationId": self.id,
            "summary": self.summary,
            "security": security(self.access),
            "responses": responses,
        });
        let mut parameters = path_parameters(self.path);
        parameters.extend(self.parameters.iter().map(|parameter| parameter(generator)));
        if !parameters.is_empty() {
            described["parameters"] = json!(parameters);
        }
        if let Some(body) = self.body {
            let schema = json!({ "$ref": format!("#/components/schemas/{}", body.name) });
            described["requestBody"] = json!({
                "required": !body.optional,
                "content": { "application/json": { "schema": schema } },
            });
        }
        described
    }
}

fn security(access: Access) -> Value {
    match access {
        Access::Anyone => json!([]),
        Access::User | Access::OpenAi => json!([{ "user": [] }, { "apiKey": [] }]),
        Access::SignedIn => json!([{ "user": [] }]),
        Access::Listener => json!([{ "user": [] }, { "apiKey": [] }, { "ticket": [] }]),
        Access::Administrator => json!([{ "user": [] }, { "adminSecret": [] }]),
        Access::Worker => json!([{ "workerSignature": [] }]),
        Access::Reporter => json!([{ "workerSignature": [] }, { "attemptToken": [] }]),
    }
}

fn path_parameters(path: &str) -> Vec<Value> {
    path.split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| {
            let schema = match name {
                "id" => json!({ "type": "string", "format": "uuid" }),
                _ => json!({ "type": "string" }),
            };
            json!({ "name": name, "in": "path", "required": true, "schema": schema })
        })
        .collect()
}
