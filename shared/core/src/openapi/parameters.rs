//! Parameters of queries and headers.

use alloc::format;

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Value, json};

use super::operation::schema_of;
use crate::limits::{
    DEFAULT_HISTORY_HOURS, DEFAULT_PAGE, MAX_HISTORY_HOURS, MAX_IDEMPOTENCY_KEY_CHARS, MAX_PAGE,
    MAX_SEARCH_CHARS, MAX_TAG_CHARS, MAX_WAIT_SECONDS,
};
use crate::wire::rpc::{DeliveryStatus, Status};
use crate::{Format, JobType, Queue};

type Generator = SchemaGenerator;

fn query(name: &str, schema: Value) -> Value {
    json!({ "name": name, "in": "query", "schema": schema })
}

fn one_of<T: JsonSchema>(name: &str, generator: &mut Generator) -> Value {
    query(name, schema_of::<T>(generator))
}

pub(super) fn header(name: &str, description: &str, schema: Value) -> Value {
    json!({ "name": name, "in": "header", "description": description, "schema": schema })
}

pub(super) fn limit(_: &mut Generator) -> Value {
    query(
        "limit",
        json!({ "type": "integer", "minimum": 1, "maximum": MAX_PAGE, "default": DEFAULT_PAGE }),
    )
}

pub(super) fn cursor(_: &mut Generator) -> Value {
    query(
        "cursor",
        json!({ "type": "string", "description": "A page's `nextCursor`." }),
    )
}

pub(super) fn status(generator: &mut Generator) -> Value {
    one_of::<Status>("status", generator)
}

pub(super) fn job_type(generator: &mut Generator) -> Value {
    one_of::<JobType>("type", generator)
}

pub(super) fn queue(generator: &mut Generator) -> Value {
    one_of::<Queue>("queue", generator)
}

pub(super) fn delivery_status(generator: &mut Generator) -> Value {
    one_of::<DeliveryStatus>("status", generator)
}

pub(super) fn kind(_: &mut Generator) -> Value {
    let names = [Format::Image, Format::Video].map(Format::as_str);
    query("kind", json!({ "type": "string", "enum": names }))
}

pub(super) fn project(_: &mut Generator) -> Value {
    query("project", json!({ "type": "string", "format": "uuid" }))
}

pub(super) fn tag(_: &mut Generator) -> Value {
    query(
        "tag",
        json!({ "type": "string", "maxLength": MAX_TAG_CHARS }),
    )
}

pub(super) fn words(_: &mut Generator) -> Value {
    query(
        "q",
        json!({ "type": "string", "maxLength": MAX_SEARCH_CHARS }),
    )
}

pub(super) fn from(_: &mut Generator) -> Value {
    query("from", moment("Created then or later."))
}

pub(super) fn until(_: &mut Generator) -> Value {
    query("until", moment("Created before."))
}

fn moment(meaning: &str) -> Value {
    json!({ "type": "string", "format": "date-time", "description": meaning })
}

pub(super) fn order(_: &mut Generator) -> Value {
    query(
        "order",
        json!({ "type": "string", "enum": ["newest", "oldest"], "default": "newest" }),
    )
}

pub(super) fn variant(_: &mut Generator) -> Value {
    query(
        "variant",
        json!({ "type": "string", "enum": ["video", "thumbnail"], "default": "video" }),
    )
}

pub(super) fn saved(_: &mut Generator) -> Value {
    query("saved", json!({ "type": "boolean" }))
}

pub(super) fn days(_: &mut Generator) -> Value {
    query(
        "days",
        json!({ "type": "integer", "minimum": 1, "maximum": 90, "default": 7 }),
    )
}

pub(super) fn hours(_: &mut Generator) -> Value {
    query(
        "hours",
        json!({ "type": "integer", "minimum": 1, "maximum": MAX_HISTORY_HOURS, "default": DEFAULT_HISTORY_HOURS }),
    )
}

pub(super) fn deep(_: &mut Generator) -> Value {
    query(
        "deep",
        json!({ "type": "string", "description": "Asks the database and Redis, too." }),
    )
}

pub(super) fn idempotency_key(_: &mut Generator) -> Value {
    header(
        "idempotency-key",
        "The same key with the same request is done once. None begins with `service:`.",
        json!({
            "type": "string", "minLength": 1, "maxLength": MAX_IDEMPOTENCY_KEY_CHARS,
            "pattern": "^[!-~]+$",
        }),
    )
}

pub(super) fn prefer(_: &mut Generator) -> Value {
    let wait = format!(
        "`wait=N`: answers when the job has ended, or after N seconds, at most {MAX_WAIT_SECONDS}."
    );
    header("prefer", &wait, json!({ "type": "string" }))
}

fn position() -> Value {
    json!({ "type": "string", "pattern": "^([0-9]+|latest)$" })
}

pub(super) fn last_event_id(_: &mut Generator) -> Value {
    header("last-event-id", "The last event that was seen.", position())
}

pub(super) fn after(_: &mut Generator) -> Value {
    query("after", position())
}

pub(super) fn previews(_: &mut Generator) -> Value {
    let mut parameter = query("previews", json!({ "type": "string", "enum": ["1"] }));
    parameter["description"] =
        json!("Also `step_preview`: what pictures look like while they are made.");
    parameter
}
