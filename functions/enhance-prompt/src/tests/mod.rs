//! The handler on fakes.

mod live;
mod workers;

use ourvidz_core::enhance::{breaker, limit};
use ourvidz_core::{ApiError, Code};
use ourvidz_edge::reply::Body;
use ourvidz_edge::testing::{TOKEN, USER, answer_of, golden, post_with, settings};
use ourvidz_edge::{Call, Reply, Settings};
use ourvidz_rest::fakes::{Fault, World};
use ourvidz_rest::{Backend, Request, Response, TransportError};
use serde_json::{Value, json};

use crate::enhance_prompt;

const BETTER: &str = "a red fox in deep snow, rim light, low angle, sharp focus";

fn world() -> World {
    let world = World::new();
    world.on_rpc("record_enhancement", |_| Ok(Value::Null));
    world.on_rpc("record_policy_event", |_| Ok(Value::Null));
    world
}

fn with_both() -> Settings {
    Settings {
        chat_worker_url: Some("http://chat.test".into()),
        chat_worker_key: Some("chat-key".into()),
        wan_worker_url: Some("http://wan.test/enhance".into()),
        ..settings()
    }
}

fn order(prompt: &str, more: Value) -> Value {
    let mut body = json!({ "prompt": prompt, "jobType": "sdxl_image_fast", "userId": USER });
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
    body
}

fn call(world: &World, settings: Settings, body: &Value) -> Call<World> {
    let bearer = format!("Bearer {TOKEN}");
    post_with(
        world,
        settings,
        "/functions/v1/enhance-prompt",
        &[("authorization", &bearer)],
        &body.to_string(),
    )
}

fn run_call(call: &Call<World>) -> Result<Reply, ApiError> {
    let reply = pollster::block_on(enhance_prompt(call));
    for work in call.take_later() {
        pollster::block_on(work);
    }
    reply
}

fn body_of(reply: Reply) -> Value {
    let Body::Whole { bytes, .. } = reply.body else {
        panic!("a whole body")
    };
    serde_json::from_slice(&bytes).unwrap()
}

fn run(world: &World, settings: Settings, body: &Value) -> Value {
    body_of(run_call(&call(world, settings, body)).unwrap())
}

fn answer(status: u16, body: impl Into<Vec<u8>>) -> Result<Response, TransportError> {
    Ok(Response {
        status,
        headers: Vec::new(),
        body: body.into(),
    })
}

fn chat(text: &str) -> Result<Response, TransportError> {
    answer(
        200,
        json!({ "choices": [{ "message": { "content": text } }] }).to_string(),
    )
}

fn is_chat(request: &Request) -> bool {
    request.url.starts_with("http://chat.test")
}

fn method(body: &Value) -> (&str, bool) {
    let analytics = &body["analytics"];
    (
        analytics["enhancementMethod"].as_str().unwrap(),
        analytics["fallbackUsed"].as_bool().unwrap(),
    )
}

/// What the rules make of a request; each case ends as its name says.
#[test]
fn golden_files() {
    golden("enhance-prompt", |case, request| {
        let answer = answer_of(run_call(&call(&world(), settings(), &request)));
        assert_eq!(
            case.starts_with("refused"),
            answer["status"] != 200,
            "{case}"
        );
        vec![("reply", answer)]
    });
}

#[test]
fn without_a_worker_the_rules_answer_in_one_round_trip() {
    let world = world();
    let call = call(&world, settings(), &order("a red fox in snow", json!({})));
    let reply = pollster::block_on(enhance_prompt(&call)).unwrap();
    assert_eq!(world.sent().len(), 1, "before the answer");
    assert!(
        reply
            .headers
            .iter()
            .any(|(name, value)| *name == "ratelimit" && value.contains("r=29"))
    );
    let body = body_of(reply);
    assert_eq!(method(&body), ("rule_based", false));
    assert!(
        body["enhancedPrompt"]
            .as_str()
            .unwrap()
            .starts_with("a red fox in snow, ")
    );
    assert_eq!(body["originalPrompt"], "a red fox in snow");
    assert!(body["tokenCount"]["compressed"].as_u64().unwrap() <= 75);
    for work in call.take_later() {
        pollster::block_on(work);
    }
    // The row, and nothing for Redis: the rules need no cache.
    assert_eq!(
        (world.trips(Backend::Redis), world.trips(Backend::Database)),
        (1, 1)
    );
}

#[test]
fn the_same_request_is_remembered_and_a_fallback_is_not() {
    let world = world();
    world.take_down(Backend::Enhancer, Fault::Status(503));
    let request = order("a red fox in snow", json!({}));
    assert_eq!(method(&run(&world, with_both(), &request)).0, "rule_based");
    world.mend();
    world.on_request(Backend::Enhancer, |_| chat(BETTER));
    let first = run(&world, with_both(), &request);
    let asked = world.trips(Backend::Enhancer);
    let second = run(&world, with_both(), &request);
    assert_eq!(
        world.trips(Backend::Enhancer),
        asked,
        "nobody is asked twice"
    );
    assert_eq!(first["enhancedPrompt"], second["enhancedPrompt"]);
    assert_eq!(
        (
            &first["analytics"]["cached"],
            &second["analytics"]["cached"]
        ),
        (&json!(false), &json!(true))
    );
    assert_eq!(method(&second), ("chat_worker", false));
    let other = order("a red fox in snow", json!({ "seed": 5 }));
    assert_eq!(
        run(&world, with_both(), &other)["analytics"]["cached"],
        false
    );
}

