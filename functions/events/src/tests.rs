//! Golden files: rows in, frames out. Then streams against a database that breaks.

mod step_previews;
mod tickets;

use std::cell::Cell;
use std::rc::Rc;

use futures_util::StreamExt as _;
use ourvidz_core::Code;
use ourvidz_core::limits::{MAX_RETRIES, MAX_SUBREQUESTS};
use ourvidz_edge::Call;
use ourvidz_edge::reply::Body;
use ourvidz_edge::testing::{get, golden};
use ourvidz_rest::Backend;
use ourvidz_rest::fakes::{Fault, World};
use serde_json::{Value, json};

use crate::{events, poll_schedule};

const JOB_STREAM: &str = "/api/jobs/22222222-2222-4222-8222-222222222222/events";

/// A world with one job whose events are these; every stream reads behind its own position.
fn world(rows: Value) -> World {
    let world = World::new();
    world.on_rpc("my_job", |_| {
        let text = include_str!("../../../tests/fixtures/api/job_completed.request.json");
        Ok(serde_json::from_str(text).unwrap())
    });
    world.on_rpc("my_events", move |query| {
        let behind = rows.as_array().unwrap().iter();
        let Some(after) = query["p_after"].as_u64() else {
            return Ok(behind.last().cloned().into_iter().collect());
        };
        Ok(behind
            .filter(|row| row["cursor"].as_u64().unwrap() > after)
            .cloned()
            .collect())
    });
    world
}

/// Everything that a stream says until it ends itself.
fn read(call: &Call<World>) -> Vec<String> {
    let reply = pollster::block_on(events(call)).unwrap_or_else(|error| panic!("{error:?}"));
    let Body::Stream { chunks, .. } = reply.body else {
        panic!("a stream")
    };
    let frames: Vec<Vec<u8>> = pollster::block_on(chunks.collect());
    frames
        .into_iter()
        .map(|frame| String::from_utf8(frame).unwrap())
        .collect()
}

#[test]
fn golden_files() {
    golden("events", |_, rows| {
        let frames = read(&get(&world(rows), JOB_STREAM, &[]));
        vec![("reply", json!(frames))]
    });
}

#[test]
fn a_stream_goes_on_behind_the_position() {
    let rows = serde_json::from_str(include_str!(
        "../../../tests/fixtures/events/a_job.request.json"
    ))
    .unwrap();
    let frames = read(&get(&world(rows), JOB_STREAM, &[("after", "2")]));
    assert_eq!(
        frames.len(),
        2,
        "the opening and the last event: {frames:?}"
    );
}

#[test]
fn a_stream_that_begins_with_the_latest_says_where_that_is_and_tells_no_past() {
    let rows = json!([event(1, "queued"), event(2, "processing")]);
    let frames = read(&get(&world(rows), "/api/events", &[("after", "latest")]));
    assert_eq!(frames[1], "id: 2\n\n");
    assert!(
        frames[2..].iter().all(|frame| frame.starts_with(": ")),
        "{frames:?}"
    );

    let nothing = read(&get(
        &world(json!([])),
        "/api/events",
        &[("after", "latest")],
    ));
    assert_eq!(nothing[1], "id: 0\n\n");

    let ended = json!([event(1, "queued"), event(2, "failed")]);
    let frames = read(&get(&world(ended), JOB_STREAM, &[("after", "latest")]));
    assert_eq!(frames.len(), 2, "nothing can follow: {frames:?}");
}

fn event(cursor: u64, kind: &str) -> Value {
    json!({
        "cursor": cursor, "job_id": "22222222-2222-4222-8222-222222222222", "seq": cursor,
        "kind": kind, "data": {}, "created_at": "2026-01-01T00:00:00Z",
    })
}

#[test]
fn a_stream_without_an_end_ends_itself_within_the_runtimes_limit() {
    let world = world(json!([]));
    let frames = read(&get(&world, "/api/events", &[]));
    assert!(frames[0].starts_with("retry: "));
    assert!(
        frames[1..].iter().all(|frame| frame.starts_with(": ")),
        "only comments: {frames:?}"
    );
    assert_eq!(
        world.trips(Backend::Database),
        poll_schedule::MAX_POLLS as usize
    );
}

#[test]
fn the_longest_stream_stays_within_its_subrequests() {
    let world = world(json!([]));
    for _ in 0..MAX_RETRIES {
        world.stumble(Backend::Database, Fault::BeforeWrite);
    }
    read(&get(&world, JOB_STREAM, &[]));
    // The keys of tokens may have to be fetched.
    assert_eq!(world.sent().len() + 1, MAX_SUBREQUESTS as usize);
}

#[test]
fn a_busy_stream_pauses_between_two_reads_too() {
    let world = world(json!([]));
    let reads = Rc::new(Cell::new(0u64));
    let counted = Rc::clone(&reads);
    world.on_rpc("my_events", move |_| {
        counted.set(counted.get() + 1);
        Ok(json!([{
            "cursor": counted.get(), "job_id": "22222222-2222-4222-8222-222222222222", "seq": counted.get(),
            "kind": "progress", "data": {}, "created_at": "2026-01-01T00:00:00Z",
        }]))
    });
    read(&get(&world, "/api/events", &[]));
    let pauses = u32::try_from(reads.get()).unwrap() - 1;
    assert!(
        world.paused_ms() >= pauses * 400,
        "{} ms in {pauses} pauses",
        world.paused_ms()
    );
}

#[test]
fn a_read_that_fails_ends_the_stream_so_that_the_browser_resumes() {
    let world = world(json!([]));
    let reads = Rc::new(Cell::new(0));
    let counted = Rc::clone(&reads);
    let breaking = world.clone();
    world.on_rpc("my_events", move |_| {
        counted.set(counted.get() + 1);
        if counted.get() == 3 {
            breaking.take_down(Backend::Database, Fault::Status(503));
        }
        Ok(json!([]))
    });
    read(&get(&world, "/api/events", &[]));
    assert_eq!(reads.get(), 3);
}

#[test]
fn a_job_of_somebody_else_has_no_stream() {
    let world = world(json!([]));
    world.on_rpc("my_job", |_| Ok(Value::Null));
    let refusal = pollster::block_on(events(&get(&world, JOB_STREAM, &[])))
        .err()
        .unwrap();
    assert_eq!(refusal.code, Code::NotFound);
}
