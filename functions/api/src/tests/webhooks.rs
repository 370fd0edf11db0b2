//! What a user sees of their webhooks, and in whose name the database is asked.

use ourvidz_core::Code;
use ourvidz_edge::testing::{TOKEN, USER, get, json_of, post, settings};
use ourvidz_edge::{Call, Reply};
use ourvidz_rest::Backend;
use ourvidz_rest::fakes::{Raised, World};
use serde_json::{Value, json};

use crate::api;

const ID: &str = "44444444-4444-4444-8444-444444444444";
const JOB: &str = "22222222-2222-4222-8222-222222222222";

fn run(call: &Call<World>) -> Result<Reply, Code> {
    pollster::block_on(api(call)).map_err(|error| error.code)
}

fn posted(world: &World, path: &str) -> Call<World> {
    post(
        world,
        path,
        &[("authorization", &format!("Bearer {TOKEN}"))],
        "",
    )
}

fn asked(world: &World, nth: usize) -> Value {
    serde_json::from_slice(world.sent()[nth].body.as_deref().unwrap()).unwrap()
}

fn delivery() -> Value {
    json!({
        "id": ID, "job_id": JOB, "event": "completed", "url": "https://hooks.example.com/a", "status": "failed",
        "attempts": 10, "next_attempt_at": null, "last_attempt_at": "2026-01-01T00:00:00Z", "last_status": 500,
        "last_error": "status", "created_at": "2026-01-01T00:00:00Z", "delivered_at": null,
    })
}

#[test]
fn a_secret_is_shown_to_its_owner_and_to_no_log() {
    let world = World::new();
    world.on_rpc("webhook_secret", |query| {
        let secret = if query["p_rotate"] == true { "whsec_bmV3" } else { "whsec_b2xk" };
        Ok(json!({ "secret": secret, "created_at": "2026-01-01T00:00:00Z", "previous_until": null }))
    });
    let shown = get(&world, "/api/webhooks/secret", &[]);
    assert_eq!(json_of(run(&shown).unwrap())["secret"], "whsec_b2xk");
    let replaced = posted(&world, "/api/webhooks/secret");
    assert_eq!(json_of(run(&replaced).unwrap())["secret"], "whsec_bmV3");
    assert_eq!(
        asked(&world, 1),
        json!({ "p_user_id": USER, "p_rotate": true })
    );
    for call in [shown, replaced] {
        assert!(!format!("{:?}", call.notes()).contains("whsec"));
    }
}

#[test]
fn a_page_of_deliveries_is_read_in_the_user_s_own_name() {
    let world = World::new();
    world.on_rpc("my_webhook_deliveries", |query| {
        let rows = query["p_limit"].as_u64().unwrap() as usize;
        Ok(json!(vec![delivery(); rows]))
    });
    let query = [("limit", "2"), ("status", "failed")];
    let page = json_of(run(&get(&world, "/api/webhooks/deliveries", &query)).unwrap());
    assert_eq!(page["items"].as_array().map(Vec::len), Some(2));
    assert_eq!(page["items"][0], delivery());
    assert!(page["nextCursor"].is_string());
    assert_eq!(asked(&world, 0)["p_status"], "failed");
    let headers = &world.sent()[0].headers;
    assert!(
        headers
            .iter()
            .any(|(name, value)| name == "authorization" && value == &format!("Bearer {TOKEN}"))
    );
}

#[test]
fn a_redriven_delivery_is_sent_soon() {
    let world = World::new();
    world.on_rpc("redrive_webhook", |_| Ok(delivery()));
    let call = posted(&world, &format!("/api/webhooks/deliveries/{ID}/redrive"));
    assert_eq!(json_of(run(&call).unwrap())["delivery"]["id"], ID);
    assert_eq!(
        asked(&world, 0),
        json!({ "p_user_id": USER, "p_delivery_id": ID })
    );
    assert_eq!(
        world.trips(Backend::Sweep),
        0,
        "the answer does not wait for it"
    );
    for work in call.take_later() {
        pollster::block_on(work);
    }
    assert!(
        world.sent()[1]
            .url
            .ends_with(&format!("/sweep/webhooks/{JOB}"))
    );
}

#[test]
fn what_is_not_the_caller_s_is_unknown() {
    let world = World::new();
    world.on_rpc("redrive_webhook", |_| Err(Raised::from(Code::NotFound)));
    for id in [ID, "x"] {
        let call = posted(&world, &format!("/api/webhooks/deliveries/{id}/redrive"));
        assert_eq!(run(&call).err(), Some(Code::NotFound));
        assert!(call.take_later().is_empty());
    }
    let anonymous = post(&world, "/api/webhooks/secret", &[], "");
    assert_eq!(run(&anonymous).err(), Some(Code::Unauthorized));
}

#[test]
fn an_operator_sees_all_and_sends_anew_with_a_reason() {
    let world = World::new();
    let mut row = delivery();
    row["user_id"] = json!(USER);
    let rows = row.clone();
    world.on_rpc("admin_deliveries", move |query| {
        Ok(json!(vec![
            rows.clone();
            query["p_limit"].as_u64().unwrap() as usize
        ]))
    });
    world.on_rpc("admin_redeliver", move |_| Ok(row.clone()));
    let secret = settings().admin_secret.unwrap();
    let headers = [
        ("x-admin-secret", secret.as_str()),
        ("content-type", "application/json"),
    ];
    let mut list = post(&world, "/api/admin/deliveries", &headers, "");
    list.incoming.method = "GET".into();
    list.incoming.query = [("limit", "2"), ("status", "failed")]
        .map(|(name, value)| (name.into(), value.into()))
        .into();
    let page = json_of(run(&list).unwrap());
    assert_eq!(page["items"].as_array().map(Vec::len), Some(2));
    assert_eq!(page["items"][0]["user_id"], USER);
    assert!(page["nextCursor"].is_string());
    assert_eq!(asked(&world, 0)["p_status"], "failed");

    let body = json!({ "delivery_id": ID, "reason": "their host is back" }).to_string();
    let call = post(&world, "/api/admin/redeliver", &headers, &body);
    assert_eq!(json_of(run(&call).unwrap())["delivery"]["id"], ID);
    assert_eq!(
        asked(&world, 1),
        json!({ "p_actor": "admin-secret", "p_delivery_id": ID, "p_reason": "their host is back" })
    );
    for work in call.take_later() {
        pollster::block_on(work);
    }
    assert!(
        world.sent()[2]
            .url
            .ends_with(&format!("/sweep/webhooks/{JOB}"))
    );
}
