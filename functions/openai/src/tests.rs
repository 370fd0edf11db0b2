//! Golden files: a body and a job in, OpenAI's answer out. Then what its clients rely on.

mod partial;
mod videos;

use futures_util::StreamExt as _;
use ourvidz_core::limits::MAX_SUBREQUESTS;
use ourvidz_core::{Code, Moment, Queue, api_key};
use ourvidz_edge::reply::Body;
use ourvidz_edge::testing::{NOW_MS, TOKEN, answer_of, golden, json_of, post, settings};
use ourvidz_edge::{Call, Reply, wait};
use ourvidz_rest::Backend;
use ourvidz_rest::fakes::{Fault, Raised, World};
use serde_json::{Value, json};

use crate::images::WAIT_SECONDS;
use crate::openai;
use crate::refusal::refuse;

const PATH: &str = "/v1/images/generations";
const BODY: &str = r#"{"model":"sdxl_image_fast","prompt":"a red fox","n":3}"#;
const STREAMED: &str = r#"{"prompt":"a red fox","n":3,"stream":true,"partial_images":2}"#;
const KEY: &str = "u/j/1_0.png";

/// A world in which an order becomes this job at once.
fn world_of(job: Value) -> World {
    let world = World::new();
    world.on_rpc("enqueue_job", |order| {
        Ok(json!({
            "replayed": false,
            "job": {
                "id": order["p_job_id"], "user_id": order["p_user_id"], "job_type": order["p_job_type"],
                "status": "queued", "attempt": 1, "version": 1, "progress": 0,
                "num_assets": order["p_num_assets"], "cancel_requested": false,
                "metadata": order["p_metadata"], "created_at": "2026-01-01T00:00:00Z",
            },
            "images": [], "video": null,
            "position": 1, "eta_seconds": 15, "remaining": 119, "reset_seconds": 60,
        }))
    });
    world.on_rpc("my_job", move |_| Ok(job.clone()));
    world
}

fn job(status: &str) -> Value {
    let mut row: Value = serde_json::from_str(include_str!(
        "../../../tests/fixtures/api/job_waiting.request.json"
    ))
    .unwrap();
    row["status"] = json!(status);
    row
}

fn with_picture(mut row: Value) -> Value {
    row["status"] = json!("completed");
    row["assets"] = json!([{
        "id": "33333333-3333-4333-8333-333333333333", "job_id": row["id"], "kind": "image",
        "job_type": row["job_type"], "image_index": 0, "status": "completed", "title": null, "url": KEY,
        "thumbnail_url": null, "saved": false, "preferred": false, "metadata": {},
        "created_at": "2026-01-01T00:00:00Z",
    }]);
    row
}

fn asked(world: &World, body: &str) -> Call<World> {
    let bearer = format!("Bearer {TOKEN}");
    post(world, PATH, &[("authorization", &bearer)], body)
}

/// The answer as a client gets it.
fn run(call: &Call<World>) -> Reply {
    pollster::block_on(openai(call)).unwrap_or_else(|error| refuse(&error, "r-1"))
}

fn header(reply: &Reply, name: &str) -> Option<String> {
    let found = reply.headers.iter().find(|(known, _)| *known == name);
    found.map(|(_, value)| value.clone())
}

/// The events of a stream to its end: name and data.
fn events_of(reply: Reply) -> Vec<(String, Value)> {
    let Body::Stream { chunks, .. } = reply.body else {
        panic!("no stream")
    };
    let frames: Vec<Vec<u8>> = pollster::block_on(chunks.collect());
    let texts = frames.iter().map(|frame| str::from_utf8(frame).unwrap());
    texts
        .filter_map(|frame| {
            let (name, data) = frame.strip_prefix("event: ")?.split_once("\ndata: ")?;
            Some((name.to_owned(), serde_json::from_str(data).unwrap()))
        })
        .collect()
}

