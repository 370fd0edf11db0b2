//! Golden files: a row in, the owner's view out. Then what the reading endpoints refuse.

mod account;
mod api_keys;
mod library;
mod operations;
mod webhooks;

use std::rc::Rc;

use ourvidz_core::Code;
use ourvidz_edge::testing::{TOKEN, answer_of, get, golden, json_of, post, settings};
use ourvidz_edge::{Reply, Settings};
use ourvidz_rest::Backend;
use ourvidz_rest::fakes::World;
use serde_json::{Value, json};

use crate::api;

const JOB: &str = "/api/jobs/22222222-2222-4222-8222-222222222222";

fn world_with(job: Value) -> World {
    let world = World::new();
    world.on_rpc("my_job", move |_| Ok(job.clone()));
    world
}

#[test]
fn golden_files() {
    golden("api", |_, row| {
        let world = world_with(row);
        vec![(
            "reply",
            answer_of(pollster::block_on(api(&get(&world, JOB, &[])))),
        )]
    });
}

#[test]
fn a_page_says_whether_there_is_a_next_one_and_the_next_one_begins_behind_it() {
    let row: Value = serde_json::from_str(include_str!(
        "../../../tests/fixtures/api/job_waiting.request.json"
    ))
    .unwrap();
    let world = World::new();
    world.on_rpc("my_jobs", move |query| {
        let rows = query["p_limit"].as_u64().unwrap() as usize;
        Ok(json!(vec![row.clone(); rows]))
    });
    let page =
        json_of(pollster::block_on(api(&get(&world, "/api/jobs", &[("limit", "2")]))).unwrap());
    assert_eq!(page["items"].as_array().map(Vec::len), Some(2));
    let cursor = page["nextCursor"].as_str().unwrap();
    pollster::block_on(api(&get(&world, "/api/jobs", &[("cursor", cursor)]))).unwrap();
    let asked: Value = serde_json::from_slice(world.sent()[1].body.as_deref().unwrap()).unwrap();
    assert_eq!(asked["p_before"], "2026-01-01T00:00:00Z");
    assert_eq!(asked["p_before_id"], "22222222-2222-4222-8222-222222222222");
}

#[test]
fn a_job_that_runs_cannot_be_ordered_again() {
    let row = serde_json::from_str(include_str!(
        "../../../tests/fixtures/api/job_waiting.request.json"
    ))
    .unwrap();
    let world = world_with(row);
    let bearer = format!("Bearer {TOKEN}");
    let call = post(
        &world,
        &format!("{JOB}/retry"),
        &[("authorization", &bearer)],
        "",
    );
    let refusal = pollster::block_on(api(&call)).err().unwrap();
    assert_eq!(refusal.code, Code::StateConflict);
    assert_eq!(world.trips(Backend::Redis), 0);
}

#[test]
fn a_job_without_an_id_is_no_list() {
    let world = World::new();
    world.on_rpc("my_jobs", |_| Ok(json!([])));
    let refusal = |path| pollster::block_on(api(&get(&world, path, &[]))).err();
    for path in ["/api/jobs/", "/api/jobs//", "/functions/v1/api/jobs/"] {
        assert_eq!(
            refusal(path).map(|error| error.code),
            Some(Code::NotFound),
            "{path}"
        );
    }
}

#[test]
fn an_unknown_address_is_a_page_for_people_and_an_error_for_programs() {
    let world = World::new();
    let answer = |path, accept: &str| {
        let mut call = get(&world, path, &[]);
        call.incoming.headers.push(("accept", accept.to_owned()));
        pollster::block_on(api(&call))
    };
    let browser = "text/html,application/xhtml+xml,*/*;q=0.8";
    assert_eq!(answer("/pictures", browser).unwrap().status, 404);
    for (path, accept) in [("/pictures", "*/*"), ("/api/pictures", browser)] {
        assert_eq!(
            answer(path, accept).err().map(|error| error.code),
            Some(Code::NotFound),
            "{path}"
        );
    }
}

