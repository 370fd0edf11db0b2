//! Golden files: a message and a job in, the answer out. Then what clients and models rely on.

mod protocol;
mod waiting;

use ourvidz_core::{Code, Queue};
use ourvidz_edge::testing::{TOKEN, golden, json_of, post};
use ourvidz_edge::{Call, Reply};
use ourvidz_rest::fakes::{Raised, World};
use ourvidz_rest::{Backend, Response};
use serde_json::{Value, json};

use crate::mcp;

const JOB: &str = "22222222-2222-4222-8222-222222222222";
const KEY: &str = "u/j/1_0.png";
const THUMBNAIL: &str = "u/j/1_0.jpg";

/// A world in which an order becomes this job at once.
fn world_of(job: Value) -> World {
    let world = World::new();
    world.on_rpc("enqueue_job", |order| {
        Ok(json!({
            "replayed": false,
            "job": {
                "id": JOB, "user_id": order["p_user_id"], "job_type": order["p_job_type"],
                "status": "queued", "attempt": 1, "version": 1, "progress": 0,
                "num_assets": order["p_num_assets"], "cancel_requested": false,
                "metadata": order["p_metadata"], "created_at": "2026-01-01T00:00:00Z",
            },
            "images": [], "video": null,
            "position": 1, "eta_seconds": 15, "remaining": 119, "reset_seconds": 60,
        }))
    });
    world.on_rpc("my_job", move |_| Ok(job.clone()));
    world.on_rpc("cancel_job", |_| {
        Ok(json!({
            "status": "canceled", "cancel_requested": false, "cancel_cost": 0, "charged": 0, "released": 8,
        }))
    });
    world.on_rpc("my_assets", |_| Ok(json!([asset()])));
    world.on_rpc("queue_status", |_| {
        Ok(json!([{
            "queue": "sdxl_queue", "queued": 2, "processing": 1, "workers": 1, "worker_seen_seconds": 3,
            "median_wait_seconds": 4, "eta_seconds": 20, "paused": false, "waiting_for": null,
        }]))
    });
    world.on_rpc("record_policy_event", |_| Ok(Value::Null));
    world.on_request(Backend::EnhancePrompt, |_| {
        Ok(enhanced("a red fox, rim light"))
    });
    world
}

fn enhanced(prompt: &str) -> Response {
    let body = json!({
        "success": true, "enhancedPrompt": prompt, "originalPrompt": "a red fox", "compressionRatio": 1.0,
        "qualityScore": 0.5, "tokenCount": { "original": 3, "enhanced": 6, "compressed": 6 },
        "analytics": {
            "enhancementMethod": "rule_based", "processingTime": 1, "fallbackUsed": false, "cached": false,
            "template": "sdxl_fast",
            "qualityMetrics": { "coherence": 1.0, "visualAppeal": 0.5, "technicalQuality": 0.0 },
        },
    });
    answer(200, &body)
}

fn answer(status: u16, body: &Value) -> Response {
    Response {
        status,
        headers: Vec::new(),
        body: body.to_string().into_bytes(),
    }
}

fn asset() -> Value {
    json!({
        "id": "33333333-3333-4333-8333-333333333333", "job_id": JOB, "kind": "image",
        "job_type": "sdxl_image_fast", "image_index": 0, "status": "completed", "title": null, "url": KEY,
        "thumbnail_url": THUMBNAIL, "saved": false, "preferred": false, "metadata": {},
        "created_at": "2026-01-01T00:00:00Z",
    })
}

fn job(status: &str) -> Value {
    let mut row: Value = serde_json::from_str(include_str!(
        "../../../tests/fixtures/api/job_waiting.request.json"
    ))
    .unwrap();
    row["id"] = json!(JOB);
    row["status"] = json!(status);
    row["assets"] = match status {
        "completed" => json!([asset()]),
        _ => json!([]),
    };
    row
}

fn asked(world: &World, body: &str) -> Call<World> {
    let bearer = format!("Bearer {TOKEN}");
    post(world, "/mcp", &[("authorization", &bearer)], body)
}

