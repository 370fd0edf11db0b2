//! What operators do: who may, and what a redrive does when one of its jobs cannot be ordered.

use ourvidz_core::Code;
use ourvidz_core::limits::{MAX_REDRIVEN_JOBS, MAX_RETRIES, MAX_SUBREQUESTS};
use ourvidz_edge::reply::Body;
use ourvidz_edge::testing::{NOW_MS, TOKEN, USER, get, json_of, post, settings};
use ourvidz_rest::Backend;
use ourvidz_rest::fakes::{Fault, Raised, World};
use serde_json::{Value, json};

use crate::api;

fn operate(world: &World, action: &str, body: &Value) -> Result<Value, Code> {
    let secret = settings().admin_secret.unwrap();
    let headers = [
        ("x-admin-secret", secret.as_str()),
        ("content-type", "application/json"),
    ];
    let call = post(
        world,
        &format!("/api/admin/{action}"),
        &headers,
        &body.to_string(),
    );
    let result = pollster::block_on(api(&call)).map(json_of);
    for work in call.take_later() {
        pollster::block_on(work);
    }
    result.map_err(|error| error.code)
}

#[test]
fn the_address_for_reports_is_served_with_a_date_to_come() {
    let world = World::new();
    let call = get(&world, "/.well-known/security.txt", &[]);
    let reply = pollster::block_on(api(&call)).unwrap();
    let Body::Whole { bytes, .. } = reply.body else {
        panic!("a text");
    };
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.starts_with("Contact: mailto:security@edge.test\nExpires: 2026-01-31T00:00:00"));
}

fn failed_job(number: u8, policy: bool) -> Value {
    let mut row: Value = serde_json::from_str(include_str!(
        "../../../../tests/fixtures/api/job_failed.request.json"
    ))
    .unwrap();
    row["id"] = json!(format!("22222222-2222-4222-8222-2222222222{number:02}"));
    row["user_id"] = json!(USER);
    row["completed_at"] = json!("2026-01-01T00:00:00Z");
    if policy {
        row["prompt"] = json!("nsfw, child");
    }
    row
}

/// A world in which every order is taken, and these jobs have failed.
fn world_with(jobs: Vec<Value>) -> World {
    let world = World::new();
    world.on_rpc("admin_redrive", move |_| Ok(json!(jobs)));
    world.on_rpc("record_policy_event", |_| Ok(Value::Null));
    world.on_rpc("redrive_job", |redrive| Ok(enqueued(&redrive["p_order"])));
    world
}

fn enqueued(order: &Value) -> Value {
    json!({
        "replayed": false,
        "job": {
            "id": order["p_job_id"], "user_id": order["p_user_id"], "job_type": order["p_job_type"],
            "status": "queued", "attempt": 1, "version": 1, "progress": 0,
            "num_assets": order["p_num_assets"], "cancel_requested": false,
            "metadata": order["p_metadata"], "created_at": "2026-01-01T00:00:00Z",
        },
        "images": [], "video": null,
        "position": 1, "eta_seconds": 15, "queue_length": 1, "remaining": 119, "reset_seconds": 60,
    })
}

/// A picture of one pixel.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0crc!";
const TYPES: [&str; 3] = ["style", "composition", "character"];

fn key_of(kind: &str) -> String {
    format!("{USER}/{kind}.png")
}

fn with_references(number: u8) -> Value {
    let mut row = failed_job(number, false);
    let reference = |kind: &&str| json!({ "type": kind, "bucket": "reference_images", "key": key_of(kind), "strength": 0.5 });
    row["metadata"]["references"] = TYPES.iter().map(reference).collect();
    row
}

fn bodies_of(world: &World, function: &str) -> Vec<Value> {
    world
        .sent()
        .iter()
        .filter(|request| request.url.ends_with(&format!("/rpc/{function}")))
        .map(|request| serde_json::from_slice(request.body.as_deref().unwrap()).unwrap())
        .collect()
}

#[test]
fn a_redrive_orders_and_grants_in_one_call_a_job() {
    let world = world_with(vec![failed_job(1, false), failed_job(2, false)]);
    let answer = operate(&world, "redrive", &json!({ "queue": "sdxl_queue" })).unwrap();
    assert_eq!(answer["skipped"], json!([]));
    let redriven = answer["redriven"].as_array().unwrap();
    assert_ne!(redriven[0]["new_job_id"], redriven[1]["new_job_id"]);
    let orders = bodies_of(&world, "redrive_job");
    assert_eq!(orders.len(), 2);
    for order in &orders {
        assert_eq!(
            order["p_order"]["p_user_id"], USER,
            "it is still its owner's job"
        );
        assert_eq!(order["p_order"]["p_idempotency_key"], Value::Null);
    }
    assert_eq!(orders[0]["p_order"]["p_retry_of"], redriven[0]["job_id"]);
    assert!(bodies_of(&world, "enqueue_job").is_empty());
    assert_eq!(world.trips(Backend::Redis), 2);
}