#[test]
fn golden_files() {
    golden("openai", |_, request| {
        let world = world_of(match request["job"].as_str() {
            Some("completed") => with_picture(job("completed")),
            Some(status) => job(status),
            None => Value::Null,
        });
        let mut reply = answer_of(Ok(run(&asked(&world, &request["body"].to_string()))));
        if let Some(url) = reply.pointer_mut("/body/data/0/url") {
            assert!(url.as_str().unwrap().contains(KEY));
            *url = json!("a signed link");
        }
        vec![("reply", reply)]
    });
}

#[test]
fn the_hint_is_out_before_anybody_waits() {
    let world = world_of(with_picture(job("completed")));
    let reply = run(&asked(&world, BODY));
    assert_eq!(reply.status, 200);
    assert_eq!(world.trips(Backend::Redis), 1);
    assert_eq!(world.hints(Queue::SdxlQueue).len(), 1);
}

#[test]
fn a_job_that_outlasts_the_wait_says_where_it_goes_on() {
    let world = world_of(job("processing"));
    let reply = run(&asked(&world, BODY));
    assert_eq!(reply.status, 202);
    assert_eq!(world.paused_ms(), WAIT_SECONDS * 1000);
    let place = header(&reply, "location").unwrap();
    let body = json_of(reply);
    assert!(place.ends_with(&format!("/api/jobs/{}", body["id"].as_str().unwrap())));
    assert_eq!(
        (&body["data"], &body["status"]),
        (&json!([]), &json!("processing"))
    );
}

#[test]
fn a_client_may_wait_less() {
    let world = world_of(job("processing"));
    let mut call = asked(&world, BODY);
    call.incoming.headers.push(("prefer", "wait=5".into()));
    assert_eq!(run(&call).status, 202);
    assert_eq!(world.paused_ms(), 5_000);
}

fn with_file(row: &Value) -> World {
    let world = world_of(row.clone());
    world.open_storage(settings().storage, NOW_MS);
    world.put_object(
        row["job_type"].as_str().unwrap(),
        KEY,
        "image/png",
        b"picture",
    );
    world
}

#[test]
fn a_picture_comes_in_the_answer_where_it_is_asked_for() {
    let world = with_file(&with_picture(job("completed")));
    let body = r#"{"prompt":"a red fox","response_format":"b64_json"}"#;
    let answer = json_of(run(&asked(&world, body)));
    assert_eq!(answer["data"], json!([{ "b64_json": "cGljdHVyZQ==" }]));
}

#[test]
fn the_prompt_of_the_workers_model_is_told() {
    let mut row = with_picture(job("completed"));
    row["metadata"]["enhanced_prompt"] = json!("a red fox, rim light");
    let answer = json_of(run(&asked(&world_of(row), BODY)));
    assert_eq!(answer["data"][0]["revised_prompt"], "a red fox, rim light");
}

#[test]
fn a_stream_has_each_picture_once_and_ends_with_its_job() {
    // The first picture is there before the job has ended.
    let done = with_picture(job("completed"));
    let world = with_file(&done);
    let looks = std::cell::Cell::new(0);
    world.on_rpc("my_job", move |_| {
        looks.set(looks.get() + 1);
        let mut row = done.clone();
        row["status"] = json!(if looks.get() < 3 {
            "processing"
        } else {
            "completed"
        });
        Ok(row)
    });
    let call = asked(&world, STREAMED);
    let reply = run(&call);
    assert_eq!(reply.status, 200);
    assert_eq!(
        call.take_later().len(),
        1,
        "the hint goes out beside the stream"
    );
    let events = events_of(reply);
    let [(name, data)] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(name, "image_generation.completed");
    for (field, value) in [
        ("type", "image_generation.completed"),
        ("b64_json", "cGljdHVyZQ=="),
        ("size", "1024x1024"),
        ("quality", "medium"),
        ("output_format", "png"),
        ("background", "opaque"),
    ] {
        assert_eq!(data[field], value);
    }
}