fn message(method: &str, params: &Value) -> String {
    json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params }).to_string()
}

fn calling(world: &World, tool: &str, arguments: &Value) -> Call<World> {
    let params = json!({ "name": tool, "arguments": arguments });
    asked(world, &message("tools/call", &params))
}

/// The answer as a client gets it.
fn run(call: &Call<World>) -> Reply {
    pollster::block_on(mcp(call)).unwrap_or_else(|error| Reply::error(&error, "r-1"))
}

/// A tool's result.
fn result_of(call: &Call<World>) -> Value {
    let reply = run(call);
    assert_eq!(reply.status, 200);
    let mut body = json_of(reply);
    assert_eq!(
        (&body["id"], &body["error"]),
        (&json!(7), &Value::Null),
        "{body}"
    );
    body["result"].take()
}

fn text_of(result: &Value) -> &str {
    result["content"][0]["text"].as_str().unwrap()
}

#[test]
fn golden_files() {
    golden("mcp", |_, request| {
        let world = world_of(match request["job"].as_str() {
            Some(status) => job(status),
            None => Value::Null,
        });
        let reply = run(&asked(&world, &request["body"].to_string()));
        let status = reply.status;
        let mut body = json_of(reply);
        // What is long is held by tests of its own, and signatures are of the day.
        if let Some(tools) = body.pointer_mut("/result/tools") {
            *tools = json!("the tools");
        }
        let text = without_signatures(&body.to_string());
        let body: Value = serde_json::from_str(&text).unwrap();
        vec![("reply", json!({ "status": status, "body": body }))]
    });
}

/// Each link up to its query.
fn without_signatures(text: &str) -> String {
    let mut parts = text.split("?X-Amz-");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |whole, part| {
        let end = part.find(['"', '\\']).unwrap_or(part.len());
        format!("{whole}?signed{}", &part[end..])
    })
}

#[test]
fn an_order_is_one_call_a_hint_and_the_looks_of_whoever_waits() {
    let world = world_of(job("completed"));
    let call = calling(&world, "generate_image", &json!({ "prompt": "a red fox" }));
    let result = result_of(&call);
    assert_eq!(result["structuredContent"]["status"], "completed");
    assert!(text_of(&result).contains(KEY));
    assert_eq!(world.hints(Queue::SdxlQueue).len(), 1);
    // The order and one look: it was done at the first.
    assert_eq!(
        (world.trips(Backend::Database), world.trips(Backend::Redis)),
        (2, 1)
    );
}

#[test]
fn the_name_of_an_order_is_an_argument_and_no_header() {
    let world = world_of(job("completed"));
    let named = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
    let seen = std::rc::Rc::clone(&named);
    world.on_rpc("enqueue_job", move |order| {
        seen.borrow_mut().push(order["p_idempotency_key"].clone());
        Err(Raised::from(Code::QueueFull))
    });
    for key in [json!({}), json!({ "idempotency_key": "fox-1" })] {
        let mut arguments = json!({ "prompt": "a red fox" });
        arguments
            .as_object_mut()
            .unwrap()
            .extend(key.as_object().unwrap().clone());
        let mut call = calling(&world, "generate_image", &arguments);
        let header = "the-same-for-all".to_owned();
        call.incoming.headers.push(("idempotency-key", header));
        result_of(&call);
    }
    let named = named.borrow();
    assert_eq!(named.first(), Some(&Value::Null));
    assert!(named.last().is_some_and(|key| !key.is_null()), "{named:?}");
}

