//! What goes out, what is written down of it, and what breaks in between.

use std::cell::RefCell;
use std::rc::Rc;

use ourvidz_core::{ApiError, Code, Moment};
use ourvidz_edge::testing::{NOW_MS, post, settings};
use ourvidz_edge::{Backends, Settings};
use ourvidz_rest::Backend;
use ourvidz_rest::fakes::{Fault, World};
use ourvidz_rest::{Request, Response, TransportError};
use ourvidz_sign::webhook::{Secret, verify};
use serde_json::{Value, json};

use super::run;

const SECRET: &str = "whsec_bmV3LW5ldy1uZXctbmV3LW5ldy1uZXctbmV3LW5ldy0=";
const JOB: &str = "22222222-2222-4222-8222-222222222222";

pub(crate) fn due(nth: usize, url: &str) -> Value {
    json!({
        "id": format!("44444444-4444-4444-8444-{nth:012}"), "url": url, "event": "completed", "tries": 1,
        "secrets": [SECRET], "created_at": "2026-01-01T00:00:00.000000Z",
        "job": {
            "id": JOB, "status": "completed", "job_type": "sdxl_image_fast", "project_id": null, "retry_of": null,
            "error_code": null, "error_message": null, "credits_charged": 1,
            "created_at": "2026-01-01T00:00:00.000000Z", "completed_at": "2026-01-01T00:00:09.000000Z",
            "assets": [{
                "id": "33333333-3333-4333-8333-333333333333", "kind": "image", "image_index": 0,
                "status": "completed", "url": "u/a.png", "thumbnail_url": null,
            }],
        },
    })
}

/// A world in which these are due at each look, and what it is told of them.
fn world(deliveries: Vec<Value>) -> (World, Rc<RefCell<Vec<Value>>>) {
    let world = World::new();
    world.open_storage(settings().storage, NOW_MS);
    world.on_rpc("take_webhooks", move |_| Ok(json!(deliveries)));
    let told = Rc::new(RefCell::new(Vec::new()));
    let recorded = Rc::clone(&told);
    world.on_rpc("record_webhooks", move |parameters| {
        let results = parameters["p_results"].as_array().unwrap();
        recorded.borrow_mut().extend(results.iter().cloned());
        Ok(Value::Null)
    });
    world.on_request(Backend::Webhook, |_| Ok(answer(204, &[])));
    (world, told)
}

fn answer(status: u16, headers: &[(&str, &str)]) -> Response {
    let headers = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Response {
        status,
        headers: headers.collect(),
        body: Vec::new(),
    }
}

fn deliver_with(world: &World, settings: Settings) -> Result<Value, ApiError> {
    let backends = Backends {
        settings: settings.into(),
        runtime: world.clone(),
    };
    pollster::block_on(run(&backends, &Moment::new(NOW_MS, [7; 32]), None))
}

fn deliver(world: &World) -> Result<Value, ApiError> {
    deliver_with(world, settings())
}

fn sent(world: &World) -> Vec<Request> {
    let all = world.sent().into_iter();
    all.filter(|request| request.backend == Backend::Webhook)
        .collect()
}

fn header<'a>(request: &'a Request, name: &str) -> &'a str {
    let found = request.headers.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str()).unwrap()
}

pub(crate) const HOOK: &str = "https://hooks.example.com/a?token=hidden";

#[test]
fn what_is_due_goes_out_signed_and_is_crossed_out() {
    let (world, told) = world(vec![due(1, HOOK), due(2, HOOK)]);
    let report = deliver(&world).unwrap();
    assert_eq!(
        report,
        json!({ "webhooks": 2, "delivered": 2, "retried": 0, "givenUp": 0 })
    );
    assert_eq!(world.trips(Backend::Database), 2);
    let requests = sent(&world);
    for request in &requests {
        let body = request.body.as_deref().unwrap();
        let verified = verify(
            &[Secret::parse(SECRET).unwrap()],
            header(request, "webhook-id"),
            header(request, "webhook-timestamp"),
            header(request, "webhook-signature"),
            body,
            NOW_MS / 1000,
        );
        assert_eq!(verified, Ok(()));
        assert_eq!((request.method, request.url.as_str()), ("POST", HOOK));
        let body: Value = serde_json::from_slice(body).unwrap();
        assert_eq!(body["type"], "job.completed");
        assert!(
            body["data"]["assets"][0]["url"]
                .as_str()
                .unwrap()
                .contains("X-Amz-Signature")
        );
        assert!(
            request
                .headers
                .iter()
                .all(|(name, _)| name != "authorization" && name != "apikey")
        );
    }
    let told = told.borrow();
    assert_eq!(
        told[0],
        json!({
            "id": header(&requests[0], "webhook-id"), "outcome": "delivered", "status": 204, "error": null, "wait_seconds": null,
        })
    );
    assert!(
        !report.to_string().contains("hidden"),
        "addresses are not logged"
    );
}

#[test]
fn when_nothing_is_due_nothing_more_is_asked() {
    let (world, told) = world(Vec::new());
    assert_eq!(deliver(&world).unwrap()["webhooks"], 0);
    assert_eq!((world.sent().len(), told.borrow().len()), (1, 0));
}

