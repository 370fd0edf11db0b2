//! What a client gets that asks too much, too often, or without a right.

use super::*;

fn check((status, body): (u16, String), expected: u16, code: &str) {
    let error = read(&body);
    assert_eq!(
        (status, &error["error"]["code"]),
        (expected, &json!(code)),
        "{body}"
    );
    assert!(error["error"]["message"].is_string() && error["error"]["type"].is_string());
}

#[test]
fn without_the_key_there_is_no_answer() {
    let endpoint = Endpoint::start(Talker::default());
    let body = asked(&json!({})).to_string();
    for key in ["", "wrong", "0123456789abcdeg", "0123456789abcdef0"] {
        let answer = endpoint.raw(&Endpoint::request(
            "POST",
            "/v1/chat/completions",
            key,
            &body,
        ));
        check(split(&answer), 401, "invalid_api_key");
    }
    check(
        split(&endpoint.raw("GET /v1/models HTTP/1.1\r\n\r\n")),
        401,
        "invalid_api_key",
    );
}

#[test]
fn requests_that_make_no_sense() {
    let endpoint = Endpoint::start(Talker::default());
    check(
        endpoint.post("/v1/chat/completions", &json!({})),
        400,
        "invalid_request",
    );
    check(
        endpoint.post("/enhance", &json!({})),
        400,
        "invalid_request",
    );
    check(
        endpoint.post("/v1/embeddings", &json!({})),
        404,
        "not_found",
    );
    let get = endpoint.raw(&Endpoint::request("GET", "/enhance", KEY, ""));
    assert!(get.contains("\r\nallow: POST\r\n"), "{get}");
    check(split(&get), 405, "method_not_allowed");
    check(split(&endpoint.raw("nonsense\r\n\r\n")), 400, "bad_request");
    let huge = "POST /enhance HTTP/1.1\r\ncontent-length: 65537\r\n\r\n";
    check(split(&endpoint.raw(huge)), 413, "bad_request");
    let chunked = "POST /enhance HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n";
    check(split(&endpoint.raw(chunked)), 411, "bad_request");
    let long = format!("GET / HTTP/1.1\r\nx: {}", "y".repeat(9_000));
    check(split(&endpoint.raw(&long)), 431, "bad_request");
}

#[test]
fn an_engine_without_a_language_model_says_so() {
    let endpoint = Endpoint::start_with(Talker::default(), access(None));
    check(
        endpoint.post("/v1/chat/completions", &asked(&json!({}))),
        501,
        "no_language_model",
    );
    let models = endpoint.raw(&Endpoint::request("GET", "/v1/models", KEY, ""));
    assert_eq!(read(&split(&models).1)["data"], json!([]));
}

#[test]
fn a_full_queue_turns_away_at_once() {
    // Nobody serves: whoever comes waits.
    let (chat_queue, _receiver) = chat_queue(None);
    let request = crate::chat::openai::parse(asked(&json!({})).to_string().as_bytes(), 0)
        .unwrap()
        .request;
    let mut waiting = Vec::new();
    while let Ok(events) = chat_queue.ask(request.clone()) {
        waiting.push(events);
    }
    assert_eq!(waiting.len(), 4);
    let address = serve(
        SocketAddr::from(([127, 0, 0, 1], 0)),
        access(Some("toy")),
        chat_queue,
    )
    .unwrap();
    let request = Endpoint::request("POST", "/enhance", KEY, r#"{"prompt":"a fox"}"#);
    let answer = Endpoint { address }.raw(&request);
    assert!(answer.contains("\r\nretry-after: 5\r\n"), "{answer}");
    check(split(&answer), 503, "busy");
}

#[test]
fn what_fails_says_no_more_than_it_must() {
    let failing = |error| {
        Endpoint::start(Talker {
            error: Some(error),
            ..Talker::default()
        })
    };
    let secret = EngineError::Failed("/models/secret: out of memory".to_owned());
    for stream in [false, true] {
        let body = asked(&json!({ "stream": stream }));
        let answer = failing(secret.clone()).post("/v1/chat/completions", &body);
        assert!(!answer.1.contains("secret"));
        check(answer, 500, "generation_failed");
        let long = EngineError::Impossible("9000 tokens".to_owned());
        check(
            failing(long).post("/v1/chat/completions", &body),
            400,
            "context_length_exceeded",
        );
    }
}

#[test]
fn the_content_policy_judges_both_sides() {
    for (asks, stream, expected) in [
        ("alpha please", false, "content_policy"),
        ("alpha please", true, "content_policy"),
        ("a fox", false, "content_filter"),
        ("a fox", true, "content_filter"),
    ] {
        let talker = Talker {
            words: vec!["some ", "alpha", " more", " and more"],
            ..Talker::default()
        };
        let mut access = access(Some("toy"));
        access.policy_terms = ExtraTerms::parse("[minor and sexual]\nalpha\n").unwrap();
        let body = json!({ "messages": [{ "role": "user", "content": asks }], "stream": stream });
        let (status, body) =
            Endpoint::start_with(talker, access).post("/v1/chat/completions", &body);
        assert_eq!(
            status,
            if expected == "content_policy" {
                400
            } else {
                200
            }
        );
        assert!(body.contains(expected) && !body.contains("more"), "{body}");
    }
}
