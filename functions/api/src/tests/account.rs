//! Deleting everything: whose, for whom, and how often.

use ourvidz_core::{Code, Moment, api_key};
use ourvidz_edge::testing::{NOW_MS, USER, get, json_of};
use ourvidz_edge::{Call, Reply};
use ourvidz_rest::fakes::World;
use serde_json::{Value, json};

use crate::api;

fn world() -> World {
    let world = World::new();
    world.on_rpc("delete_data", |_| {
        Ok(json!({ "jobs": 3, "assets": 5, "projects": 1, "api_keys": 0, "jobs_left": 0 }))
    });
    world
}

fn deletion(world: &World, after_ms: u64) -> Call<World> {
    let mut call = get(world, "/api/me/data", &[]);
    call.incoming.method = "DELETE".to_owned();
    call.at = Moment::new(NOW_MS + after_ms, [7; 32]);
    call
}

fn run(call: &Call<World>) -> Result<Reply, Code> {
    pollster::block_on(api(call)).map_err(|error| error.code)
}

#[test]
fn the_callers_own_data_goes_and_nobody_elses() {
    let world = world();
    let mut call = deletion(&world, 0);
    call.incoming.query = vec![("user_id".to_owned(), "somebody-else".to_owned())];
    let reply = json_of(run(&call).unwrap());
    assert_eq!(
        reply,
        json!({
            "success": true, "jobs": 3, "assets": 5, "projects": 1, "api_keys": 0, "jobs_left": 0,
        })
    );
    let sent = world.sent();
    let body: Value = serde_json::from_slice(sent[0].body.as_deref().unwrap()).unwrap();
    assert_eq!(body["p_user_id"], USER);
}

#[test]
fn it_is_for_no_key_and_by_no_other_method() {
    let world = world();
    let mut by_key = deletion(&world, 0);
    let key = api_key::fresh(&Moment::new(0, [3; 32]));
    by_key.incoming.headers = vec![("authorization", format!("Bearer {key}"))];
    assert_eq!(run(&by_key).err(), Some(Code::Forbidden));
    for method in ["GET", "POST"] {
        let mut call = deletion(&world, 0);
        call.incoming.method = method.to_owned();
        assert_eq!(run(&call).err(), Some(Code::MethodNotAllowed));
    }
    assert!(world.sent().is_empty());
}

#[test]
fn thirty_a_minute_are_enough() {
    let world = world();
    // Hours later than whatever other tests of this thread have counted.
    for _ in 0..30 {
        run(&deletion(&world, 7_200_000)).unwrap();
    }
    assert_eq!(
        run(&deletion(&world, 7_200_000)).err(),
        Some(Code::RateLimited)
    );
    run(&deletion(&world, 7_202_000)).unwrap();
}
