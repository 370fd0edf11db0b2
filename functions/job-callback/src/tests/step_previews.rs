//! Step previews: kept of whoever holds the job, behind the answer, and never at the price of a heartbeat.

use super::*;

/// The least that begins and ends as a JPEG.
const IMAGE: &str = "/9j//9k=";
const KEY_OF_FIRST: &str = "ourvidz:step_preview:22222222-2222-4222-8222-222222222222:0";

/// A world where heartbeats end so, of a job that has three pictures.
fn beating(outcome: &'static str) -> World {
    let world = World::new();
    world.on_rpc("heartbeat_job", move |_| {
        Ok(json!({
            "outcome": outcome, "user_id": USER, "job_type": "sdxl_image_fast", "num_assets": 3,
            "status": "processing", "attempt": 1, "claim": 1, "lease_id": LEASE,
            "lease_until_ms": NOW_MS + 30_000, "cancel_requested": false,
        }))
    });
    world
}

fn heartbeat(previews: &Value) -> String {
    json!({
        "job_id": JOB, "status": "processing", "attempt": 1, "leaseId": LEASE, "worker_id": "w",
        "progress": 30, "stepPreviews": previews,
    })
    .to_string()
}

/// Sends it. The commands that Redis got after the answer, none of which it waited for.
fn kept(world: &World, body: &str) -> Vec<Value> {
    let call = signed(world, body);
    assert!(pollster::block_on(job_callback(&call)).is_ok());
    assert_eq!(world.trips(Backend::Redis), 0, "nobody waits for them");
    assert_eq!(world.trips(Backend::Database), 1);
    for work in call.take_later() {
        pollster::block_on(work);
    }
    let sent = world.sent().into_iter();
    let requests = sent.filter(|request| request.backend == Backend::Redis);
    requests
        .flat_map(|request| {
            assert!(request.url.ends_with("/pipeline"), "one round trip");
            serde_json::from_slice::<Vec<Value>>(&request.body.unwrap()).unwrap()
        })
        .collect()
}

fn told(world: &World) -> Value {
    let sent = world.sent().into_iter();
    let body = sent.filter_map(|sent| sent.url.ends_with("/heartbeat_job").then_some(sent.body?));
    let body: Vec<_> = body.collect();
    serde_json::from_slice::<Value>(&body[0]).unwrap()["p_step_preview"].clone()
}

#[test]
fn they_are_kept_for_two_minutes() {
    let world = beating("ok");
    let previews = json!([{ "index": 0, "image": IMAGE }, { "index": 2, "image": IMAGE }]);
    let kept = kept(&world, &heartbeat(&previews));
    let second = KEY_OF_FIRST.replace(":0", ":2");
    assert_eq!(
        kept,
        [
            json!(["SET", KEY_OF_FIRST, IMAGE, "EX", "120"]),
            json!(["SET", second, IMAGE, "EX", "120"]),
        ]
    );
    assert_eq!(told(&world), true);
}

#[test]
fn of_a_stale_lease_or_an_ended_job_none_is_kept() {
    for outcome in ["stale", "terminal"] {
        let world = beating(outcome);
        let previews = json!([{ "index": 0, "image": IMAGE }]);
        assert!(kept(&world, &heartbeat(&previews)).is_empty(), "{outcome}");
    }
}

#[test]
fn what_is_none_of_the_job_s_is_left_out_and_the_heartbeat_counts() {
    for wrong in [
        json!({ "index": 3, "image": IMAGE }),
        json!({ "index": 6, "image": IMAGE }),
        json!({ "index": 0, "image": "bm8ganBlZw==" }),
        json!({ "index": 0, "image": "/9j/".repeat(5_000) }),
    ] {
        let world = beating("ok");
        assert!(
            kept(&world, &heartbeat(&json!([wrong]))).is_empty(),
            "{wrong}"
        );
    }
    let world = beating("ok");
    kept(&world, &heartbeat(&json!("none")));
    assert_eq!(told(&world), Value::Null);
}

#[test]
fn without_redis_a_heartbeat_is_what_it_was() {
    let world = beating("ok");
    world.take_down(Backend::Redis, Fault::Status(503));
    let previews = json!([{ "index": 0, "image": IMAGE }]);
    kept(&world, &heartbeat(&previews));
    assert_eq!(world.trips(Backend::Redis), 1, "asked once");
}

#[test]
fn with_a_settlement_none_is_kept() {
    let world = world();
    world.put_object("image_fast", KEY, "image/png", &[1; 10]);
    let mut body: Value = serde_json::from_str(&completed()).unwrap();
    body["status"] = "processing".into();
    body["stepPreviews"] = json!([{ "index": 0, "image": IMAGE }]);
    let call = signed(&world, &body.to_string());
    assert!(pollster::block_on(job_callback(&call)).is_ok());
    for work in call.take_later() {
        pollster::block_on(work);
    }
    assert_eq!(world.trips(Backend::Redis), 0);
}