#[test]
fn health_names_what_does_not_answer_and_nothing_else() {
    let world = World::new();
    world.on_rpc("edge_health", |_| {
        Ok(json!({ "schema_version": 2, "sweep_seconds": 5 }))
    });
    let deep = || pollster::block_on(api(&get(&world, "/api/health", &[("deep", "1")]))).unwrap();
    assert_eq!(deep().status, 200);
    world.take_down(Backend::Redis, ourvidz_rest::fakes::Fault::Status(500));
    let sick = deep();
    assert_eq!(sick.status, 503);
    let body = json_of(sick);
    assert_eq!(
        (body["database"]["ok"].clone(), body["redis"]["ok"].clone()),
        (json!(true), json!(false))
    );
}

#[test]
fn a_database_may_be_one_schema_ahead_and_no_further_and_never_behind() {
    let health_at = |version: u32| {
        let world = World::new();
        world.on_rpc("edge_health", move |_| {
            Ok(json!({ "schema_version": version, "sweep_seconds": null }))
        });
        let answer = pollster::block_on(api(&get(&world, "/api/health", &[("deep", "1")])));
        answer.map(|reply| reply.status).map_err(|error| error.code)
    };
    assert_eq!([2, 3].map(health_at), [Ok(200), Ok(200)]);
    assert_eq!([1, 4].map(health_at), [Err(Code::Misconfigured); 2]);
}

#[test]
fn a_user_who_asks_without_end_is_told_when_to_come_back() {
    let row = serde_json::from_str(include_str!(
        "../../../tests/fixtures/api/job_waiting.request.json"
    ))
    .unwrap();
    let world = world_with(row);
    let ask = || {
        let mut call = get(&world, JOB, &[]);
        call.settings = Rc::new(Settings {
            requests_per_minute: 3,
            ..settings()
        });
        pollster::block_on(api(&call))
    };
    for _ in 0..3 {
        assert_eq!(ask().unwrap().status, 200);
    }
    let trips = world.trips(Backend::Database);
    let refusal = ask().err().unwrap();
    assert_eq!(refusal.code, Code::RateLimited);
    assert_eq!(
        world.trips(Backend::Database),
        trips,
        "refusing costs nothing"
    );
    let headers = Reply::error(&refusal, "r").headers;
    for (name, value) in [
        ("retry-after", "20"),
        ("ratelimit-policy", "\"requests\";q=3;w=60"),
        ("ratelimit", "\"requests\";r=0;t=20"),
    ] {
        assert!(
            headers.contains(&(name, value.to_owned())),
            "{name}: {headers:?}"
        );
    }
}

#[test]
fn a_retry_that_was_known_says_so() {
    let row: Value = serde_json::from_str(include_str!(
        "../../../tests/fixtures/api/job_failed.request.json"
    ))
    .unwrap();
    let world = world_with(row);
    world.on_rpc("enqueue_job", |order| {
        Ok(json!({
            "replayed": true,
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
    let bearer = format!("Bearer {TOKEN}");
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", "k")];
    let call = post(&world, &format!("{JOB}/retry"), &headers, "");
    let reply = pollster::block_on(api(&call)).unwrap();
    let replayed = ("idempotency-replayed", "true".to_owned());
    assert!(reply.headers.contains(&replayed));
}

#[test]
fn a_cancel_that_only_asks_says_so_to_the_database() {
    let world = World::new();
    world.on_rpc("cancel_job", |parameters| {
        assert_eq!(parameters["p_dry_run"], true);
        Ok(json!({
            "status": "processing", "cancel_requested": false, "cancel_cost": 6, "charged": 6, "released": 0,
        }))
    });
    let bearer = format!("Bearer {TOKEN}");
    let path = format!("{JOB}/cancel");
    let cancel = |body: &str| {
        let call = post(&world, &path, &[("authorization", &bearer)], body);
        pollster::block_on(api(&call))
    };
    let answer = json_of(cancel(r#"{"dryRun":true}"#).unwrap());
    assert_eq!(
        (&answer["dryRun"], &answer["cancelCost"], &answer["charged"]),
        (&json!(true), &json!(6), &json!(6))
    );
    for body in [
        r#"{"dryRun":1}"#,
        r#"{"dryrun":true}"#,
        r#"{"dryRun":true,"dryRun":false}"#,
    ] {
        assert_eq!(
            cancel(body).err().unwrap().code,
            Code::InvalidRequest,
            "{body}"
        );
    }
}
