//! The handler against backends that break.

use ourvidz_core::limits::{MAX_RETRIES, MAX_SUBREQUESTS, MAX_WAIT_SECONDS};
use ourvidz_core::{Code, Queue};
use ourvidz_edge::reply::Body;
use ourvidz_edge::testing::{NOW_MS, TOKEN, USER, post, settings};
use ourvidz_edge::{Call, Reply};
use ourvidz_rest::fakes::{Fault, Raised, World};
use ourvidz_rest::{Backend, Response};
use serde_json::{Value, json};

use crate::queue_job;

mod references;

const ORDER: &str =
    r#"{"jobType":"sdxl_image_fast","metadata":{"prompt":"a red fox","num_images":3}}"#;

/// A world in which every order is taken.
fn world() -> World {
    let world = World::new();
    world.on_rpc("enqueue_job", |order| Ok(enqueued(order)));
    world.on_rpc("record_policy_event", |_| Ok(Value::Null));
    world
}

fn enqueued(order: &Value) -> Value {
    let images: Vec<Value> = (0..order["p_num_assets"].as_u64().unwrap())
        .map(|index| json!({ "id": USER, "image_index": index }))
        .collect();
    json!({
        "replayed": false,
        "job": {
            "id": order["p_job_id"], "user_id": order["p_user_id"], "job_type": order["p_job_type"],
            "status": "queued", "attempt": 1, "version": 1, "progress": 0,
            "num_assets": order["p_num_assets"], "cancel_requested": false,
            "metadata": order["p_metadata"], "created_at": "2026-01-01T00:00:00Z",
        },
        "images": images, "video": null,
        "position": 1, "eta_seconds": 15, "queue_length": 1, "remaining": 119, "reset_seconds": 60,
    })
}

fn call(world: &World, body: &str) -> Call<World> {
    let bearer = format!("Bearer {TOKEN}");
    post(
        world,
        "/functions/v1/queue-job",
        &[("authorization", &bearer)],
        body,
    )
}

fn json_of(reply: Reply) -> Value {
    let Body::Whole { bytes, .. } = reply.body else {
        panic!("a whole body")
    };
    serde_json::from_slice(&bytes).unwrap()
}

fn run(call: &Call<World>) -> Result<Value, ourvidz_core::ApiError> {
    let result = pollster::block_on(queue_job(call)).map(json_of);
    for work in call.take_later() {
        pollster::block_on(work);
    }
    result
}

#[test]
fn an_order_is_one_call_and_a_hint_afterwards() {
    let world = world();
    let order = call(&world, ORDER);
    let body = pollster::block_on(queue_job(&order)).map(json_of).unwrap();
    assert_eq!(body["queueLength"], 1);
    assert_eq!(
        (world.trips(Backend::Database), world.trips(Backend::Redis)),
        (1, 0),
        "the client waits for one round trip"
    );
    for work in order.take_later() {
        pollster::block_on(work);
    }
    assert_eq!(
        (world.trips(Backend::Database), world.trips(Backend::Redis)),
        (1, 1)
    );
    let [hint] = &world.hints(Queue::SdxlQueue)[..] else {
        panic!("one hint")
    };
    assert_eq!(hint["id"], body["job"]["id"]);
    assert_eq!(
        hint["callback"]["url"],
        "http://edge.test/functions/v1/job-callback"
    );
    assert_eq!(
        hint["keys"].as_array().map(Vec::len),
        Some(6),
        "a picture and a thumbnail each"
    );
    let text = hint.to_string();
    for secret in ["edge\"", "X-Amz", "0f0f"] {
        assert!(!text.contains(secret), "{secret} has no business in a hint");
    }
}

#[test]
fn an_order_is_never_lost_with_its_hint() {
    for fault in [Fault::BeforeWrite, Fault::Status(500)] {
        let world = world();
        world.take_down(Backend::Redis, fault);
        let body = run(&call(&world, ORDER)).unwrap();
        assert_eq!(body["success"], true);
        assert_eq!(
            (&body["queueLength"], &body["warnings"]),
            (&json!(1), &Value::Null)
        );
        // What is missing on the list, the sweep pushes.
        assert_eq!(world.trips(Backend::Database), 1);
    }
}