#[test]
fn every_other_tool_asks_once() {
    for (tool, arguments, backend) in [
        (
            "generate_video",
            json!({ "prompt": "a red fox" }),
            Backend::Database,
        ),
        (
            "generate_image",
            json!({ "prompt": "a red fox", "wait_seconds": 0 }),
            Backend::Database,
        ),
        (
            "enhance_prompt",
            json!({ "prompt": "a red fox" }),
            Backend::EnhancePrompt,
        ),
        ("job_status", json!({ "job_id": JOB }), Backend::Database),
        ("cancel_job", json!({ "job_id": JOB }), Backend::Database),
        (
            "list_assets",
            json!({ "kind": "image", "limit": 5 }),
            Backend::Database,
        ),
        ("queue_status", json!({}), Backend::Database),
    ] {
        let world = world_of(job("processing"));
        let result = result_of(&calling(&world, tool, &arguments));
        assert_eq!(result["isError"], false, "{tool}: {result}");
        assert!(result["structuredContent"].is_object(), "{tool}");
        assert!(!text_of(&result).is_empty(), "{tool}");
        assert_eq!((world.sent().len(), world.trips(backend)), (1, 1), "{tool}");
    }
}

#[test]
fn what_a_tool_refuses_is_a_result_that_says_what_to_do() {
    let refused = |code: Code| {
        let world = world_of(Value::Null);
        world.on_rpc("enqueue_job", move |_| Err(Raised::from(code)));
        result_of(&calling(
            &world,
            "generate_image",
            &json!({ "prompt": "a red fox" }),
        ))
    };
    for code in [
        Code::InsufficientCredits,
        Code::SpendingLimit,
        Code::QueueFull,
    ] {
        let result = refused(code);
        assert_eq!(result["isError"], true);
        assert_eq!(result["_meta"]["error"]["code"], code.as_str());
        let text = text_of(&result);
        assert!(text.contains(code.suggested_action().unwrap()), "{text}");
    }
    let world = world_of(Value::Null);
    for (tool, arguments, says) in [
        ("generate_image", json!({}), "prompt: expected"),
        (
            "generate_image",
            json!({ "prompt": "x", "size": "1024x1024" }),
            "size: there is no such field",
        ),
        (
            "generate_video",
            json!({ "prompt": "x", "job_type": "image_fast" }),
            "job_type: expected",
        ),
        (
            "job_status",
            json!({ "job_id": "x" }),
            "job_id: expected a UUID",
        ),
        (
            "job_status",
            json!({ "job_id": JOB }),
            "There is no such job.",
        ),
    ] {
        let result = result_of(&calling(&world, tool, &arguments));
        assert_eq!(result["isError"], true, "{tool}");
        assert!(text_of(&result).contains(says), "{}", text_of(&result));
    }
    world.on_rpc("cancel_job", |_| Err(Raised::from(Code::NotFound)));
    let result = result_of(&calling(&world, "cancel_job", &json!({ "job_id": JOB })));
    assert!(text_of(&result).contains("There is no such job."));
}

#[test]
fn a_refusal_of_the_enhancer_s_is_the_tool_s() {
    let world = world_of(Value::Null);
    let refusal = json!({
        "success": false, "error": "Too many requests.", "code": "rate_limited", "retryable": true,
        "requestId": "r-1", "details": { "limit": 20, "retryAfterSeconds": 9 },
    });
    world.on_request(Backend::EnhancePrompt, move |_| Ok(answer(429, &refusal)));
    let result = result_of(&calling(
        &world,
        "enhance_prompt",
        &json!({ "prompt": "a red fox" }),
    ));
    assert_eq!(result["_meta"]["error"]["code"], "rate_limited");
    assert!(text_of(&result).contains("in 9 s"));
    for (status, body) in [
        (502, json!("gateway")),
        (200, json!({})),
        (429, json!({ "code": "x" })),
    ] {
        world.on_request(Backend::EnhancePrompt, move |_| Ok(answer(status, &body)));
        let result = result_of(&calling(
            &world,
            "enhance_prompt",
            &json!({ "prompt": "a fox" }),
        ));
        assert_eq!(result["_meta"]["error"]["code"], "unavailable", "{status}");
    }
}

#[test]
fn no_log_line_has_what_was_said() {
    let world = world_of(job("completed"));
    let call = calling(
        &world,
        "generate_image",
        &json!({ "prompt": "a quiet harbour" }),
    );
    run(&call);
    let notes = serde_json::to_string(&*call.notes()).unwrap();
    assert!(
        notes.contains("generate_image") && !notes.contains("harbour"),
        "{notes}"
    );
}
