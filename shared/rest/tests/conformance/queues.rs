//! Redis behind Upstash's REST API.

use ourvidz_core::{Code, Queue};
use ourvidz_rest::fakes::World;
use ourvidz_rest::{Http, Lists, Queues};
use pollster::block_on;
use serde_json::json;

use crate::native_http::NativeHttp;
use crate::{local_address, runs_on_real, variable};

#[test]
fn the_stand_in_conforms() {
    let world = World::new();
    world.only_accept(&["good"]);
    conforms(&world, "http://redis", "good");
}

#[test]
fn the_real_one_conforms() {
    if runs_on_real("queues") {
        let url = local_address("UPSTASH_REDIS_REST_URL");
        conforms(
            &NativeHttp::new(),
            &url,
            &variable("UPSTASH_REDIS_REST_TOKEN"),
        );
    }
}

fn conforms(http: &impl Http, url: &str, token: &str) {
    let queues = Queues::new(http, url, token);
    for queue in [Queue::SdxlQueue, Queue::WanQueue] {
        block_on(queues.purge(queue)).unwrap();
    }

    // Lengths follow the pushes, each list for itself.
    let hint = json!({ "id": "a \"quoted\" one", "prompt": "ünïcödé \u{1f3a8}\n", "number": 0.5 });
    assert_eq!(block_on(queues.push(Queue::SdxlQueue, &hint)), Ok(1));
    assert_eq!(block_on(queues.push(Queue::SdxlQueue, &hint)), Ok(2));
    assert_eq!(block_on(queues.push(Queue::WanQueue, &hint)), Ok(1));

    // Many at once, after which Redis is known to be the one that was filled.
    block_on(queues.push_all(&[(Queue::WanQueue, hint.clone()), (Queue::SdxlQueue, hint)]))
        .unwrap();
    let filled = Lists {
        remembered: true,
        sdxl_length: 3,
        wan_length: 2,
    };
    assert_eq!(block_on(queues.lists()), Ok(filled));

    for queue in [Queue::SdxlQueue, Queue::WanQueue, Queue::WanQueue] {
        block_on(queues.purge(queue)).unwrap();
    }
    let purged = Lists {
        remembered: true,
        sdxl_length: 0,
        wan_length: 0,
    };
    assert_eq!(block_on(queues.lists()), Ok(purged));

    // Texts come back as they were, also those that look like other things.
    assert_eq!(block_on(queues.recall("conformance:nothing")), Ok(None));
    for text in [
        "",
        "null",
        "17",
        "{\"a\":1}",
        "ünï\ncödé \u{1f3a8}",
        "dGV4dA==",
    ] {
        block_on(queues.remember("conformance:text", text, 60)).unwrap();
        assert_eq!(
            block_on(queues.recall("conformance:text")),
            Ok(Some(text.to_owned()))
        );
    }

    // Counters and texts in one round trip, each answer in its place.
    block_on(queues.pipeline(&[json!(["DEL", "conformance:count"])])).unwrap();
    let counted = [
        json!(["INCR", "conformance:count"]),
        json!(["EXPIRE", "conformance:count", "60"]),
        json!(["INCR", "conformance:count"]),
        json!(["GET", "conformance:nothing"]),
        json!(["SET", "conformance:text", "x", "EX", "60"]),
        json!(["GET", "conformance:text"]),
    ];
    let answers = [
        json!(1),
        json!(1),
        json!(2),
        json!(null),
        json!("OK"),
        json!("x"),
    ];
    assert_eq!(block_on(queues.pipeline(&counted)), Ok(answers.to_vec()));

    // A wrong token is a wrong setting, for one command as for many.
    let stranger = Queues::new(http, url, "wrong");
    let error = block_on(stranger.recall("conformance:text")).unwrap_err();
    assert_eq!(error.code, Code::Misconfigured);
    assert_eq!(
        block_on(stranger.lists()).unwrap_err().code,
        Code::Misconfigured
    );

    // A command that Redis refuses is trouble, not an answer: a list is no text.
    let list = Queue::SdxlQueue;
    block_on(queues.push(list, &json!(1))).unwrap();
    assert_eq!(
        block_on(queues.recall(list.as_str())).unwrap_err().code,
        Code::Unavailable
    );
    block_on(queues.purge(list)).unwrap();
}
