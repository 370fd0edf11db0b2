//! What a client gets that asks as it should.

use super::*;

fn talker() -> Talker {
    Talker {
        words: vec!["a red", " fox", " in snow"],
        ..Talker::default()
    }
}

/// The events of a chunked stream.
fn events(body: &str) -> Vec<String> {
    let mut rest = body;
    let mut text = String::new();
    loop {
        let (size, after) = rest.split_once("\r\n").unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            break;
        }
        text.push_str(&after[..size]);
        rest = &after[size + 2..];
    }
    text.split_terminator("\n\n")
        .map(|event| event.strip_prefix("data: ").unwrap().to_owned())
        .collect()
}

#[test]
fn a_whole_answer() {
    let endpoint = Endpoint::start(talker());
    let (status, body) = endpoint.post("/v1/chat/completions", &asked(&json!({})));
    let answer = read(&body);
    assert_eq!(status, 200);
    assert_eq!(answer["object"], "chat.completion");
    assert_eq!(answer["model"], "toy");
    assert_eq!(
        answer["choices"][0]["message"]["content"],
        "a red fox in snow"
    );
    assert_eq!(answer["choices"][0]["finish_reason"], "stop");
    assert_eq!(answer["usage"]["total_tokens"], 8);

    let (_, body) = endpoint.post("/v1/chat/completions", &asked(&json!({ "max_tokens": 2 })));
    assert_eq!(read(&body)["choices"][0]["finish_reason"], "length");
}

#[test]
fn an_answer_in_pieces() {
    let endpoint = Endpoint::start(talker());
    let extra = json!({ "stream": true, "stream_options": { "include_usage": true } });
    let (status, body) = endpoint.post("/v1/chat/completions", &asked(&extra));
    assert_eq!(status, 200);
    let events = events(&body);
    assert_eq!(events.last().unwrap(), "[DONE]");
    let parsed: Vec<Value> = events[..events.len() - 1]
        .iter()
        .map(|event| read(event))
        .collect();
    assert_eq!(parsed[0]["choices"][0]["delta"]["role"], "assistant");
    let text: Vec<&str> = parsed
        .iter()
        .filter_map(|event| event["choices"][0]["delta"]["content"].as_str())
        .collect();
    assert_eq!(text, ["", "a red", " fox", " in snow"]);
    assert_eq!(parsed[4]["choices"][0]["finish_reason"], "stop");
    assert_eq!(parsed[5]["usage"]["completion_tokens"], 3);
}

#[test]
fn the_older_form() {
    let endpoint = Endpoint::start(talker());
    let body = json!({ "prompt": "a fox", "model": "m", "session_id": "s", "max_tokens": 350 });
    let (status, body) = endpoint.post("/enhance", &body);
    assert_eq!(
        (status, &read(&body)["enhanced_prompt"]),
        (200, &json!("a red fox in snow"))
    );
}

#[test]
fn models_and_health() {
    let endpoint = Endpoint::start(talker());
    let models = endpoint.raw(&Endpoint::request("GET", "/v1/models", KEY, ""));
    assert_eq!(read(&split(&models).1)["data"][0]["id"], "toy");
    let health = endpoint.raw("GET /health HTTP/1.1\r\n\r\n");
    assert_eq!(
        read(&split(&health).1),
        json!({ "status": "ok", "model": "toy" })
    );
}

#[test]
fn a_client_that_leaves_ends_the_work() {
    for stream in [false, true] {
        let talker = talker();
        talker.held.store(true, Ordering::SeqCst);
        let stopped = Arc::clone(&talker.stopped);
        let endpoint = Endpoint::start(talker);
        let body = asked(&json!({ "stream": stream })).to_string();
        let connection = endpoint.open(&Endpoint::request(
            "POST",
            "/v1/chat/completions",
            KEY,
            &body,
        ));
        drop(connection);
        let until = std::time::Instant::now() + Duration::from_secs(10);
        while stopped.load(Ordering::SeqCst) == 0 && std::time::Instant::now() < until {
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(stopped.load(Ordering::SeqCst), 1, "stream: {stream}");
    }
}
