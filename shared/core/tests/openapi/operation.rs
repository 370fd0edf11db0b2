//! One method of one path.

use ourvidz_core::Code;
use serde_json::{Map, Value, json};

use crate::errors;

/// Who may call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Anyone,
    User,
    /// A user by token, or by a ticket that was traded for one.
    Listener,
    Administrator,
    /// A worker by its signature.
    Worker,
    /// A worker by its signature or by its attempt's token.
    Reporter,
}

/// What is described.
pub struct Operation {
    pub method: &'static str,
    pub path: &'static str,
    pub id: &'static str,
    pub summary: &'static str,
    pub access: Access,
    pub parameters: Vec<Value>,
    /// The name of a schema in [`crate::bodies`].
    pub body: Option<&'static str>,
    /// Status, media type, schema.
    pub answers: Vec<(u16, Option<(&'static str, Value)>)>,
    /// What it can answer beside what every operation of its kind can.
    pub codes: &'static [Code],
}

impl Operation {
    pub fn new(
        (method, path): (&'static str, &'static str),
        id: &'static str,
        summary: &'static str,
        access: Access,
    ) -> Self {
        Self {
            method,
            path,
            id,
            summary,
            access,
            parameters: path_parameters(path),
            body: None,
            answers: Vec::new(),
            codes: &[],
        }
    }

    pub fn with(mut self, parameters: Vec<Value>) -> Self {
        self.parameters.extend(parameters);
        self
    }

    pub fn takes(mut self, body: &'static str) -> Self {
        self.body = Some(body);
        self
    }

    pub fn json(self, schema: impl Into<Value>) -> Self {
        self.answers(200, "application/json", schema)
    }

    pub fn answers(
        mut self,
        status: u16,
        media_type: &'static str,
        schema: impl Into<Value>,
    ) -> Self {
        self.answers
            .push((status, Some((media_type, schema.into()))));
        self
    }

    pub fn empty(mut self, status: u16) -> Self {
        self.answers.push((status, None));
        self
    }

    pub fn or(mut self, codes: &'static [Code]) -> Self {
        self.codes = codes;
        self
    }

    /// Every code that it can answer.
    pub fn all_codes(&self) -> Vec<Code> {
        let mut codes = vec![Code::MethodNotAllowed, Code::Misconfigured, Code::Internal];
        codes.extend(self.codes);
        match self.access {
            Access::Anyone => {}
            Access::Administrator => {
                codes.extend([Code::Unauthorized, Code::Forbidden, Code::Unavailable]);
            }
            Access::User | Access::Listener | Access::Worker | Access::Reporter => {
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
        if !self.parameters.is_empty() {
            codes.push(Code::InvalidRequest);
        }
        if self.path.contains('{') {
            codes.push(Code::NotFound);
        }
        codes
    }
}

/// As OpenAPI says it.
pub fn describe(operation: &Operation) -> Value {
    let refusals = errors::by_status(&operation.all_codes());
    let mut responses: Map<String, Value> = refusals
        .iter()
        .map(|(status, codes)| {
            let name = format!("#/components/responses/{}", errors::name(codes));
            (status.to_string(), json!({ "$ref": name }))
        })
        .collect();
    for (position, (status, content)) in operation.answers.iter().enumerate() {
        let mut answer =
            json!({ "description": if *status == 204 { "Nothing." } else { "The answer." } });
        // One status may come in several media types.
        let earlier = operation.answers.iter().take(position);
        if earlier.into_iter().any(|(known, _)| known == status) {
            answer = responses.remove(&status.to_string()).unwrap_or(answer);
        }
        if let Some((media_type, schema)) = content {
            answer["content"][*media_type] = json!({ "schema": schema });
        }
        // A status that carries an answer of its own beside errors.
        if let Some(codes) = refusals.get(status) {
            let refusal = &errors::answer(codes)["content"]["application/json"]["schema"];
            let own = &answer["content"]["application/json"]["schema"];
            answer["content"]["application/json"]["schema"] = json!({ "anyOf": [own, refusal] });
        }
        responses.insert(status.to_string(), answer);
    }
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "security": security(operation.access),
        "responses": responses,
    });
    if !operation.parameters.is_empty() {
        described["parameters"] = json!(operation.parameters);
    }
    if let Some(body) = operation.body {
        let schema = json!({ "$ref": format!("#/components/schemas/{body}") });
        described["requestBody"] = json!({
            "required": true,
            "content": { "application/json": { "schema": schema } },
        });
    }
    described
}

fn security(access: Access) -> Value {
    match access {
        Access::Anyone => json!([]),
        Access::User => json!([{ "user": [] }]),
        Access::Listener => json!([{ "user": [] }, { "ticket": [] }]),
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

/// A query parameter.
pub fn query(name: &str, schema: impl Into<Value>) -> Value {
    json!({ "name": name, "in": "query", "schema": schema.into() })
}

/// A header.
pub fn header(name: &str, description: &str, schema: impl Into<Value>) -> Value {
    json!({ "name": name, "in": "header", "description": description, "schema": schema.into() })
}
