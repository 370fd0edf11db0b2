//! The whole document.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::{bodies, errors, operation, paths};

const DESCRIPTION: &str = "Orders pictures and videos, follows them, and hands them out. \
Every path below `/functions/v1/` answers below `/api/` too. Every answer has `x-request-id`; errors have one form.";

/// The description of everything that the edge answers.
pub fn document() -> Value {
    // As the edge writes it: what is never left out is required.
    let mut generator = SchemaSettings::draft2020_12()
        .for_serialize()
        .with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        })
        .into_generator();
    let mut paths: Map<String, Value> = Map::new();
    let mut refusals: Map<String, Value> = Map::new();
    for operation in paths::all(&mut generator) {
        for codes in errors::by_status(&operation.all_codes()).values() {
            refusals.insert(errors::name(codes), errors::answer(codes));
        }
        let methods = paths
            .entry(operation.path)
            .or_insert_with(|| json!({}))
            .as_object_mut()
            .unwrap();
        let before = methods.insert(operation.method.into(), operation::describe(&operation));
        assert!(before.is_none(), "{} is described twice", operation.path);
    }
    let webhooks = paths::received(&mut generator);
    let mut schemas = generator.take_definitions(true);
    schemas.values_mut().for_each(tell_success);
    for (name, schema) in bodies::all().into_iter().chain(errors::schemas()) {
        let before = schemas.insert(name.into(), schema);
        assert!(before.is_none(), "{name} is described twice");
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "OurVidz edge",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
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
