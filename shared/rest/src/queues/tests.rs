use super::*;
use crate::fakes::{Fault, Scripted, World};
use crate::http::TransportError;
use pollster::block_on;

fn queues<H: Http>(http: &H) -> Queues<'_, H> {
    Queues::new(http, "https://eu1.upstash.io", "the-token")
}

#[test]
fn a_push_is_one_command_with_the_hint_as_text() {
    let http = Scripted::new().then(200, r#"{"result":5}"#);
    let hint = json!({ "id": "1" });
    assert_eq!(block_on(queues(&http).push(Queue::SdxlQueue, &hint)), Ok(5));
    let [request] = http.sent().try_into().unwrap();
    assert_eq!(request.url, "https://eu1.upstash.io");
    assert!(
        request
            .headers
            .contains(&("authorization".into(), "Bearer the-token".into()))
    );
    let command: Value = serde_json::from_slice(&request.body.unwrap()).unwrap();
    assert_eq!(command, json!(["LPUSH", "sdxl_queue", r#"{"id":"1"}"#]));
}

#[test]
fn hints_are_taken_in_the_order_of_their_pushes() {
    let world = World::new();
    for number in 1..=3 {
        let length = block_on(queues(&world).push(Queue::WanQueue, &json!(number)));
        assert_eq!(length, Ok(number));
    }
    assert_eq!(world.hints(Queue::WanQueue), [json!(1), json!(2), json!(3)]);
    assert!(world.hints(Queue::SdxlQueue).is_empty());
}

#[test]
fn a_push_without_an_answer_is_repeated_for_a_doubled_hint_is_harmless() {
    let world = World::new();
    world.fail_next(Backend::Redis, Fault::BeforeWrite);
    assert_eq!(
        block_on(queues(&world).push(Queue::WanQueue, &json!(1))),
        Ok(1)
    );
    world.fail_next(Backend::Redis, Fault::AfterWrite);
    assert_eq!(
        block_on(queues(&world).push(Queue::WanQueue, &json!(2))),
        Ok(3)
    );
    assert_eq!(world.hints(Queue::WanQueue), [json!(1), json!(2), json!(2)]);
}

#[test]
fn an_outage_ends_within_the_budget() {
    let world = World::new();
    world.take_down(Backend::Redis, Fault::Status(502));
    let budget = Budget {
        timeout_ms: 100,
        tries: 4,
        first_pause_ms: 10,
    };
    let push = queues(&world).with_budget(budget);
    let error = block_on(push.push(Queue::WanQueue, &json!(1))).unwrap_err();
    assert_eq!(
        (error.code, error.retry_after_s),
        (Code::Unavailable, Some(RETRY_AFTER_S))
    );
    assert_eq!(world.trips(Backend::Redis), 4);
    assert_eq!(world.paused_ms(), 10 + 20 + 40);
}

#[test]
fn lists_tell_whether_redis_remembers() {
    let world = World::new();
    let queues = queues(&world);
    let lists = || block_on(queues.lists()).unwrap();
    assert_eq!(
        lists(),
        Lists {
            remembered: false,
            sdxl_length: 0,
            wan_length: 0
        }
    );
    let hints = [
        (Queue::SdxlQueue, json!(1)),
        (Queue::WanQueue, json!(2)),
        (Queue::WanQueue, json!(3)),
    ];
    block_on(queues.push_all(&hints)).unwrap();
    assert_eq!(
        lists(),
        Lists {
            remembered: true,
            sdxl_length: 1,
            wan_length: 2
        }
    );
    let looks = world.sent();
    let look = looks
        .last()
        .and_then(|request| request.body.clone())
        .unwrap();
    assert!(
        look.starts_with(b"[\"EVAL\""),
        "a look is one command: they are counted, and each pass of the sweep looks"
    );
    world.forget_redis();
    assert!(!lists().remembered);
    assert_eq!(world.trips(Backend::Redis), 4);
}

#[test]
fn texts_are_remembered_and_lists_purged() {
    let world = World::new();
    let queues = queues(&world);
    assert_eq!(block_on(queues.recall("k")), Ok(None));
    block_on(queues.remember("k", "text", 60)).unwrap();
    assert_eq!(block_on(queues.recall("k")), Ok(Some("text".into())));
    block_on(queues.push(Queue::WanQueue, &json!(1))).unwrap();
    block_on(queues.purge(Queue::WanQueue)).unwrap();
    assert!(world.hints(Queue::WanQueue).is_empty());
}

#[test]
fn several_texts_are_one_round_trip() {
    let world = World::new();
    let queues = queues(&world);
    let texts = [("a", "1"), ("b", "2")].map(|(key, text)| (key.to_owned(), text.to_owned()));
    block_on(queues.remember_all(&texts, 60)).unwrap();
    let keys = ["b", "missing", "a"].map(str::to_owned);
    assert_eq!(
        block_on(queues.recall_all(&keys)),
        Ok(vec![Some("2".into()), None, Some("1".into())])
    );
    assert_eq!(world.trips(Backend::Redis), 2);
    let sent = world.sent();
    let commands = String::from_utf8(sent[0].body.clone().unwrap()).unwrap();
    assert_eq!(
        commands,
        r#"[["SET","a","1","EX","60"],["SET","b","2","EX","60"]]"#
    );
    for strange in [
        r#"{"result":["1"]}"#,
        r#"{"result":"1"}"#,
        r#"{"result":[1,2,3]}"#,
    ] {
        let http = Scripted::new().then(200, strange);
        let recalled =
            block_on(Queues::new(&http, "https://eu1.upstash.io", "the-token").recall_all(&keys));
        assert_eq!(recalled.unwrap_err().code, Code::Unavailable, "{strange}");
    }
}

#[test]
fn a_refused_token_is_a_wrong_setting() {
    let http = Scripted::new().then(401, r#"{"error":"WRONGPASS s3cret"}"#);
    let error = block_on(queues(&http).push(Queue::WanQueue, &json!(1))).unwrap_err();
    assert_eq!(error.code, Code::Misconfigured);
    assert_eq!(
        error.details.as_ref(),
        Some(&json!({ "settings": ["UPSTASH_REDIS_REST_TOKEN"] }))
    );
}

#[test]
fn strange_answers_are_no_success_and_are_not_quoted() {
    for (status, body) in [
        (200, r#"{"error":"ERR s3cret"}"#),
        (200, r#"{"result":"s3cret"}"#),
        (200, r#"{"result":-1}"#),
        (200, "{}"),
        (200, "s3cret"),
        (200, "[]"),
        (400, r#"{"error":"ERR s3cret"}"#),
        (429, "s3cret"),
    ] {
        let http = Scripted::new().then(status, body);
        let error = block_on(queues(&http).push(Queue::WanQueue, &json!(1))).unwrap_err();
        assert_eq!(error.code, Code::Unavailable, "{body}");
        assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
        assert_eq!(http.sent().len(), 1, "{body}");
    }
    for body in [
        "[]",
        r#"[{"result":1},{"result":1}]"#,
        r#"[{"result":1},{"error":"x"},{"result":1}]"#,
    ] {
        let http = Scripted::new().then(200, body);
        assert_eq!(
            block_on(queues(&http).lists()).unwrap_err().code,
            Code::Unavailable,
            "{body}"
        );
    }
}

#[test]
fn an_answer_that_is_too_long_is_not_asked_for_again() {
    let http = Scripted::new().then_fail(TransportError::TooLong);
    assert!(block_on(queues(&http).lists()).is_err());
    assert_eq!(http.sent().len(), 1);
}

#[test]
fn a_pipeline_that_is_answered_in_part_has_failed() {
    let http = Scripted::new().then(200, r#"[{"result":"OK"}]"#);
    let pushed = block_on(queues(&http).push_all(&[(Queue::WanQueue, json!(1))]));
    assert_eq!(pushed.unwrap_err().code, Code::Unavailable);
}
