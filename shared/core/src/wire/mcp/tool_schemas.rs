//! What `tools/list` tells of each tool, made of the tables that arguments are read by and the types that results are
//! written of.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::arguments::{ASSETS_BODY, CANCEL_BODY, NO_BODY, PROMPT_BODY, STATUS_BODY};
use super::orders::{IMAGE_BODY, VIDEO_BODY, offers};
use super::results::{McpAssets, McpJob, McpPrompt};
use super::tools::Tool;
use crate::Format;
use crate::wire::body::Body;
use crate::wire::job::CancelReply;
use crate::wire::queue_status::QueueStatusReply;

/// All tools, as `tools.json` holds them.
#[must_use]
pub fn describe() -> Value {
    Tool::ALL.into_iter().map(tool).collect()
}

fn tool(tool: Tool) -> Value {
    // Each schema stands by itself.
    let mut generator = SchemaSettings::draft2020_12()
        .for_serialize()
        .with(|settings| {
            settings.inline_subschemas = true;
            settings.meta_schema = None;
        })
        .into_generator();
    let (title, body, output) = match tool {
        Tool::GenerateImage => (
            "Generate images",
            IMAGE_BODY,
            output::<McpJob>(&mut generator),
        ),
        Tool::GenerateVideo => (
            "Generate a video",
            VIDEO_BODY,
            output::<McpJob>(&mut generator),
        ),
        Tool::EnhancePrompt => (
            "Improve a prompt",
            PROMPT_BODY,
            output::<McpPrompt>(&mut generator),
        ),
        Tool::JobStatus => (
            "Look at a job",
            STATUS_BODY,
            output::<McpJob>(&mut generator),
        ),
        Tool::CancelJob => (
            "Cancel a job",
            CANCEL_BODY,
            output::<CancelReply>(&mut generator),
        ),
        Tool::ListAssets => (
            "List what was made",
            ASSETS_BODY,
            output::<McpAssets>(&mut generator),
        ),
        Tool::QueueStatus => (
            "Look at the queues",
            NO_BODY,
            output::<QueueStatusReply>(&mut generator),
        ),
    };
    json!({
        "name": tool.as_str(),
        "title": title,
        "description": description(tool),
        "inputSchema": input(&body, &mut generator),
        "outputSchema": output,
        "annotations": annotations(tool),
    })
}

fn description(tool: Tool) -> String {
    match tool {
        Tool::GenerateImage => format!(
            "Orders 1, 3 or 6 images of a text prompt and waits for them. Types, with the price of one image and about how \
             long it takes when nothing is before it: {}. sdxl_image_* make any number and every aspect, the others one \
             image in 9:16 or 16:9. The result has links, good for an hour; an order that takes longer goes on, and \
             job_status tells.",
            offers(Format::Image)
        ),
        Tool::GenerateVideo => format!(
            "Orders a video of five or six seconds of a text prompt, and answers at once with a job_id; ask job_status \
             when eta_seconds have passed. Types, with price and about how long they take: {}.",
            offers(Format::Video)
        ),
        Tool::EnhancePrompt => {
            "Rewrites a prompt so that the model of a job type draws it better. Orders nothing and costs nothing."
                .into()
        }
        Tool::JobStatus => {
            "How a job stands: queued with its position, processing with its progress, or its end with links.".into()
        }
        Tool::CancelJob => {
            "Ends a job. What is not done yet is given back; dry_run tells first what it costs. It cannot be undone.".into()
        }
        Tool::ListAssets => "The images and videos that were made, the newest first, with links.".into(),
        Tool::QueueStatus => "How many jobs wait, how long one that is ordered now takes, and why it waits.".into(),
    }
}

/// What hosts ask the user by: orders cost, a cancel cannot be undone. Nothing here reaches beyond this service.
fn annotations(tool: Tool) -> Value {
    let reads = matches!(
        tool,
        Tool::EnhancePrompt | Tool::JobStatus | Tool::ListAssets | Tool::QueueStatus
    );
    let destroys = tool == Tool::CancelJob;
    json!({
        "readOnlyHint": reads,
        "destructiveHint": destroys,
        // Ordered again it is another job; canceled again it is as canceled as before.
        "idempotentHint": reads || destroys,
        "openWorldHint": false,
    })
}

fn input(body: &Body, generator: &mut SchemaGenerator) -> Value {
    let mut schema = body.schema(generator);
    // An object without fields has no more to say for OpenAPI; here nothing else may be in it.
    schema["additionalProperties"] = json!(false);
    plain(&mut schema, true);
    schema
}

fn output<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
    let mut schema = generator.root_schema_for::<T>().to_value();
    plain(&mut schema, false);
    schema
}

/// As every reader of JSON Schema takes it: without the widths of Rust's integers, names in one list, and in arguments
/// without `null` beside what may be left out.
fn plain(schema: &mut Value, without_null: bool) {
    match schema {
        Value::Object(fields) => {
            let is_width = |format: &Value| {
                let name = format.as_str().unwrap_or_default();
                name.starts_with("uint") || name.starts_with("int") || name == "double"
            };
            if fields.get("format").is_some_and(is_width) {
                fields.remove("format");
            }
            // A field may be called so, too.
            if fields.get("title").is_some_and(Value::is_string) {
                fields.remove("title");
            }
            if without_null {
                drop_null(fields);
            }
            list_names(fields);
            for value in fields.values_mut() {
                plain(value, without_null);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| plain(item, without_null)),
        _ => {}
    }
}

/// A choice of names, each with its description, is a list of names.
fn list_names(fields: &mut Map<String, Value>) {
    let Some(Value::Array(choices)) = fields.get("oneOf") else {
        return;
    };
    let names: Option<Vec<Value>> = choices
        .iter()
        .map(|choice| choice.get("const").cloned())
        .collect();
    if let Some(names) = names {
        fields.remove("oneOf");
        fields.insert("type".into(), json!("string"));
        fields.insert("enum".into(), json!(names));
    }
}

fn drop_null(fields: &mut Map<String, Value>) {
    if let Some(Value::Array(kinds)) = fields.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [only] = &kinds[..] {
            let only = only.clone();
            fields.insert("type".into(), only);
        }
    }
    if let Some(Value::Array(mut choices)) = fields.remove("anyOf") {
        choices.retain(|choice| choice["type"] != "null");
        if let [Value::Object(only)] = &choices[..] {
            for (name, value) in only.clone() {
                fields.entry(name).or_insert(value);
            }
        } else {
            fields.insert("anyOf".into(), choices.into());
        }
    }
    if let Some(Value::Array(values)) = fields.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
}
