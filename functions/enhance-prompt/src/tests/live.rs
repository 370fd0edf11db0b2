//! The answer as a stream, with models that write, break off, and go astray.

use super::*;

use futures_util::StreamExt as _;

/// What a chat server streams, a word an event.
fn streamed(text: &str, end: &str) -> Result<Response, TransportError> {
    let words = text.split_inclusive(' ').map(|word| {
        let event = json!({ "choices": [{ "delta": { "content": word } }] });
        format!("data: {event}\n\n")
    });
    answer(200, words.collect::<String>() + end)
}

const DONE: &str = "data: [DONE]\n\n";

/// Names and data of the events that a client gets.
fn listen(world: &World, body: &Value) -> Vec<(String, Value)> {
    let call = call(world, with_both(), body);
    let reply = run_call(&call).unwrap();
    assert_eq!(reply.status, 200);
    assert!(reply.headers.iter().any(|(name, _)| *name == "ratelimit"));
    let Body::Stream { media_type, chunks } = reply.body else {
        panic!("a stream")
    };
    assert!(media_type.starts_with("text/event-stream"));
    let frames: Vec<Vec<u8>> = pollster::block_on(chunks.collect());
    frames
        .iter()
        .map(|frame| {
            let text = std::str::from_utf8(frame).unwrap();
            let (name, data) = text
                .trim_end()
                .strip_prefix("event: ")
                .and_then(|text| text.split_once("\ndata: "))
                .unwrap();
            (name.to_owned(), serde_json::from_str(data).unwrap())
        })
        .collect()
}

fn names(events: &[(String, Value)]) -> Vec<&str> {
    events.iter().map(|(name, _)| name.as_str()).collect()
}

fn fox() -> Value {
    order("a red fox in snow", json!({ "stream": true }))
}

#[test]
fn words_come_as_they_are_written_and_the_result_is_that_of_a_plain_answer() {
    let world = world();
    world.on_request(Backend::Enhancer, |request| {
        let body: Value = serde_json::from_slice(request.body.as_deref().unwrap()).unwrap();
        assert_eq!(body["stream"], true);
        streamed(BETTER, DONE)
    });
    let events = listen(&world, &fox());
    assert_eq!(names(&events), ["token", "result"]);
    // The last word is not whole before the stream has ended, and the result has it.
    assert_eq!(events[0].1["text"], BETTER.rsplit_once(' ').unwrap().0);
    let (_, result) = &events[1];
    assert_eq!(method(result), ("chat_worker", false));
    assert_eq!(result["enhancedPrompt"], BETTER);
    assert_eq!(
        world.trips(Backend::Database),
        1,
        "the row of the statistics"
    );

    let again = listen(&world, &fox());
    assert_eq!(names(&again), ["result"]);
    assert_eq!(again[0].1["analytics"]["cached"], true);
    let plain = run(&world, with_both(), &order("a red fox in snow", json!({})));
    assert_eq!(
        plain["analytics"]["cached"], true,
        "one cache for both ways"
    );
}

#[test]
fn a_model_that_breaks_off_is_taken_back_and_the_next_one_asked() {
    let shown: &[&str] = &["token", "reset", "result"];
    // What came in one piece with the error has not been shown.
    let not_shown: &[&str] = &["result"];
    let busy = "data: {\"error\":{\"message\":\"busy\"}}\n\n";
    for (case, bad, expected) in [
        ("broken off", streamed(BETTER, ""), shown),
        ("garbage", streamed(BETTER, "data: {\n\n"), not_shown),
        ("an error", streamed(BETTER, busy), not_shown),
        ("off the subject", streamed("a city of glass", DONE), shown),
    ] {
        let world = world();
        world.on_request(Backend::Enhancer, move |request| {
            if is_chat(request) {
                return bad.clone();
            }
            answer(200, json!({ "enhanced_prompt": BETTER }).to_string())
        });
        let events = listen(&world, &fox());
        assert_eq!(names(&events), expected, "{case}");
        assert_eq!(
            method(&events.last().unwrap().1),
            ("wan_worker", true),
            "{case}"
        );
    }
}

#[test]
fn nobody_sees_what_the_policy_refuses() {
    let world = world();
    let refused = format!("{} {}", term_of("[minor]"), term_of("[sexual]"));
    let text = format!("a red fox in snow, rim light, {refused} and more");
    world.on_request(Backend::Enhancer, move |request| {
        if is_chat(request) {
            streamed(&text, DONE)
        } else {
            answer(503, "")
        }
    });
    let events = listen(&world, &fox());
    assert_eq!(method(&events.last().unwrap().1), ("rule_based", true));
    for (_, data) in &events {
        assert!(!data.to_string().contains(term_of("[sexual]")), "{data}");
    }
}

#[test]
fn a_server_that_does_not_stream_has_answered_too() {
    let world = world();
    world.on_request(Backend::Enhancer, |_| chat(BETTER));
    let events = listen(&world, &fox());
    assert_eq!(names(&events), ["result"]);
    assert_eq!(method(&events[0].1), ("chat_worker", false));
}

#[test]
fn what_is_refused_is_refused_with_its_status_and_no_stream() {
    let world = world();
    let prompt = format!("{} {}", term_of("[minor]"), term_of("[sexual]"));
    let request = order(&prompt, json!({ "stream": true }));
    let error = run_call(&call(&world, with_both(), &request))
        .err()
        .unwrap();
    assert_eq!(error.code, Code::ContentPolicy);
    assert_eq!(world.trips(Backend::Enhancer), 0);
}
