//! Assets, projects and references: what goes to the database, and what never does.

use ourvidz_core::Code;
use ourvidz_core::limits::{MAX_REFERENCES, MAX_REFERENCES_BYTES};
use ourvidz_edge::testing::{TOKEN, USER, get, json_of, post};
use ourvidz_edge::{Call, Reply};
use ourvidz_rest::Backend;
use ourvidz_rest::fakes::{Raised, World};
use serde_json::{Value, json};

use crate::api;

const ID: &str = "11111111-1111-4111-8111-111111111111";

fn request(world: &World, method: &str, path: &str, body: &Value) -> Call<World> {
    let bearer = format!("Bearer {TOKEN}");
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
    ];
    let mut call = post(world, path, &headers, &body.to_string());
    call.incoming.method = method.to_owned();
    call
}

fn run(call: &Call<World>) -> Result<Reply, Code> {
    pollster::block_on(api(call)).map_err(|error| error.code)
}

fn last_sent(world: &World) -> Value {
    let sent = world.sent();
    serde_json::from_slice(sent.last().unwrap().body.as_deref().unwrap()).unwrap()
}

fn project() -> Value {
    json!({
        "id": ID, "user_id": USER, "title": "Winter", "original_prompt": "a red fox",
        "enhanced_prompt": null, "character_id": null,
        "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
    })
}

#[test]
fn an_asset_changes_in_its_owners_name() {
    let world = World::new();
    world.on_rpc("update_asset", |change| {
        Ok(json!({
            "id": change["p_asset_id"], "job_id": ID, "kind": "image", "job_type": "sdxl_image_fast",
            "image_index": 0, "status": "completed", "title": change["p_title"], "url": "u/a.png",
            "thumbnail_url": null, "saved": change["p_saved"], "preferred": false, "metadata": {},
            "created_at": "2026-01-01T00:00:00Z",
        }))
    });
    let path = format!("/api/assets/{ID}");
    let body = json!({ "saved": true, "title": "A fox" });
    let answer = json_of(run(&request(&world, "PATCH", &path, &body)).unwrap());
    assert_eq!(answer["asset"]["title"], "A fox");
    let url = answer["asset"]["url"].as_str().unwrap();
    assert!(url.contains("sdxl_image_fast/u/a.png") && url.contains("X-Amz-Signature"));
    let sent = last_sent(&world);
    assert_eq!(
        (&sent["p_user_id"], &sent["p_preferred"]),
        (&json!(USER), &Value::Null)
    );
}

#[test]
fn a_tag_is_put_on_and_asked_for_as_it_is_kept() {
    let world = World::new();
    world.on_rpc("record_policy_event", |_| Ok(Value::Null));
    world.on_rpc("update_asset", |_| Err(Raised::from(Code::NotFound)));
    world.on_rpc("my_tags", |_| Ok(json!(["red fox"])));
    world.on_rpc("my_assets", |_| Ok(json!([])));
    let path = format!("/api/assets/{ID}");
    let patch = |body: Value| run(&request(&world, "PATCH", &path, &body)).err();
    // The policy's own term for what no operator can allow.
    assert_eq!(
        patch(json!({ "add_tags": ["nsfw", "child"] })),
        Some(Code::ContentPolicy)
    );
    // What goes may go, whatever it says.
    let off = json!({ "remove_tags": ["nsfw", "Child"] });
    assert_eq!(patch(off), Some(Code::NotFound));
    assert_eq!(last_sent(&world)["p_remove_tags"], json!(["nsfw", "child"]));
    let asked = get(&world, "/api/assets", &[("tag", "Red  FOX")]);
    pollster::block_on(api(&asked)).unwrap();
    assert_eq!(last_sent(&world)["p_tag"], "red fox");
    let own = json_of(pollster::block_on(api(&get(&world, "/api/tags", &[]))).unwrap());
    assert_eq!(own["items"], json!(["red fox"]));
}

