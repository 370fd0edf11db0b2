//! Golden files: what the database found, and what a pass makes of it. Then what breaks in between.

use std::cell::RefCell;
use std::rc::Rc;

use ourvidz_core::limits::{MAX_SUBREQUESTS, WEBHOOKS_AT_ONCE};
use ourvidz_core::{Moment, Queue};
use ourvidz_edge::Backends;
use ourvidz_edge::testing::{NOW_MS, golden, settings};
use ourvidz_rest::fakes::{Fault, World};
use ourvidz_rest::{Backend, TransportError};
use serde_json::{Value, json};

use crate::deliver::tests::{HOOK, due};
use crate::{PASSES, buckets_of_pass, deliver, pass};

/// A world whose database found this, and what it is told.
fn world(found: Value) -> (World, Rc<RefCell<Vec<Value>>>) {
    let world = World::new();
    world.open_storage(settings().storage, NOW_MS);
    let told = Rc::new(RefCell::new(Vec::new()));
    for (name, answer) in [("sweep_pass", found), ("sweep_done", Value::Null)] {
        let told = Rc::clone(&told);
        world.on_rpc(name, move |parameters| {
            told.borrow_mut().push(json!({ name: parameters }));
            Ok(answer.clone())
        });
    }
    (world, told)
}

fn run(world: &World) -> Result<Value, ourvidz_core::ApiError> {
    let backends = Backends {
        settings: settings().into(),
        runtime: world.invocation(),
    };
    pollster::block_on(pass::run(&backends, NOW_MS, buckets_of_pass(0, 0)))
}

fn one_of_each() -> Value {
    let text = include_str!("../../../tests/fixtures/sweep/one_of_each.request.json");
    serde_json::from_str(text).unwrap()
}

#[test]
fn golden_files() {
    golden("sweep", |_, found| {
        let (world, told) = world(found);
        let report = run(&world).unwrap();
        let lists: Vec<Value> = Queue::ALL.map(|queue| json!(world.hints(queue))).into();
        vec![
            ("plan", json!({ "told": *told.borrow(), "lists": lists })),
            ("reply", report),
        ]
    });
}

#[test]
fn a_pass_costs_four_round_trips_at_most() {
    let (world, _) = world(one_of_each());
    run(&world).unwrap();
    assert_eq!(
        (world.trips(Backend::Database), world.trips(Backend::Redis)),
        (2, 2)
    );
    let (idle, _) = self::world(json!({
        "requeued": 0, "failed": 0, "canceled": 0, "extended": 0, "push": [], "objects": [],
    }));
    // The first pass marks the lists as known.
    run(&idle).unwrap();
    let before = (idle.trips(Backend::Database), idle.trips(Backend::Redis));
    run(&idle).unwrap();
    assert_eq!(
        (idle.trips(Backend::Database), idle.trips(Backend::Redis)),
        (before.0 + 1, before.1 + 1),
        "when nothing is late, each is asked once"
    );
}

/// Whatever a tick can have to do at once: hints, objects by the thousand, and more webhooks than it sends.
#[test]
fn a_tick_stays_within_its_subrequests() {
    let (world, _) = world(Value::Null);
    world.on_rpc("sweep_pass", |asked| {
        let mut found = one_of_each();
        let buckets = asked["p_buckets"].as_u64().unwrap();
        let object = |nth: u64| json!({ "bucket": format!("b{}", nth % buckets), "key": format!("u/{nth}.png") });
        let many = if buckets == 0 { 0 } else { 1_000 };
        found["objects"] = (0..many).map(object).collect();
        Ok(found)
    });
    world.on_rpc("take_webhooks", |_| {
        Ok((0..WEBHOOKS_AT_ONCE)
            .map(|nth| due(nth as usize, HOOK))
            .collect())
    });
    world.on_rpc("record_webhooks", |_| Ok(Value::Null));
    world.on_request(Backend::Webhook, |_| Err(TransportError::Timeout));
    let backends = Backends {
        settings: settings().into(),
        runtime: world.invocation(),
    };
    let at = Moment::new(NOW_MS, [7; 32]);
    let mut deleted = 0;
    for nth in 0..PASSES {
        let sent = u32::try_from(world.sent().len()).unwrap();
        let run = pass::run(&backends, NOW_MS, buckets_of_pass(nth, sent));
        let swept = pollster::block_on(run).unwrap();
        deleted += swept["deleted"].as_u64().unwrap();
        pollster::block_on(deliver::run(&backends, &at, None)).unwrap();
    }
    assert_eq!(deleted, 1_000);
    assert_eq!(world.trips(Backend::Webhook), 24);
    assert!(
        world.sent().len() <= MAX_SUBREQUESTS as usize,
        "{}",
        world.sent().len()
    );
}

#[test]
fn a_tick_with_nothing_to_send_reaches_every_bucket() {
    let sent_by_idle_pass = 5;
    let mut buckets = 0;
    let mut sent = 0;
    for nth in 0..PASSES {
        let here = buckets_of_pass(nth, sent);
        buckets += here;
        sent += sent_by_idle_pass + here;
    }
    assert!(buckets >= 13 && sent <= MAX_SUBREQUESTS, "{buckets} {sent}");
}

#[test]
fn what_redis_did_not_take_is_not_marked() {
    let (world, told) = world(one_of_each());
    world.take_down(Backend::Redis, Fault::BeforeWrite);
    let report = run(&world).unwrap();
    assert_eq!(
        (report["redis"].clone(), report["pushed"].clone()),
        (json!(false), json!(false))
    );
    let done = &told.borrow()[1]["sweep_done"];
    assert_eq!(done["p_pushed"], json!([]));
}

#[test]
fn what_the_storage_did_not_delete_is_not_crossed_out() {
    let (world, told) = world(one_of_each());
    world.take_down(Backend::Storage, Fault::Status(500));
    assert_eq!(run(&world).unwrap()["deleted"], 0);
    assert_eq!(told.borrow()[1]["sweep_done"]["p_deleted"], json!([]));
}

#[test]
fn a_database_that_is_away_ends_the_pass() {
    let (world, _) = world(one_of_each());
    world.take_down(Backend::Database, Fault::Status(503));
    assert!(run(&world).is_err());
    assert!(world.hints(Queue::SdxlQueue).is_empty());
}
