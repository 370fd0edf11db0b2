//! What `generate_image` does while it waits: looks, pictures, and a stream for whoever listens.

use futures_util::StreamExt as _;
use ourvidz_core::Code;
use ourvidz_core::limits::{MAX_RETRIES, MAX_SUBREQUESTS};
use ourvidz_core::wire::mcp::{MAX_TOOL_WAIT_SECONDS, TOOL_WAIT_SECONDS};
use ourvidz_edge::reply::Body;
use ourvidz_edge::testing::{NOW_MS, settings};
use ourvidz_edge::{Call, Reply, wait};
use ourvidz_rest::Backend;
use ourvidz_rest::fakes::{Fault, Raised, World};
use serde_json::{Value, json};

use super::{JOB, KEY, THUMBNAIL, asked, calling, job, message, result_of, run, text_of, world_of};
use crate::images::MAX_PREVIEW_BYTES;

#[test]
fn an_order_that_outlasts_the_wait_says_how_it_goes_on() {
    let world = world_of(job("processing"));
    let result = result_of(&calling(
        &world,
        "generate_image",
        &json!({ "prompt": "a red fox" }),
    ));
    assert_eq!(world.paused_ms(), TOOL_WAIT_SECONDS * 1000);
    assert_eq!(result["isError"], false);
    assert_eq!(result["structuredContent"]["status"], "processing");
    let text = text_of(&result);
    assert!(text.contains("job_status") && text.contains(JOB), "{text}");
    let world = world_of(job("processing"));
    let arguments = json!({ "prompt": "a red fox", "wait_seconds": 5 });
    result_of(&calling(&world, "generate_image", &arguments));
    assert_eq!(world.paused_ms(), 5_000);
}

#[test]
fn the_longest_wait_stays_within_its_subrequests() {
    // Key, published keys, order, hint, mark, pictures.
    let others = 5 + u32::try_from(ourvidz_core::job_type::MAX_ASSETS).unwrap();
    let sent = others + wait::looks(MAX_TOOL_WAIT_SECONDS) + MAX_RETRIES;
    assert!(sent <= MAX_SUBREQUESTS, "{sent}");
}

fn with_files(bytes: &[u8]) -> World {
    let world = world_of(job("completed"));
    world.open_storage(settings().storage, NOW_MS);
    world.put_object("sdxl_image_fast", THUMBNAIL, "image/jpeg", bytes);
    world
}

#[test]
fn a_small_picture_comes_where_it_is_asked_for() {
    let world = with_files(b"picture");
    for (tool, mut arguments) in [
        ("generate_image", json!({ "prompt": "a red fox" })),
        ("job_status", json!({ "job_id": JOB })),
    ] {
        let plain = result_of(&calling(&world, tool, &arguments));
        assert_eq!(plain["content"].as_array().map(Vec::len), Some(1), "{tool}");
        arguments["include_image"] = json!(true);
        let result = result_of(&calling(&world, tool, &arguments));
        let image = json!({ "type": "image", "data": "cGljdHVyZQ==", "mimeType": "image/jpeg" });
        assert_eq!(result["content"][1], image, "{tool}");
    }
}

#[test]
fn a_small_picture_that_cannot_be_had_is_left_out_and_its_link_is_there() {
    let large = with_files(&vec![0; MAX_PREVIEW_BYTES + 1]);
    let away = with_files(b"picture");
    away.take_down(Backend::Storage, Fault::Status(503));
    for world in [large, away] {
        let arguments = json!({ "job_id": JOB, "include_image": true });
        let result = result_of(&calling(&world, "job_status", &arguments));
        assert_eq!(result["content"].as_array().map(Vec::len), Some(1));
        assert!(text_of(&result).contains(KEY));
    }
}

fn listening(world: &World, arguments: &Value) -> Call<World> {
    let params = json!({
        "name": "generate_image", "arguments": arguments, "_meta": { "progressToken": "p-1" },
    });
    let mut call = asked(world, &message("tools/call", &params));
    let accept = "application/json, text/event-stream".to_owned();
    call.incoming.headers.push(("accept", accept));
    call
}

/// The messages of a stream to its end.
fn messages_of(reply: Reply) -> Vec<Value> {
    let Body::Stream { chunks, .. } = reply.body else {
        panic!("no stream")
    };
    let frames: Vec<Vec<u8>> = pollster::block_on(chunks.collect());
    let texts = frames.iter().map(|frame| str::from_utf8(frame).unwrap());
    texts
        .filter_map(|frame| frame.strip_prefix("event: message\ndata: "))
        .map(|data| serde_json::from_str(data).unwrap())
        .collect()
}

#[test]
fn whoever_listens_hears_how_far_it_is_and_then_the_result() {
    let world = world_of(Value::Null);
    let looks = std::cell::Cell::new(0);
    world.on_rpc("my_job", move |_| {
        looks.set(looks.get() + 1);
        let mut row = job(if looks.get() < 5 {
            "processing"
        } else {
            "completed"
        });
        // The third look finds what the second one found.
        row["progress"] = json!([0, 0, 40, 40, 80, 100][looks.get()]);
        Ok(row)
    });
    let call = listening(&world, &json!({ "prompt": "a red fox" }));
    let reply = run(&call);
    assert_eq!(
        call.take_later().len(),
        1,
        "the hint goes out beside the stream"
    );
    let mut messages = messages_of(reply);
    let last = messages.pop().unwrap();
    assert_eq!(last["id"], 7);
    assert_eq!(last["result"]["structuredContent"]["status"], "completed");
    let told: Vec<&Value> = messages
        .iter()
        .map(|message| {
            assert_eq!(message["method"], "notifications/progress");
            assert_eq!(message["params"]["progressToken"], "p-1");
            &message["params"]["progress"]
        })
        .collect();
    assert_eq!(told, [0, 40, 80]);
}

#[test]
fn a_stream_ends_with_a_result_whatever_comes() {
    let mut failed = job("failed");
    failed["error_code"] = json!("generation_failed");
    failed["error_message"] = json!("It could not be made.");
    for (row, is_error, status) in [
        (failed, true, "failed"),
        (job("canceled"), true, "canceled"),
        (job("processing"), false, "processing"),
        (Value::Null, false, "queued"),
    ] {
        let world = world_of(row);
        let arguments = json!({ "prompt": "a red fox", "wait_seconds": 4 });
        let last = messages_of(run(&listening(&world, &arguments)))
            .pop()
            .unwrap();
        assert_eq!(last["result"]["isError"], is_error, "{status}");
        assert_eq!(last["result"]["structuredContent"]["status"], status);
    }
    // What is refused is no stream.
    let world = world_of(Value::Null);
    world.on_rpc("enqueue_job", |_| {
        Err(Raised::from(Code::InsufficientCredits))
    });
    let result = result_of(&listening(&world, &json!({ "prompt": "a red fox" })));
    assert_eq!(result["_meta"]["error"]["code"], "insufficient_credits");
}

#[test]
fn who_reads_no_events_or_names_no_token_gets_one_answer() {
    let world = world_of(job("completed"));
    let mut deaf = listening(&world, &json!({ "prompt": "a red fox" }));
    deaf.incoming.headers.retain(|(name, _)| *name != "accept");
    assert_eq!(result_of(&deaf)["isError"], false);
    let mut silent = calling(&world, "generate_image", &json!({ "prompt": "a red fox" }));
    let accept = "text/event-stream, application/json".to_owned();
    silent.incoming.headers.push(("accept", accept));
    assert_eq!(result_of(&silent)["isError"], false);
}
