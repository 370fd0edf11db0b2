//! Orders with reference images: what the database has not seen is looked at once.

use std::rc::Rc;

use ourvidz_core::fingerprint::sha256_hex;
use ourvidz_edge::Settings;
use ourvidz_edge::testing::{NOW_MS, USER, settings};

use super::*;

const TYPES: [&str; 3] = ["style", "composition", "character"];

/// The header of a PNG of so many pixels a side.
fn png(side: u32) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    file.extend(side.to_be_bytes().repeat(2));
    file.extend(b"\x08\0\0\0\0crc!");
    file
}

fn key_of(kind: &str) -> String {
    format!("{USER}/{kind}.png")
}

/// Uploads one of each type, and says how an order names them.
pub fn uploaded(world: &World) -> Value {
    world.open_storage(settings().storage, NOW_MS);
    for kind in TYPES {
        world.put_object("reference_images", &key_of(kind), "image/png", &png(64));
    }
    json!(TYPES.map(|kind| json!({ "type": kind, "key": key_of(kind) })))
}

/// Lets the database ask for a look at every reference that it is told nothing of.
pub fn wants_to_see(world: &World) {
    world.on_rpc("enqueue_job", |order| {
        let seen = order["p_seen"].as_array().cloned().unwrap_or_default();
        let unseen: Vec<usize> = (0..seen.len())
            .filter(|place| seen[*place].is_null())
            .collect();
        if unseen.is_empty() {
            return Ok(enqueued(order));
        }
        Err(Raised {
            code: Code::StateConflict,
            details: json!({ "unseen": unseen }),
        })
    });
}

fn order_of(references: &Value) -> String {
    json!({ "jobType": "sdxl_image_fast", "metadata": { "prompt": "a red fox", "references": references } }).to_string()
}

fn told(world: &World) -> Vec<Value> {
    let orders = world
        .sent()
        .into_iter()
        .filter(|request| request.url.ends_with("/enqueue_job"));
    let bodies = orders.map(|request| serde_json::from_slice(&request.body.unwrap()).unwrap());
    bodies.map(|order: Value| order["p_seen"].clone()).collect()
}

#[test]
fn what_nobody_has_seen_is_looked_at_once_and_told() {
    let world = world();
    let references = uploaded(&world);
    wants_to_see(&world);
    run(&call(&world, &order_of(&references))).unwrap();
    let seen = json!({ "width": 64, "height": 64, "bytes": 33, "etag": sha256_hex(&png(64)) });
    assert_eq!(
        told(&world),
        [json!([null, null, null]), json!([seen, seen, seen])]
    );
    assert_eq!(world.trips(Backend::Storage), 3);
}

#[test]
fn what_was_seen_before_costs_no_look() {
    let world = world();
    let references = uploaded(&world);
    run(&call(&world, &order_of(&references))).unwrap();
    assert_eq!(told(&world), [json!([null, null, null])]);
    assert_eq!(world.trips(Backend::Storage), 0);
}

#[test]
fn only_what_the_database_asks_for_is_looked_at() {
    let world = world();
    let references = uploaded(&world);
    world.on_rpc("enqueue_job", |order| {
        if order["p_seen"][1].is_null() {
            return Err(Raised {
                code: Code::StateConflict,
                details: json!({ "unseen": [1] }),
            });
        }
        Ok(enqueued(order))
    });
    run(&call(&world, &order_of(&references))).unwrap();
    let places: Vec<bool> = (0..3)
        .map(|place| told(&world)[1][place].is_null())
        .collect();
    assert_eq!(places, [true, false, true]);
    assert_eq!(world.trips(Backend::Storage), 1);
}

#[test]
fn what_is_not_there_or_no_picture_is_refused_with_nothing_written() {
    let missing = None;
    let cut = Some(png(64)[..20].to_vec());
    let bomb = Some(png(30_000));
    let text = Some(b"<script>alert(1)</script>".to_vec());
    for file in [missing, cut, bomb, text] {
        let world = world();
        let references = uploaded(&world);
        wants_to_see(&world);
        let key = match &file {
            Some(bytes) => {
                world.put_object(
                    "reference_images",
                    &key_of("composition"),
                    "image/png",
                    bytes,
                );
                key_of("composition")
            }
            None => key_of("gone"),
        };
        let mut references = references;
        references[1]["key"] = json!(key);
        let error = run(&call(&world, &order_of(&references))).unwrap_err();
        assert_eq!(error.code, Code::InvalidRequest);
        let details = error.into_parts().details.unwrap();
        assert_eq!(details["field"], "metadata.references[1]", "{details}");
        assert_eq!(told(&world).len(), 1);
        assert_eq!(world.trips(Backend::Redis), 0);
    }
}

#[test]
fn other_refusals_look_at_nothing() {
    let world = world();
    let references = uploaded(&world);
    for details in [json!({}), json!({ "limit": 1 })] {
        world.on_rpc("enqueue_job", move |_| {
            Err(Raised {
                code: Code::StateConflict,
                details: details.clone(),
            })
        });
        let error = run(&call(&world, &order_of(&references))).unwrap_err();
        assert_eq!(error.code, Code::StateConflict);
    }
    assert_eq!(world.trips(Backend::Storage), 0);
}

#[test]
fn where_the_edge_cannot_look_it_says_so() {
    let world = world();
    let references = uploaded(&world);
    let mut order = call(&world, &order_of(&references));
    order.settings = Rc::new(Settings {
        asset_check: false,
        ..settings()
    });
    run(&order).unwrap();
    assert_eq!(told(&world), [Value::Null]);
}
