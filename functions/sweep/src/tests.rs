//! Golden files: what the database found, and what a pass makes of it. Then what breaks in between.

use std::cell::RefCell;
use std::rc::Rc;

use ourvidz_core::Queue;
use ourvidz_edge::Backends;
use ourvidz_edge::testing::{NOW_MS, golden, settings};
use ourvidz_rest::Backend;
use ourvidz_rest::fakes::{Fault, World};
use serde_json::{Value, json};

use crate::pass;

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
        runtime: world.clone(),
    };
    pollster::block_on(pass::run(&backends, NOW_MS))
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