#[test]
fn a_lost_answer_of_the_list_makes_no_second_job() {
    let world = world();
    world.fail_next(Backend::Redis, Fault::AfterWrite);
    let body = run(&call(&world, ORDER)).unwrap();
    assert_eq!(body["success"], true);
    let hints = world.hints(Queue::SdxlQueue);
    assert!(
        hints.iter().all(|hint| hint["id"] == body["job"]["id"]),
        "doubled hints are of one job"
    );
}

#[test]
fn a_lost_answer_of_the_database_is_said_to_be_retryable_and_pushes_nothing() {
    let world = world();
    world.fail_next(Backend::Database, Fault::AfterWrite);
    let error = run(&call(&world, ORDER)).unwrap_err();
    assert_eq!(error.code, Code::Unavailable);
    assert!(error.retry_after_s.is_some());
    assert!(world.hints(Queue::SdxlQueue).is_empty());
}

#[test]
fn what_the_database_refuses_reaches_no_list() {
    for code in [
        Code::InsufficientCredits,
        Code::QueueFull,
        Code::TooManyActiveJobs,
        Code::NotFound,
    ] {
        let world = world();
        world.on_rpc("enqueue_job", move |_| {
            Err(Raised {
                code,
                details: json!({}),
            })
        });
        assert_eq!(run(&call(&world, ORDER)).unwrap_err().code, code);
        assert_eq!(world.trips(Backend::Redis), 0);
    }
}

#[test]
fn a_refusal_before_the_backends_asks_none() {
    for body in [
        "",
        "[]",
        "{}",
        r#"{"jobType":"gif"}"#,
        r#"{"jobType":"image_fast","metadata":{"prompt":""}}"#,
    ] {
        let world = world();
        assert_eq!(
            run(&call(&world, body)).unwrap_err().code.status(),
            400,
            "{body}"
        );
        assert!(world.sent().is_empty());
    }
    let world = world();
    let stranger = post(&world, "/functions/v1/queue-job", &[], ORDER);
    assert_eq!(run(&stranger).unwrap_err().code, Code::Unauthorized);
    assert!(world.sent().is_empty());
}

#[test]
fn whoever_is_held_back_already_is_told_that_and_not_what_the_policy_says() {
    let (minor, context) = (term_of("[minor]"), term_of("[sexual]"));
    let body =
        json!({ "jobType": "image_fast", "metadata": { "prompt": format!("{minor} {context}") } })
            .to_string();
    let answered = |restraint: Value| {
        let world = world();
        world.on_rpc("record_policy_event", move |_| Ok(restraint.clone()));
        run(&call(&world, &body)).unwrap_err()
    };
    let paused = answered(json!({ "suspended": false, "retry_after_seconds": 60 }));
    assert_eq!(
        (paused.code, paused.retry_after_s),
        (Code::RateLimited, Some(60))
    );
    let suspended = answered(json!({ "suspended": true }));
    assert_eq!(suspended.code, Code::AccountSuspended);
}

#[test]
fn a_refusal_by_the_policy_leaves_its_audit_row_and_nothing_else() {
    let world = world();
    // Terms come from the policy's own tables; the test writes none.
    let (minor, context) = (term_of("[minor]"), term_of("[sexual]"));
    let body =
        json!({ "jobType": "image_fast", "metadata": { "prompt": format!("{minor} {context}") } });
    let error = run(&call(&world, &body.to_string())).unwrap_err();
    assert_eq!(error.code, Code::ContentPolicy);
    assert_eq!(error.details, None, "no detail helps to get around it");
    assert_eq!(world.trips(Backend::Database), 1);
    assert!(world.sent()[0].url.ends_with("/record_policy_event"));
    // Losing the audit row does not turn the refusal into anything else.
    world.take_down(Backend::Database, Fault::Status(503));
    assert_eq!(
        run(&call(&world, &body.to_string())).unwrap_err().code,
        Code::ContentPolicy
    );
}

