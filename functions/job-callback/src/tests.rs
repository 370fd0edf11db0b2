//! The handler against rows that change, objects that are missing, and answers that get lost.

mod snapshots;
mod step_previews;
mod webhooks;

use std::cell::Cell;
use std::rc::Rc;

use ourvidz_core::fingerprint::sha256_hex;
use ourvidz_core::limits::MAX_SUBREQUESTS;
use ourvidz_core::{ApiError, Code};
use ourvidz_edge::reply::Body;
use ourvidz_edge::testing::{NOW_MS, USER, WORKER_SECRET, post, settings};
use ourvidz_edge::{Call, Settings};
use ourvidz_rest::Backend;
use ourvidz_rest::fakes::{Fault, World};
use ourvidz_sign::webhook::{self, Secret};
use serde_json::{Value, json};

use crate::job_callback;

const JOB: &str = "22222222-2222-4222-8222-222222222222";
const LEASE: &str = "33333333-3333-4333-8333-333333333333";
const KEY: &str =
    "11111111-1111-4111-8111-111111111111/22222222-2222-4222-8222-222222222222_1_0.png";

/// A world with one WAN picture that a worker holds.
fn world() -> World {
    world_with(false)
}

/// The same, where perhaps somebody's server waits to hear of its end.
fn world_with(webhook: bool) -> World {
    let world = World::new();
    world.open_storage(settings().storage, NOW_MS);
    world.on_rpc("job_for_settlement", move |_| Ok(job_as_it_stands(webhook)));
    world.on_rpc("settle_job", |_| {
        Ok(json!({ "outcome": "ok", "charged": 1, "released": 0, "version": 6 }))
    });
    world
}

fn job_as_it_stands(webhook: bool) -> Value {
    json!({
        "job": {
            "id": JOB, "user_id": USER, "job_type": "image_fast", "status": "processing",
            "attempt": 1, "version": 5, "progress": 10, "num_assets": 1, "webhook": webhook,
            "cancel_requested": false, "metadata": {}, "created_at": "2026-01-01T00:00:00Z",
        },
        "prompt": "a red fox",
        "assets": [{ "id": USER, "image_index": 0, "status": "processing", "url": null }],
        "lease": { "lease_id": LEASE, "attempt": 1, "worker_id": "w", "until_ms": NOW_MS + 30_000 },
        "settled": [],
    })
}

fn completed() -> String {
    json!({
        "job_id": JOB, "status": "completed", "attempt": 1, "leaseId": LEASE, "worker_id": "w",
        "assets": [KEY],
    })
    .to_string()
}

fn signed(world: &World, body: &str) -> Call<World> {
    let secret = Secret::parse(WORKER_SECRET).unwrap();
    let timestamp = NOW_MS / 1000;
    let signature = webhook::sign(&secret, "m-1", timestamp, body.as_bytes());
    let timestamp = timestamp.to_string();
    let headers = [
        ("webhook-id", "m-1"),
        ("webhook-timestamp", timestamp.as_str()),
        ("webhook-signature", signature.as_str()),
    ];
    post(world, "/functions/v1/job-callback", &headers, body)
}

fn report(world: &World, body: &str) -> Result<Value, ApiError> {
    let reply = pollster::block_on(job_callback(&signed(world, body)))?;
    let Body::Whole { bytes, .. } = reply.body else {
        panic!("a whole body")
    };
    Ok(serde_json::from_slice(&bytes).unwrap())
}

#[test]
fn a_result_is_read_looked_at_and_written() {
    let world = world();
    world.put_object("image_fast", KEY, "image/png", &[1; 10]);
    assert_eq!(report(&world, &completed()).unwrap()["success"], true);
    assert_eq!(
        (
            world.trips(Backend::Database),
            world.trips(Backend::Storage)
        ),
        (2, 1)
    );
}

#[test]
fn a_result_without_its_object_writes_nothing() {
    let missing = world();
    let empty = world();
    empty.put_object("image_fast", KEY, "image/png", &[]);
    let other = world();
    other.put_object("image_fast", KEY, "text/html", &[1; 10]);
    let large = world();
    large.put_object(
        "image_fast",
        KEY,
        "image/png",
        &vec![1; 5 * 1024 * 1024 + 1],
    );
    for world in [missing, empty, other, large] {
        assert_eq!(
            report(&world, &completed()).unwrap_err().code,
            Code::InvalidAsset
        );
        assert!(
            world
                .sent()
                .iter()
                .all(|request| !request.url.ends_with("/settle_job"))
        );
    }
}

#[test]
fn where_objects_lie_elsewhere_none_is_looked_at() {
    let world = world();
    let mut call = signed(&world, &completed());
    call.settings = Rc::new(Settings {
        asset_check: false,
        ..settings()
    });
    assert_eq!(pollster::block_on(job_callback(&call)).unwrap().status, 200);
    assert_eq!(world.trips(Backend::Storage), 0);
}