#[test]
fn one_job_that_cannot_be_ordered_does_not_stop_the_others() {
    let world = world_with(vec![failed_job(1, true), failed_job(2, false)]);
    let answer = operate(&world, "redrive", &json!({ "queue": "sdxl_queue" })).unwrap();
    assert_eq!(answer["skipped"][0]["code"], "content_policy");
    assert_eq!(answer["redriven"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        bodies_of(&world, "redrive_job").len(),
        1,
        "nothing for what is refused"
    );
}

#[test]
fn a_page_of_a_redrive_says_whether_more_have_failed() {
    let world = world_with((1..=11).map(|number| failed_job(number, false)).collect());
    let answer = operate(&world, "redrive", &json!({ "queue": "sdxl_queue" })).unwrap();
    assert_eq!(
        answer["redriven"].as_array().map(Vec::len),
        Some(MAX_REDRIVEN_JOBS as usize)
    );
    assert!(answer["nextCursor"].is_string());
}

#[test]
fn the_longest_redrive_stays_within_its_subrequests() {
    let world = world_with((1..=11).map(with_references).collect());
    world.open_storage(settings().storage, NOW_MS);
    for kind in TYPES {
        world.put_object("reference_images", &key_of(kind), "image/png", PNG);
    }
    world.on_rpc("redrive_job", |redrive| {
        let order = &redrive["p_order"];
        let is_seen = |seen: &Value| seen["width"] == 1;
        if order["p_seen"].as_array().unwrap().iter().all(is_seen) {
            return Ok(enqueued(order));
        }
        Err(Raised {
            code: Code::StateConflict,
            details: json!({ "unseen": [0, 1, 2] }),
        })
    });
    for _ in 0..MAX_RETRIES {
        world.stumble(Backend::Storage, Fault::BeforeWrite);
    }
    let answer = operate(&world, "redrive", &json!({ "queue": "sdxl_queue" })).unwrap();
    assert_eq!(answer["skipped"], json!([]));
    let jobs = MAX_REDRIVEN_JOBS as usize;
    assert_eq!(answer["redriven"].as_array().map(Vec::len), Some(jobs));
    assert_eq!(
        world.trips(Backend::Storage),
        jobs * 3 + MAX_RETRIES as usize
    );
    let sent = world.sent().len();
    // The keys of an administrator's token may have to be fetched.
    assert!(sent < MAX_SUBREQUESTS as usize, "{sent}");
}

#[test]
fn operators_are_named_in_what_they_do() {
    let world = World::new();
    world.on_rpc("admin_pause", |_| Ok(Value::Null));
    world.on_rpc("admin_expedite", |_| Ok(Value::Null));
    world.on_rpc("admin_purge", |_| {
        Ok(json!({ "canceled": 2, "released": 6, "remaining": 0 }))
    });
    let answer = operate(&world, "pause", &json!({ "queue": "wan_queue" })).unwrap();
    assert_eq!(answer["paused"], true);
    assert_eq!(
        operate(&world, "resume", &json!({ "worker_id": "w" })).unwrap()["paused"],
        false
    );
    let purged = operate(&world, "purge", &json!({ "queue": "wan_queue" })).unwrap();
    assert_eq!(
        (&purged["canceled"], &purged["released"]),
        (&json!(2), &json!(6))
    );
    let job = json!({ "job_id": failed_job(1, false)["id"] });
    let expedited = operate(&world, "expedite", &job).unwrap();
    assert_eq!(expedited["job_id"], job["job_id"]);
    assert_eq!(expedited["expedited"], true);
    let requests = [
        bodies_of(&world, "admin_pause"),
        bodies_of(&world, "admin_expedite"),
    ];
    for request in requests.concat() {
        assert_eq!(request["p_actor"], "admin-secret");
    }
    world.on_rpc("admin_pause", |_| Err(Raised::from(Code::NotFound)));
    assert_eq!(
        operate(&world, "pause", &json!({ "worker_id": "w" })),
        Err(Code::NotFound)
    );
}

#[test]
fn users_operate_nothing() {
    let world = World::new();
    let bearer = format!("Bearer {TOKEN}");
    for action in [
        "pause",
        "resume",
        "purge",
        "redrive",
        "expedite",
        "redeliver",
    ] {
        let headers = [("authorization", bearer.as_str())];
        let call = post(&world, &format!("/api/admin/{action}"), &headers, "{}");
        assert_eq!(
            pollster::block_on(api(&call)).err().map(|error| error.code),
            Some(Code::Forbidden)
        );
    }
    let reads = ["workers", "jobs", "deliveries", "history"];
    for path in reads.map(|name| format!("/api/admin/{name}")) {
        let refused = pollster::block_on(api(&get(&world, &path, &[]))).err();
        assert_eq!(refused.map(|error| error.code), Some(Code::Forbidden));
    }
    assert_eq!(world.trips(Backend::Database), 0);
}
