//! The API's description (OpenAPI 3.1), made of what the code itself reads and writes: bodies are the tables
//! that their parsers read, answers the types that are written, and every operation stands in one table.

mod errors;
mod operation;
mod operations;
mod parameters;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::enhance::limit::MAX_PER_MINUTE as ENHANCEMENTS_PER_MINUTE;
use crate::limits::{MAX_ACTIVE_JOBS, MAX_JOBS_PER_MINUTE, REQUESTS_PER_MINUTE};
use crate::wire::rpc::JobEvent;

const DESCRIPTION: &str = "Orders pictures and videos, follows them, and hands them out. \
Every path below `/functions/v1/` answers below `/api/` too. Every answer has `x-request-id`; errors have one form.";

/// How often a user may ask, and what refusals by the content policy lead to. The database counts those
/// (`record_policy_event`); tests/tidy/openapi.test.mjs compares.
fn rates() -> String {
    format!(
        "A user may make {REQUESTS_PER_MINUTE} requests a minute, {MAX_JOBS_PER_MINUTE} of them orders and \
         {ENHANCEMENTS_PER_MINUTE} for better prompts, and have {MAX_ACTIVE_JOBS} unfinished jobs; 429 says when to come \
         back. The content policy may refuse 3 texts of a user; each further refusal stops orders for 1, 2, 4 and up to \
         60 minutes, and after 12 an operator has to look. A day forgives one."
    )
}

/// The description of everything that the edge answers.
#[must_use]
pub fn document() -> Value {
    // As the edge writes it: what is never left out is required.
    let mut generator = SchemaSettings::draft2020_12()
        .for_serialize()
        .with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        })
        .into_generator();
    let mut paths = json!({});
    let mut refusals: Map<String, Value> = Map::new();
    let mut bodies: Vec<(String, Value)> = Vec::new();
    for operation in operations::all() {
        for codes in errors::by_status(&operation.all_codes()).values() {
            refusals.insert(errors::name(codes), errors::answer(codes));
        }
        if let Some(body) = operation.body {
            bodies.push((body.name.into(), body.schema(&mut generator)));
        }
        paths[operation.path][operation.method] = operation.describe(&mut generator);
    }
    let webhooks = operations::received(&mut generator);
    // What no answer refers to, and an event's `data` is.
    let _ = generator.subschema_for::<JobEvent>();
    let mut schemas = generator.take_definitions(true);
    schemas.values_mut().for_each(tell_success);
    schemas.extend(bodies);
    schemas.insert("Error".into(), errors::schema());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "OurVidz edge",
            "version": env!("CARGO_PKG_VERSION"),
            "description": format!("{DESCRIPTION} {}", rates()),
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/", "description": "Where this document is served." }],
        "paths": paths,
        "webhooks": webhooks,
        "components": {
            "schemas": schemas,
            "responses": refusals,
            "securitySchemes": security_schemes(),
        },
    })
}

/// Says `true` where an answer is always a success, so that programs can tell it from an error by this field.
fn tell_success(schema: &mut Value) {
    let Some(success) = schema.pointer_mut("/properties/success") else {
        return;
    };
    let described = success["description"].as_str().unwrap_or_default();
    if described.starts_with("Always true") {
        success["const"] = json!(true);
    }
}

fn security_schemes() -> Value {
    json!({
        "user": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "A Supabase access token.",
        },
        "apiKey": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "ovz_",
            "description": "A key of `POST /api/keys`, within its scopes.",
        },
        "ticket": {
            "type": "apiKey",
            "in": "query",
            "name": "ticket",
            "description": "From `POST /api/events/ticket`: good for a minute and for one stream.",
        },
        "adminSecret": {
            "type": "apiKey",
            "in": "header",
            "name": "x-admin-secret",
            "description": "The deployment's ADMIN_SECRET, for scripts. Administrators use their own token.",
        },
        "workerSignature": {
            "type": "apiKey",
            "in": "header",
            "name": "webhook-signature",
            "description": "Standard Webhooks over the raw body, with `webhook-id` and `webhook-timestamp`.",
        },
        "attemptToken": {
            "type": "http",
            "scheme": "bearer",
            "description": "The token of one attempt of one job, from the hint in Redis.",
        },
    })
}