#[test]
fn each_answer_has_its_consequence() {
    type Case = (Result<Response, TransportError>, &'static str, Value, Value);
    let cases: [Case; 7] = [
        (Ok(answer(410, &[])), "gone", json!(410), json!("gone")),
        (
            Ok(answer(301, &[("location", "http://10.0.0.1/")])),
            "retry",
            json!(301),
            json!("redirect"),
        ),
        (Ok(answer(500, &[])), "retry", json!(500), json!("status")),
        (Ok(answer(404, &[])), "retry", json!(404), json!("status")),
        (
            Err(TransportError::Timeout),
            "retry",
            Value::Null,
            json!("timeout"),
        ),
        (
            Err(TransportError::Unreachable),
            "retry",
            Value::Null,
            json!("unreachable"),
        ),
        (
            Err(TransportError::TooLong),
            "retry",
            Value::Null,
            json!("unreachable"),
        ),
    ];
    for (said, outcome, status, error) in cases {
        let (world, told) = world(vec![due(1, HOOK)]);
        world.on_request(Backend::Webhook, move |_| said.clone());
        deliver(&world).unwrap();
        let told = told.borrow();
        assert_eq!(
            (&told[0]["outcome"], &told[0]["status"], &told[0]["error"]),
            (&json!(outcome), &status, &error)
        );
        assert_eq!(told[0]["wait_seconds"].is_u64(), outcome == "retry");
        assert_eq!(
            sent(&world).len(),
            1,
            "one try, and no redirect is followed"
        );
    }
}

#[test]
fn a_receiver_that_is_busy_says_for_how_long() {
    let (world, told) = world(vec![due(1, HOOK)]);
    world.on_request(Backend::Webhook, |_| {
        Ok(answer(429, &[("retry-after", "777")]))
    });
    deliver(&world).unwrap();
    assert_eq!(told.borrow()[0]["wait_seconds"], 777);
}

#[test]
fn one_that_fails_does_not_touch_the_others() {
    let (world, told) = world(vec![due(1, HOOK), due(2, HOOK), due(3, HOOK)]);
    world.fail_next(Backend::Webhook, Fault::BeforeWrite);
    assert_eq!(deliver(&world).unwrap()["delivered"], 2);
    assert_eq!(
        told.borrow()
            .iter()
            .filter(|result| result["outcome"] == "retry")
            .count(),
        1
    );
}

#[test]
fn an_address_inside_is_never_called() {
    for url in [
        "https://169.254.169.254/",
        "https://localhost/",
        "http://127.0.0.1:9/",
        "http://example.com/",
    ] {
        let (world, told) = world(vec![due(1, url)]);
        deliver(&world).unwrap();
        assert!(sent(&world).is_empty(), "{url}");
        assert_eq!(
            (&told.borrow()[0]["outcome"], &told.borrow()[0]["error"]),
            (&json!("failed"), &json!("refused_address"))
        );
    }
    let (world, _) = world(vec![due(1, "http://127.0.0.1:9/")]);
    let local = Settings {
        local_webhooks: true,
        ..settings()
    };
    assert_eq!(deliver_with(&world, local).unwrap()["delivered"], 1);
}

#[test]
fn without_the_database_nothing_goes_out() {
    for fault in [Fault::BeforeWrite, Fault::AfterWrite, Fault::Status(503)] {
        let (world, _) = world(vec![due(1, HOOK)]);
        world.take_down(Backend::Database, fault);
        assert!(deliver(&world).is_err());
        assert!(sent(&world).is_empty());
    }
}

#[test]
fn what_could_not_be_written_down_goes_out_again_as_the_same_message() {
    let (world, told) = world(vec![due(1, HOOK)]);
    let breaking = world.clone();
    world.on_request(Backend::Webhook, move |_| {
        if sent(&breaking).len() == 1 {
            breaking.fail_next(Backend::Database, Fault::BeforeWrite);
        }
        Ok(answer(200, &[]))
    });
    assert!(deliver(&world).is_err());
    assert!(told.borrow().is_empty());
    deliver(&world).unwrap();
    let [first, second] = sent(&world).try_into().unwrap();
    assert_eq!(header(&first, "webhook-id"), header(&second, "webhook-id"));
    assert_eq!(first.body, second.body);
    assert_eq!(told.borrow().len(), 1);
}

#[test]
fn a_pass_sends_what_it_may_and_begins_nothing_late() {
    let six = || (0..6).map(|nth| due(nth, HOOK)).collect::<Vec<_>>();
    let trips = |webhooks_per_pass, slow_ms| {
        let (world, _) = world(six());
        let slow = world.clone();
        world.on_request(Backend::Webhook, move |_| {
            slow.let_pass(slow_ms);
            Ok(answer(200, &[]))
        });
        deliver_with(
            &world,
            Settings {
                webhooks_per_pass,
                ..settings()
            },
        )
        .unwrap();
        sent(&world).len()
    };
    assert_eq!(trips(6, 0), 6);
    assert_eq!(trips(20, 0), 18);
    assert_eq!(
        trips(600, 1_000),
        6,
        "six seconds are too late for another batch"
    );
}

#[test]
fn another_function_has_a_job_s_webhooks_sent() {
    let (world, told) = world(vec![due(1, HOOK)]);
    let send_webhooks = |method: &str, path: &str| {
        let mut call = post(&world, path, &[], "");
        call.incoming.method = method.to_owned();
        pollster::block_on(crate::send_webhooks(&call))
            .map(|reply| reply.status)
            .map_err(|error| error.code)
    };
    assert_eq!(
        send_webhooks("POST", &format!("/sweep/webhooks/{JOB}")),
        Ok(200)
    );
    assert_eq!(told.borrow().len(), 1);
    let asked: Value = serde_json::from_slice(world.sent()[0].body.as_deref().unwrap()).unwrap();
    assert_eq!(
        (&asked["p_job_id"], &asked["p_limit"]),
        (&json!(JOB), &json!(6))
    );
    assert_eq!(
        send_webhooks("GET", &format!("/sweep/webhooks/{JOB}")),
        Err(Code::MethodNotAllowed)
    );
    for path in ["/sweep/webhooks/x", "/sweep", "/", "/sweep/webhooks"] {
        assert_eq!(send_webhooks("POST", path), Err(Code::NotFound), "{path}");
    }
}