#[test]
fn a_stream_tells_why_there_is_no_picture() {
    let mut failed = job("failed");
    failed["error_code"] = json!("generation_failed");
    failed["error_message"] = json!("It could not be made.");
    for (row, code) in [
        (failed, "generation_failed"),
        (job("canceled"), "canceled"),
        (job("processing"), "timeout"),
    ] {
        let events = events_of(run(&asked(&world_of(row), STREAMED)));
        let [(name, data)] = &events[..] else {
            panic!("{events:?}")
        };
        assert_eq!(
            (name.as_str(), &data["error"]["code"]),
            ("error", &json!(code))
        );
    }
    let world = with_file(&with_picture(job("completed")));
    world.take_down(Backend::Storage, Fault::Status(503));
    let events = events_of(run(&asked(&world, STREAMED)));
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].1["error"]["code"], "unavailable");
}

#[test]
fn the_longest_wait_stays_within_its_subrequests() {
    let others =
        crate::partial::OTHERS + u32::try_from(ourvidz_core::job_type::MAX_ASSETS).unwrap();
    let sent = others + wait::looks(WAIT_SECONDS) + ourvidz_core::limits::MAX_RETRIES;
    assert!(sent <= MAX_SUBREQUESTS, "{sent}");
}

#[test]
fn what_cannot_succeed_is_not_repeated_by_the_client() {
    let refused = |code: Code| {
        let world = world_of(Value::Null);
        world.on_rpc("enqueue_job", move |_| Err(Raised::from(code)));
        let reply = run(&asked(&world, BODY));
        (reply.status, header(&reply, "x-should-retry").unwrap())
    };
    assert_eq!(
        refused(Code::InsufficientCredits),
        (429, "false".to_owned())
    );
    assert_eq!(refused(Code::SpendingLimit), (429, "false".to_owned()));
    assert_eq!(refused(Code::QueueFull), (503, "true".to_owned()));
}

#[test]
fn a_picture_that_is_sent_along_is_told_where_to_go() {
    let world = world_of(Value::Null);
    for path in ["/v1/images/edits", "/v1/images/variations"] {
        let mut call = asked(&world, "");
        call.incoming.path = path.into();
        let reply = run(&call);
        assert_eq!(reply.status, 404);
        let message = json_of(reply)["error"]["message"].to_string();
        assert!(message.contains("/api/references"), "{message}");
    }
    let large = json_of(refuse(&Code::PayloadTooLarge.into(), "r-1"));
    assert!(
        large["error"]["message"]
            .to_string()
            .contains("/api/references")
    );
}

#[test]
fn every_refusal_is_in_openai_s_form() {
    let world = world_of(Value::Null);
    for (method, path, status) in [
        ("GET", PATH, 405),
        ("POST", "/v1/models", 405),
        ("GET", "/v1/models/dall-e-3", 404),
        ("POST", "/v1/chat/completions", 404),
        ("GET", "/v1", 404),
    ] {
        let mut call = asked(&world, BODY);
        (call.incoming.method, call.incoming.path) = (method.into(), path.into());
        let reply = run(&call);
        assert_eq!(reply.status, status, "{path}");
        let error = json_of(reply)["error"].clone();
        assert!(
            error["message"].is_string() && error["type"].is_string() && error["code"].is_string()
        );
    }
}

#[test]
fn nobody_without_a_proof_gets_anything() {
    let world = world_of(Value::Null);
    let unknown = api_key::fresh(&Moment::new(0, [9; 32]));
    world.on_rpc("use_api_key", |_| Ok(Value::Null));
    for headers in [
        vec![],
        vec![("authorization", "Bearer sk-openai".to_owned())],
        vec![("authorization", format!("Bearer {unknown}"))],
    ] {
        for path in [PATH, "/v1/models", "/v1/models/sdxl_image_fast"] {
            let mut call = asked(&world, BODY);
            call.incoming
                .headers
                .retain(|(name, _)| *name != "authorization");
            call.incoming.headers.extend(headers.clone());
            call.incoming.path = path.into();
            if path != PATH {
                call.incoming.method = "GET".into();
            }
            let reply = run(&call);
            assert_eq!(reply.status, 401, "{path}");
            assert_eq!(json_of(reply)["error"]["code"], "invalid_api_key");
        }
    }
    assert_eq!(world.trips(Backend::Redis), 0);
}