#[test]
fn a_better_prompt_is_asked_for_by_the_binding_and_the_first_one_is_kept_too() {
    let world = world();
    world.on_request(Backend::EnhancePrompt, |request| {
        let sent: Value = serde_json::from_slice(request.body.as_deref().unwrap()).unwrap();
        assert_eq!(
            (&sent["prompt"], &sent["userId"]),
            (&json!("a red fox"), &json!(USER))
        );
        assert!(
            request
                .headers
                .contains(&("authorization".into(), format!("Bearer {TOKEN}")))
        );
        Ok(enhanced("a red fox, rim light"))
    });
    let order = json!({ "jobType": "sdxl_image_fast", "metadata": { "prompt": "a red fox" }, "enhance": true });
    let body = run(&call(&world, &order.to_string())).unwrap();
    assert_eq!(body["warnings"], Value::Null);
    let [hint] = &world.hints(Queue::SdxlQueue)[..] else {
        panic!("one hint")
    };
    assert_eq!(hint["prompt"], "a red fox, rim light");
    assert_eq!(body["job"]["metadata"]["original_prompt"], "a red fox");
}

#[test]
fn the_longest_order_stays_within_its_subrequests() {
    let world = world();
    world.open_storage(settings().storage, NOW_MS);
    world.on_rpc("project_prompt", |_| {
        Ok(json!({ "original_prompt": "a red fox", "enhanced_prompt": null }))
    });
    world.on_request(Backend::EnhancePrompt, |_| {
        Ok(enhanced("a red fox, rim light"))
    });
    references::wants_to_see(&world);
    let order = json!({
        "jobType": "sdxl_image_fast", "projectId": USER, "enhance": true,
        "metadata": { "references": references::uploaded(&world) },
    });
    for _ in 0..MAX_RETRIES {
        world.stumble(Backend::Storage, Fault::BeforeWrite);
    }
    run(&call(&world, &order.to_string())).unwrap();
    // Three looks, each of which nobody answers at first.
    assert_eq!(world.trips(Backend::Storage), 2 * 3);
    // Waiting for the result asks the same again and again; the keys of tokens may have to be fetched.
    let looks = ourvidz_edge::wait::looks(MAX_WAIT_SECONDS);
    let sent = u32::try_from(world.sent().len()).unwrap() + looks + 1;
    assert!(sent <= MAX_SUBREQUESTS, "{sent}");
}

#[test]
fn an_order_is_worth_more_than_its_wording() {
    for fault in [Fault::BeforeWrite, Fault::Status(500), Fault::Status(429)] {
        let world = world();
        world.take_down(Backend::EnhancePrompt, fault);
        let order = json!({ "jobType": "image_fast", "metadata": { "prompt": "a red fox" }, "enhance": true });
        let body = run(&call(&world, &order.to_string())).unwrap();
        assert_eq!(body["warnings"], json!(["enhancement_unavailable"]));
        assert_eq!(world.hints(Queue::WanQueue)[0]["prompt"], "a red fox");
    }
}

#[test]
fn what_the_workers_own_model_rewrites_is_left_to_it() {
    let world = world();
    let order = json!({ "jobType": "video7b_fast_enhanced", "metadata": { "prompt": "a red fox" }, "enhance": true });
    let body = run(&call(&world, &order.to_string())).unwrap();
    assert_eq!(body["warnings"], Value::Null);
    assert_eq!(world.trips(Backend::EnhancePrompt), 0);
}

#[test]
fn an_enhanced_prompt_passes_the_policy_like_any_other() {
    let world = world();
    let text = format!("{} {}", term_of("[minor]"), term_of("[sexual]"));
    world.on_request(Backend::EnhancePrompt, move |_| Ok(enhanced(&text)));
    let order =
        json!({ "jobType": "image_fast", "metadata": { "prompt": "a red fox" }, "enhance": true });
    let error = run(&call(&world, &order.to_string())).unwrap_err();
    assert_eq!(error.code, Code::ContentPolicy);
    assert!(world.hints(Queue::WanQueue).is_empty());
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
    Response {
        status: 200,
        headers: Vec::new(),
        body: body.to_string().into_bytes(),
    }
}

/// The first term of a section of the policy's tables.
fn term_of(section: &str) -> &'static str {
    let tables = include_str!("../../../shared/policy/data/policy_terms.txt");
    let mut lines = tables.lines().skip_while(|line| *line != section).skip(1);
    let line = lines
        .find(|line| !line.is_empty() && !line.starts_with('#'))
        .unwrap();
    line.split(',').next().unwrap().trim_end_matches('*').trim()
}
