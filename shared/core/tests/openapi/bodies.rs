//! Bodies of requests. They are parsed by hand, for the sake of precise errors, so their schemas are written
//! by hand too, with the parsers' own limits; `tests/tidy` checks the golden requests against them.

use ourvidz_core::job_type::{MAX_ASSETS, SDXL_BATCHES};
use ourvidz_core::limits::{
    MAX_KEY_BYTES, MAX_PRIORITY, MAX_PROMPT_CHARS, MAX_REFERENCE_BYTES, MAX_SEED, MAX_URL_BYTES,
    MAX_WORKER_ID_CHARS,
};
use ourvidz_core::wire::submit::WEBHOOK_EVENTS;
use serde_json::{Value, json};

/// Every body by its name.
pub fn all() -> Vec<(&'static str, Value)> {
    vec![
        ("SubmitRequest", submit()),
        ("EnhanceRequest", enhance()),
        ("ClaimRequest", claim()),
        ("CallbackReport", callback()),
        ("AssetPatch", asset_patch()),
        ("ProjectRequest", project()),
        ("ReferenceUploadRequest", reference_upload()),
        ("AdminImageRequest", admin_image()),
        ("GrantRequest", grant()),
        ("PauseRequest", pause()),
        ("PurgeRequest", purge()),
        ("RedriveRequest", redrive()),
    ]
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn uuid() -> Value {
    json!({ "type": "string", "format": "uuid" })
}

/// `null` counts as absent.
fn optional(mut schema: Value) -> Value {
    if let Some(kind) = schema.get("type").cloned() {
        schema["type"] = json!([kind, "null"]);
        if let Some(values) = schema.get_mut("enum").and_then(Value::as_array_mut) {
            values.push(Value::Null);
        }
        return schema;
    }
    json!({ "anyOf": [schema, { "type": "null" }] })
}

/// Something else than white space.
fn prompt() -> Value {
    json!({ "type": "string", "minLength": 1, "maxLength": MAX_PROMPT_CHARS, "pattern": "\\S" })
}

fn text(max: usize) -> Value {
    json!({ "type": "string", "maxLength": max })
}

fn key() -> Value {
    text(MAX_KEY_BYTES)
}

fn seed() -> Value {
    json!({ "type": "integer", "minimum": 0, "maximum": MAX_SEED })
}

/// An object that refuses fields that it does not know.
fn closed(required: &[&str], properties: Value) -> Value {
    let mut schema = open(required, properties);
    schema["additionalProperties"] = json!(false);
    schema
}

/// An object that ignores, or keeps, fields that it does not know.
fn open(required: &[&str], properties: Value) -> Value {
    json!({ "type": "object", "required": required, "properties": properties })
}

fn submit() -> Value {
    let strength = json!({ "type": "number", "minimum": 0.1, "maximum": 1.0 });
    let listed = closed(
        &["type"],
        json!({
            "type": reference("ReferenceType"),
            "key": optional(key()),
            "url": optional(key()),
            "strength": optional(strength.clone()),
        }),
    );
    let metadata = open(
        &[],
        json!({
            "prompt": optional(prompt()),
            "num_images": optional(json!({ "type": "integer", "enum": SDXL_BATCHES })),
            "seed": optional(seed()),
            "references": optional(json!({ "type": "array", "items": listed, "maxItems": 3 })),
            "reference_image_url": optional(key()),
            "reference_type": optional(reference("ReferenceType")),
            "reference_strength": optional(strength),
        }),
    );
    closed(
        &["jobType"],
        json!({
            "jobType": reference("JobType"),
            "metadata": optional(metadata),
            "projectId": optional(uuid()),
            "imageId": optional(uuid()),
            "videoId": optional(uuid()),
            "priority": optional(json!({
                "type": "integer", "minimum": -MAX_PRIORITY, "maximum": MAX_PRIORITY,
            })),
            "enhance": optional(json!({ "type": "boolean" })),
            "webhookUrl": optional(json!({ "description": "A server of yours that is told of the job's end; see `webhooks`.",
                "type": "string", "format": "uri", "maxLength": MAX_URL_BYTES,
            })),
            "webhookEvents": optional(json!({
                "type": "array", "minItems": 1, "maxItems": WEBHOOK_EVENTS.len(),
                "items": { "type": "string", "enum": WEBHOOK_EVENTS },
            })),
            "dryRun": optional(json!({ "type": "boolean" })),
        }),
    )
}

fn enhance() -> Value {
    open(
        &["prompt", "jobType", "userId"],
        json!({
            "prompt": prompt(),
            "jobType": reference("JobType"),
            "userId": uuid(),
            "sessionId": optional(json!({ "type": "string", "maxLength": 100, "pattern": "^[!-~]*$" })),
            "quality": optional(reference("Quality")),
            "model": optional(json!({ "type": "string", "enum": ["sdxl", "wan", "auto"] })),
            "seed": optional(seed()),
            "stream": optional(json!({ "type": "boolean" })),
        }),
    )
}

fn worker_id() -> Value {
    json!({
        "type": "string", "minLength": 1, "maxLength": MAX_WORKER_ID_CHARS,
        "pattern": "^[A-Za-z0-9._:@-]+$",
    })
}

/// What a worker's machine is doing, as fields of a body.
fn vitals(field: &str) -> Value {
    let whole = json!({ "type": "integer", "minimum": 0 });
    let mut schema = match field {
        "gpu" => open(
            &["memory_used_bytes", "memory_total_bytes"],
            json!({ "memory_used_bytes": whole.clone(), "memory_total_bytes": whole }),
        ),
        _ => whole,
    };
    schema["description"] = json!(match field {
        "gpu" => "How full the memory of its GPU is. Of another form it counts as not said.",
        _ => "Since the worker's program started. Of another form it counts as not said.",
    });
    optional(schema)
}

fn claim() -> Value {
    open(
        &["worker_id", "queue"],
        json!({
            "worker_id": worker_id(),
            "queue": reference("Queue"),
            "job_id": optional(uuid()),
            "models": optional(json!({
                "type": "array", "maxItems": 16, "items": { "type": "string" },
            })),
            "uptime_seconds": vitals("uptime_seconds"),
            "gpu": vitals("gpu"),
        }),
    )
}

fn callback() -> Value {
    let listed = 4 * MAX_ASSETS;
    let keys = json!({ "type": "array", "maxItems": listed, "items": optional(key()) });
    let old = |mut schema: Value, new: &str| {
        schema["deprecated"] = json!(true);
        schema["description"] = json!(format!("The older name of `{new}`."));
        schema
    };
    let mut schema = open(
        &["status"],
        json!({
            "job_id": optional(uuid()),
            "status": reference("ReportStatus"),
            "attempt": optional(json!({ "type": "integer", "minimum": 1, "maximum": u32::MAX })),
            "leaseId": optional(uuid()),
            "worker_id": optional(text(MAX_WORKER_ID_CHARS)),
            "assets": optional(keys.clone()),
            "thumbnails": optional(keys.clone()),
            "poster": optional(key()),
            "failed_indices": optional(json!({
                "type": "array", "maxItems": listed,
                "items": { "type": "integer", "minimum": 0, "maximum": MAX_ASSETS - 1 },
            })),
            "error_message": optional(json!({ "type": "string" })),
            "retryable": optional(json!({ "type": "boolean" })),
            "enhancedPrompt": optional(json!({ "type": "string" })),
            "progress": optional(json!({ "type": "number", "minimum": 0, "maximum": 100 })),
            "uploadRequests": optional(json!({
                "type": "array", "maxItems": 2 * MAX_ASSETS, "items": reference("UploadRequest"),
            })),
            "metadata": optional(json!({ "type": "object" })),
            "uptime_seconds": vitals("uptime_seconds"),
            "gpu": vitals("gpu"),
            "jobId": old(optional(uuid()), "job_id"),
            "lease_id": old(optional(uuid()), "leaseId"),
            "imageUrls": old(optional(keys), "assets"),
            "filePath": old(optional(key()), "assets"),
            "outputUrl": old(optional(key()), "assets"),
            "errorMessage": old(optional(json!({ "type": "string" })), "error_message"),
            "enhanced_prompt": old(optional(json!({ "type": "string" })), "enhancedPrompt"),
        }),
    );
    schema["anyOf"] = json!([{ "required": ["job_id"] }, { "required": ["jobId"] }]);
    schema
}

fn asset_patch() -> Value {
    let mut schema = closed(
        &[],
        json!({
            "saved": { "type": "boolean" },
            "preferred": { "type": "boolean" },
            "title": { "type": "string", "maxLength": 200, "pattern": "\\S" },
        }),
    );
    schema["minProperties"] = json!(1);
    schema
}

fn project() -> Value {
    let mut schema = closed(
        &[],
        json!({
            "original_prompt": optional(prompt()),
            "enhanced_prompt": optional(prompt()),
            "title": optional(json!({ "type": "string", "maxLength": 200, "pattern": "\\S" })),
            "character_id": optional(uuid()),
        }),
    );
    schema["minProperties"] = json!(1);
    schema["description"] = json!("What is absent stays; `null` empties.");
    schema
}

fn reference_upload() -> Value {
    closed(
        &["contentType", "bytes"],
        json!({
            "type": optional(reference("ReferenceType")),
            "contentType": { "type": "string", "enum": ["image/png", "image/jpeg", "image/webp"] },
            "bytes": { "type": "integer", "minimum": 1, "maximum": MAX_REFERENCE_BYTES },
            "consent": optional(json!({
                "type": "boolean",
                "description": "That the person shown has agreed; `character` needs it.",
            })),
        }),
    )
}

fn admin_image() -> Value {
    open(
        &["prompt"],
        json!({
            "prompt": prompt(),
            "mode": optional(json!({ "type": "string" })),
            "metadata": {},
        }),
    )
}

fn grant() -> Value {
    closed(
        &["user_id", "amount", "reason"],
        json!({
            "user_id": uuid(),
            "amount": { "type": "integer", "minimum": -1_000_000, "maximum": 1_000_000, "not": { "const": 0 } },
            "reason": { "type": "string", "maxLength": 500, "pattern": "\\S" },
        }),
    )
}

/// One of two fields, and a reason.
fn either(first: (&str, Value), second: (&str, Value), others: &Value) -> Value {
    let choices: Vec<Value> = [first, second]
        .into_iter()
        .map(|(name, schema)| {
            let mut properties = others.clone();
            properties[name] = schema;
            closed(&[name], properties)
        })
        .collect();
    json!({ "oneOf": choices })
}

fn pause() -> Value {
    either(
        ("queue", reference("Queue")),
        (
            "worker_id",
            json!({ "type": "string", "minLength": 1, "maxLength": MAX_WORKER_ID_CHARS }),
        ),
        &json!({ "reason": optional(text(500)) }),
    )
}

fn purge() -> Value {
    closed(
        &["queue"],
        json!({ "queue": reference("Queue"), "reason": optional(text(500)) }),
    )
}

fn redrive() -> Value {
    either(
        ("queue", reference("Queue")),
        ("job_id", uuid()),
        &json!({
            "cursor": optional(json!({ "type": "string" })),
            "reason": optional(text(500)),
        }),
    )
}
