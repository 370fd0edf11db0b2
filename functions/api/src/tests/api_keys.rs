//! What a key costs, for how long its word is taken, and in whose name the database is asked.

use std::rc::Rc;

use ourvidz_core::{Code, Moment, api_key};
use ourvidz_edge::testing::{NOW_MS, TOKEN, USER, get, json_of, post, settings};
use ourvidz_edge::{Call, Reply, Settings};
use ourvidz_rest::fakes::{Raised, World};
use serde_json::{Value, json};

use crate::api;

const KEY_ID: &str = "55555555-5555-4555-8555-555555555555";

fn run(call: &Call<World>) -> Result<Reply, Code> {
    pollster::block_on(api(call)).map_err(|error| error.code)
}

fn key(seed: u8) -> String {
    api_key::fresh(&Moment::new(0, [seed; 32]))
}

/// A world that knows one key, which may do this.
fn world_of(key: &str, scopes: Value) -> World {
    let world = World::new();
    let digest = api_key::digest(key).unwrap();
    world.on_rpc("use_api_key", move |query| {
        let known =
            json!({ "id": KEY_ID, "user_id": USER, "scopes": scopes, "expires_at_s": null });
        Ok(if query["p_digest"] == digest.as_str() {
            known
        } else {
            Value::Null
        })
    });
    world.on_rpc("my_jobs", |_| Ok(json!([])));
    world
}

fn listed(world: &World, key: &str, after_ms: u64) -> Call<World> {
    let mut call = get(world, "/api/jobs", &[]);
    call.incoming.headers = vec![("authorization", format!("Bearer {key}"))];
    call.at = Moment::new(NOW_MS + after_ms, [7; 32]);
    call
}

fn asked(world: &World) -> Vec<String> {
    let name = |url: &str| url.rsplit_once('/').unwrap().1.to_owned();
    world.sent().iter().map(|sent| name(&sent.url)).collect()
}

#[test]
fn a_key_is_asked_for_once_in_five_seconds() {
    let key = key(1);
    let world = world_of(&key, json!(["read"]));
    for after_ms in [0, 4_999, 5_000, 9_999] {
        run(&listed(&world, &key, after_ms)).unwrap();
    }
    assert_eq!(
        asked(&world),
        [
            "use_api_key",
            "my_jobs",
            "my_jobs",
            "use_api_key",
            "my_jobs",
            "my_jobs"
        ]
    );
}

#[test]
fn the_edge_names_the_key_and_not_its_owner() {
    let key = key(2);
    let world = world_of(&key, json!(["read"]));
    let call = listed(&world, &key, 0);
    run(&call).unwrap();
    let sent = &world.sent()[1];
    let header = |name: &str| {
        let found = sent.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone())
    };
    assert_eq!(header("authorization").as_deref(), Some("Bearer edge"));
    assert_eq!(header("x-api-key-id").as_deref(), Some(KEY_ID));
    assert!(!String::from_utf8_lossy(sent.body.as_deref().unwrap()).contains(USER));
    assert_eq!(call.notes()["apiKeyId"], KEY_ID);
    assert!(!format!("{:?}", call.notes()).contains(&key));
}

#[test]
fn what_is_unknown_is_remembered_and_what_is_malformed_is_not_even_asked_for() {
    let known = key(3);
    let world = world_of(&known, json!(["read"]));
    let mut slip = known.clone();
    slip.pop();
    assert_eq!(
        run(&listed(&world, &slip, 0)).err(),
        Some(Code::Unauthorized)
    );
    assert!(asked(&world).is_empty());
    for after_ms in [0, 1_000, 4_999] {
        let call = listed(&world, &key(4), after_ms);
        assert_eq!(run(&call).err(), Some(Code::Unauthorized));
    }
    assert_eq!(asked(&world), ["use_api_key"]);
}

#[test]
fn a_scope_that_is_not_there_is_named() {
    let key = key(5);
    let world = world_of(&key, json!(["orders"]));
    let refusal = pollster::block_on(api(&listed(&world, &key, 0)))
        .err()
        .unwrap();
    assert_eq!(refusal.code, Code::Forbidden);
    assert_eq!(
        refusal.details,
        Some(json!({ "reason": "key_scope", "scope": "read" }))
    );
}

#[test]
fn a_key_that_expires_while_it_is_remembered_is_none() {
    let key = key(6);
    let world = world_of(&key, json!(["read"]));
    world.on_rpc("use_api_key", |_| {
        Ok(json!({
            "id": KEY_ID, "user_id": USER, "scopes": ["read"], "expires_at_s": NOW_MS / 1000 + 2,
        }))
    });
    run(&listed(&world, &key, 1_999)).unwrap();
    assert_eq!(
        run(&listed(&world, &key, 2_000)).err(),
        Some(Code::Unauthorized)
    );
}

#[test]
fn a_key_that_the_database_has_forgotten_reads_nothing() {
    let key = key(7);
    let world = world_of(&key, json!(["read"]));
    world.on_rpc("my_jobs", |_| Err(Raised::from(Code::Unauthorized)));
    assert_eq!(
        run(&listed(&world, &key, 0)).err(),
        Some(Code::Unauthorized)
    );
}

#[test]
fn each_key_has_a_limit_of_its_own_beside_its_owner_s() {
    let key = key(8);
    let world = world_of(&key, json!(["read"]));
    let bounded = |mut call: Call<World>| {
        call.settings = Rc::new(Settings {
            requests_per_minute: 2,
            ..settings()
        });
        run(&call).err()
    };
    for limited in [None, None, Some(Code::RateLimited)] {
        assert_eq!(bounded(listed(&world, &key, 0)), limited);
    }
    assert_eq!(bounded(get(&world, "/api/jobs", &[])), None);
}

#[test]
fn a_key_is_shown_once_and_no_key_makes_another() {
    let world = world_of(&key(9), json!(["orders", "read", "webhooks"]));
    world.on_rpc("create_api_key", |creation| {
        Ok(json!({
            "id": creation["p_key_id"], "name": creation["p_name"], "prefix": creation["p_prefix"],
            "scopes": creation["p_scopes"], "monthly_limit": null, "spent_this_month": 0,
            "created_at": "2026-01-01T00:00:00Z", "expires_at": null, "last_used_at": null,
        }))
    });
    let create = |bearer: &str| {
        let body = r#"{"name":"CI","scopes":["read"]}"#;
        let bearer = format!("Bearer {bearer}");
        post(&world, "/api/keys", &[("authorization", &bearer)], body)
    };
    let call = create(TOKEN);
    let answer = json_of(run(&call).unwrap());
    let made = answer["key"].as_str().unwrap();
    assert!(made.starts_with(answer["apiKey"]["prefix"].as_str().unwrap()));
    let sent: Value = serde_json::from_slice(world.sent()[0].body.as_deref().unwrap()).unwrap();
    assert_eq!(sent["p_digest"], api_key::digest(made).unwrap());
    assert!(!sent.to_string().contains(made) && !format!("{:?}", call.notes()).contains(made));

    assert_eq!(run(&create(&key(9))).err(), Some(Code::Forbidden));
    let mut admin = listed(&world, &key(9), 0);
    admin.incoming.path = "/api/admin/workers".into();
    assert_eq!(run(&admin).err(), Some(Code::Forbidden));
}