#[test]
fn the_log_tells_what_became_of_the_job_and_none_of_its_texts() {
    let world = world();
    world.put_object("image_fast", KEY, "image/png", &[1; 10]);
    let call = signed(&world, &completed());
    pollster::block_on(job_callback(&call)).unwrap();
    let notes = Value::Object(call.notes().clone());
    assert_eq!(
        notes,
        json!({
            "jobId": JOB, "report": "completed", "workerId": "w", "attempt": 1,
            "jobStatus": "completed", "charged": 1, "released": 0,
        })
    );
}

#[test]
fn only_who_holds_the_attempt_is_told_where_to_upload() {
    let world = world();
    world.put_object("image_fast", KEY, "image/png", &[1; 10]);
    let uploads = |status: &str| {
        let mut report: Value = serde_json::from_str(&completed()).unwrap();
        report["status"] = status.into();
        report["uploadRequests"] =
            json!([{ "index": 0, "role": "image", "contentType": "image/png", "bytes": 9 }]);
        super::tests::report(&world, &report.to_string()).unwrap()["uploads"].clone()
    };
    assert_eq!(uploads("processing").as_array().map(Vec::len), Some(1));
    for ended in ["completed", "failed", "released"] {
        assert_eq!(uploads(ended), Value::Null, "{ended}");
    }
}

#[test]
fn what_the_object_is_is_kept_with_its_asset() {
    let world = world();
    world.put_object("image_fast", KEY, "image/png", &[1; 10]);
    report(&world, &completed()).unwrap();
    let sent = world.sent();
    let settled = sent.iter().find(|sent| sent.url.ends_with("/settle_job"));
    let body = settled.and_then(|sent| sent.body.as_deref()).unwrap();
    let metadata = &serde_json::from_slice::<Value>(body).unwrap()["p_assets"][0]["metadata"];
    assert_eq!(metadata["bytes"], 10);
    assert_eq!(metadata["etag"], sha256_hex(&[1; 10]));
}

#[test]
fn a_storage_that_does_not_answer_makes_the_worker_try_again() {
    let world = world();
    world.take_down(Backend::Storage, Fault::Status(500));
    let error = report(&world, &completed()).unwrap_err();
    assert!(error.code.status() >= 500 && error.code.retryable());
    assert!(
        world
            .sent()
            .iter()
            .all(|request| !request.url.ends_with("/settle_job"))
    );
}

#[test]
fn a_row_that_changed_meanwhile_is_read_and_decided_anew() {
    let world = world();
    world.put_object("image_fast", KEY, "image/png", &[1; 10]);
    let tries = Rc::new(Cell::new(0));
    let counted = Rc::clone(&tries);
    world.on_rpc("settle_job", move |_| {
        counted.set(counted.get() + 1);
        let outcome = if counted.get() < 3 { "conflict" } else { "ok" };
        Ok(json!({ "outcome": outcome, "charged": 0, "released": 0 }))
    });
    assert_eq!(report(&world, &completed()).unwrap()["success"], true);
    assert_eq!(tries.get(), 3);
}

#[test]
fn a_row_that_changes_for_ever_does_not_hold_the_request_for_ever() {
    let world = world();
    world.put_object("image_fast", KEY, "image/png", &[1; 10]);
    world.on_rpc("settle_job", |_| {
        Ok(json!({ "outcome": "conflict", "charged": 0, "released": 0 }))
    });
    let error = report(&world, &completed()).unwrap_err();
    assert_eq!(error.code, Code::Unavailable, "the worker keeps its report");
    assert_eq!(
        world.trips(Backend::Storage),
        1,
        "an object is looked at once"
    );
    // A batch has eleven more to look at, each perhaps twice.
    assert!(world.sent().len() + 23 <= MAX_SUBREQUESTS as usize);
}

#[test]
fn a_job_that_nobody_knows_is_dropped() {
    let world = world();
    world.on_rpc("job_for_settlement", |_| Ok(Value::Null));
    assert_eq!(
        report(&world, &completed()).unwrap_err().code,
        Code::NotFound
    );
}

#[test]
fn a_report_of_another_lease_is_answered_and_changes_nothing() {
    let world = world();
    let stranger = completed().replace(LEASE, JOB);
    let body = report(&world, &stranger).unwrap();
    assert_eq!(body["ignored"], true);
    assert_eq!(world.trips(Backend::Database), 1);
}

#[test]
fn nobody_reports_without_a_proof() {
    let world = world();
    let call = post(&world, "/functions/v1/job-callback", &[], &completed());
    assert_eq!(
        pollster::block_on(job_callback(&call)).err().unwrap().code,
        Code::Unauthorized
    );
    assert!(world.sent().is_empty());
}