#[test]
fn a_conversation_goes_on() {
    let world = world();
    world.on_request(Backend::Enhancer, |request| {
        let body: Value = serde_json::from_slice(request.body.as_deref().unwrap()).unwrap();
        let last = body["messages"].as_array().unwrap().last().unwrap()["content"].clone();
        chat(&format!(
            "{}, after {} messages",
            last.as_str().unwrap(),
            body["messages"].as_array().unwrap().len()
        ))
    });
    let talk = json!({ "sessionId": "talk-1" });
    run(&world, with_both(), &order("a red fox", talk.clone()));
    let second = run(&world, with_both(), &order("a fox at night", talk));
    assert_eq!(second["enhancedPrompt"], "a fox at night, after 4 messages");
    let other = run(
        &world,
        with_both(),
        &order("a fox at night", json!({ "sessionId": "talk-2" })),
    );
    assert_eq!(other["enhancedPrompt"], "a fox at night, after 2 messages");
}

#[test]
fn too_often_is_refused_with_the_time_to_come_back() {
    let world = world();
    for _ in 0..limit::MAX_PER_MINUTE {
        run(&world, settings(), &order("a red fox", json!({})));
    }
    let reply = run_call(&call(&world, settings(), &order("a red fox", json!({})))).unwrap();
    assert_eq!(reply.status, 429);
    for name in ["retry-after", "ratelimit", "ratelimit-policy"] {
        assert!(
            reply.headers.iter().any(|(known, _)| *known == name),
            "{name}"
        );
    }
    assert_eq!(body_of(reply)["code"], "rate_limited");
}

#[test]
fn without_redis_the_rules_answer_and_no_model_is_paid_for() {
    let world = world();
    world.take_down(Backend::Redis, Fault::BeforeWrite);
    world.on_request(Backend::Enhancer, |_| chat(BETTER));
    let body = run(&world, with_both(), &order("a red fox in snow", json!({})));
    assert_eq!(method(&body), ("rule_based", true));
    assert_eq!(world.trips(Backend::Enhancer), 0);
}

#[test]
fn without_redis_each_isolate_counts_for_itself() {
    let world = world();
    world.take_down(Backend::Redis, Fault::BeforeWrite);
    let ask = || {
        let order = order("a red fox in snow", json!({}));
        run_call(&call(&world, with_both(), &order)).map(|reply| reply.status)
    };
    for _ in 0..limit::MAX_PER_MINUTE {
        assert_eq!(ask().ok(), Some(200));
    }
    let refusal = ask().unwrap_err();
    assert_eq!(
        (refusal.code, refusal.retry_after_s),
        (Code::RateLimited, Some(2))
    );
    world.mend();
    assert_eq!(ask().ok(), Some(200));
}

#[test]
fn refusals_ask_nobody() {
    let other = "22222222-2222-4222-8222-222222222222";
    for (body, code) in [
        (
            order("a red fox", json!({ "userId": other })),
            Code::Forbidden,
        ),
        (order("", json!({})), Code::InvalidRequest),
        (
            order("a red fox", json!({ "jobType": "gif" })),
            Code::UnknownJobType,
        ),
    ] {
        let world = world();
        let error = run_call(&call(&world, settings(), &body)).err().unwrap();
        assert_eq!(error.code, code);
        assert!(world.sent().is_empty());
    }
}

#[test]
fn the_policy_looks_at_the_prompt_and_at_the_whole_conversation() {
    let (minor, context) = (term_of("[minor]"), term_of("[sexual]"));
    let world = world();
    let at_once = order(&format!("{minor} {context}"), json!({}));
    assert_eq!(
        run_call(&call(&world, settings(), &at_once))
            .err()
            .unwrap()
            .code,
        Code::ContentPolicy
    );
    assert!(world.sent()[0].url.ends_with("/record_policy_event"));

    let talk = json!({ "sessionId": "talk" });
    run(&world, settings(), &order(minor, talk.clone()));
    let second = order(context, talk);
    assert_eq!(
        run_call(&call(&world, settings(), &second))
            .err()
            .unwrap()
            .code,
        Code::ContentPolicy
    );
}

#[test]
fn the_row_has_no_text_unless_the_operator_keeps_texts() {
    for keep in [false, true] {
        let world = world();
        let settings = Settings {
            keep_enhanced_prompts: keep,
            ..settings()
        };
        run(&world, settings, &order("a red fox in snow", json!({})));
        let sent = world.sent();
        let row = sent
            .iter()
            .find(|request| request.url.ends_with("/record_enhancement"))
            .unwrap();
        let row: Value = serde_json::from_slice(row.body.as_deref().unwrap()).unwrap();
        assert_eq!(row["p_method"], "rule_based");
        assert_eq!(row["p_original_chars"], 17);
        assert_eq!(row["p_original_prompt"].is_string(), keep);
        assert_eq!(row["p_enhanced_prompt"].is_string(), keep);
    }
}

/// The first term of a section of the policy's tables; the tests write none.
fn term_of(section: &str) -> &'static str {
    let tables = include_str!("../../../../shared/policy/data/policy_terms.txt");
    let mut lines = tables.lines().skip_while(|line| *line != section).skip(1);
    let line = lines
        .find(|line| !line.is_empty() && !line.starts_with('#'))
        .unwrap();
    line.split(',').next().unwrap().trim_end_matches('*').trim()
}