#[test]
fn a_delete_is_one_call_and_what_it_refuses_is_passed_on() {
    let world = World::new();
    world.on_rpc("delete_asset", |_| Ok(Value::Null));
    let call = request(&world, "DELETE", &format!("/api/assets/{ID}"), &Value::Null);
    assert_eq!(json_of(run(&call).unwrap())["id"], ID);
    assert_eq!(world.trips(Backend::Database), 1);
    assert_eq!(
        world.trips(Backend::Storage),
        0,
        "the sweep deletes objects"
    );
    world.on_rpc("delete_asset", |_| Err(Raised::from(Code::NotFound)));
    assert_eq!(run(&call).err(), Some(Code::NotFound));
    let wrong = request(&world, "DELETE", "/api/assets/x", &Value::Null);
    assert_eq!(run(&wrong).err(), Some(Code::NotFound));
}

#[test]
fn a_project_that_the_policy_refuses_leaves_its_audit_row_and_nothing_else() {
    let world = World::new();
    world.on_rpc("record_policy_event", |_| Ok(Value::Null));
    // The policy's own term for what no operator can allow; its tables are tested where they are.
    let body = json!({ "original_prompt": "nsfw, child" });
    for (method, path) in [
        ("POST", "/api/projects".to_owned()),
        ("PATCH", format!("/api/projects/{ID}")),
    ] {
        let refused = run(&request(&world, method, &path, &body));
        assert_eq!(refused.err(), Some(Code::ContentPolicy));
        let sent = last_sent(&world);
        assert_eq!(
            (&sent["p_surface"], &sent["p_user_id"]),
            (&json!("project"), &json!(USER))
        );
        assert!(!sent.to_string().contains("nsfw"), "the text is not kept");
    }
    assert_eq!(world.trips(Backend::Database), 2);
}

#[test]
fn a_project_is_made_with_an_id_of_ours_and_changed_field_by_field() {
    let world = World::new();
    world.on_rpc("create_project", |_| Ok(project()));
    world.on_rpc("update_project", |_| Ok(project()));
    let made = run(&request(
        &world,
        "POST",
        "/api/projects",
        &json!({ "title": "Winter" }),
    ))
    .unwrap();
    assert_eq!(made.status, 200);
    assert!(last_sent(&world)["p_project_id"].is_string());
    let path = format!("/api/projects/{ID}");
    run(&request(&world, "PATCH", &path, &json!({ "title": null }))).unwrap();
    assert_eq!(last_sent(&world)["p_changes"], json!({ "title": null }));
}

#[test]
fn projects_come_in_pages() {
    let world = World::new();
    world.on_rpc("my_projects", |query| {
        Ok(json!(vec![
            project();
            query["p_limit"].as_u64().unwrap() as usize
        ]))
    });
    let call = get(&world, "/api/projects", &[("limit", "2")]);
    let page = json_of(pollster::block_on(api(&call)).unwrap());
    assert_eq!(page["items"].as_array().map(Vec::len), Some(2));
    assert!(page["nextCursor"].is_string());
}

#[test]
fn a_reference_goes_under_its_owners_prefix_once_it_is_recorded() {
    let world = World::new();
    world.on_rpc("make_reference", |_| Ok(Value::Null));
    let ask = |body: Value| run(&request(&world, "POST", "/api/references", &body));
    let file = json!({ "type": "style", "contentType": "image/webp", "bytes": 10 });
    let answer = json_of(ask(file.clone()).unwrap());
    let key = answer["key"].as_str().unwrap();
    assert!(key.starts_with(&format!("{USER}/")) && key.ends_with(".webp"));
    assert_eq!(
        last_sent(&world),
        json!({
            "p_user_id": USER, "p_key": key, "p_type": "style", "p_consent": false, "p_bytes": 10,
            "p_most": MAX_REFERENCES, "p_most_bytes": MAX_REFERENCES_BYTES,
        })
    );
    assert_eq!(
        answer["headers"],
        json!({ "content-type": "image/webp", "if-none-match": "*" })
    );
    assert!(answer["url"].as_str().unwrap().contains("reference_images"));
    let likeness = json!({ "type": "character", "contentType": "image/png", "bytes": 10 });
    assert_eq!(
        ask(likeness).err(),
        Some(Code::InvalidRequest),
        "without consent"
    );
    assert_eq!(world.sent().len(), 1);
    world.on_rpc("make_reference", |_| Err(Raised::from(Code::StateConflict)));
    assert_eq!(ask(file).err(), Some(Code::StateConflict), "too many");
}
