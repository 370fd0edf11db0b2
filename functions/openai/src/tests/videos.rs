//! Videos: orders by form, and what is told of them.

use ourvidz_edge::Reply;
use ourvidz_edge::testing::json_of;
use ourvidz_rest::Backend;
use ourvidz_rest::fakes::World;
use serde_json::{Value, json};

use super::{asked, header, job, run, world_of};

/// A request about a video of which the database tells this.
fn about(row: &Value, method: &str, path: &str) -> (World, Reply) {
    let world = world_of(row.clone());
    world.on_rpc("cancel_job", |_| {
        Ok(json!({
            "status": "canceled", "cancel_requested": false, "cancel_cost": 0, "charged": 0, "released": 8,
        }))
    });
    world.on_rpc("delete_asset", |_| Ok(Value::Null));
    let mut call = asked(&world, "");
    (call.incoming.method, call.incoming.path) = (method.into(), format!("/v1/videos/{JOB}{path}"));
    let reply = run(&call);
    (world, reply)
}

const JOB: &str = "22222222-2222-4222-8222-222222222222";

fn with_video() -> Value {
    let mut row = job("completed");
    row["assets"][0]["status"] = json!("completed");
    row["assets"][0]["url"] = json!("u/j_1_0.mp4");
    row
}

#[test]
fn a_video_is_ordered_by_a_form() {
    let world = world_of(Value::Null);
    let form =
        "--b\r\ncontent-disposition: form-data; name=\"prompt\"\r\n\r\na red fox\r\n--b--\r\n";
    let mut call = asked(&world, form);
    call.incoming.path = "/v1/videos".into();
    call.incoming.headers[0].1 = "multipart/form-data; boundary=b".into();
    let reply = run(&call);
    assert_eq!(reply.status, 200);
    assert_eq!(world.trips(Backend::Database), 1);
    let video = json_of(reply);
    assert_eq!(
        (&video["status"], &video["seconds"]),
        (&json!("queued"), &json!("5"))
    );
    assert_eq!(video["prompt"], "a red fox");
}

#[test]
fn a_video_is_told_as_its_job_stands() {
    for (status, told) in [
        ("queued", "queued"),
        ("processing", "in_progress"),
        ("failed", "failed"),
    ] {
        let (_, reply) = about(&job(status), "GET", "");
        let video = json_of(reply);
        assert_eq!(
            (&video["status"], &video["model"]),
            (&json!(told), &json!("video_high"))
        );
        assert_eq!(video["created_at"], 1_767_225_600);
    }
    // Called off, deleted, no video.
    let mut picture = job("queued");
    picture["job_type"] = json!("image_fast");
    for gone in [job("canceled"), job("completed"), picture, Value::Null] {
        assert_eq!(about(&gone, "GET", "").1.status, 404);
        assert_eq!(about(&gone, "DELETE", "").1.status, 404);
        assert_eq!(about(&gone, "GET", "/content").1.status, 404);
    }
}

#[test]
fn the_file_comes_from_the_storage() {
    let (world, reply) = about(&with_video(), "GET", "/content");
    assert_eq!(reply.status, 302);
    assert!(header(&reply, "location").unwrap().contains("u/j_1_0.mp4?"));
    assert_eq!(world.trips(Backend::Storage), 0);
    assert_eq!(about(&job("processing"), "GET", "/content").1.status, 409);
}

#[test]
fn deleting_calls_off_or_deletes_or_finds_nothing_to_do() {
    for (row, asked, deleted) in [
        (job("processing"), "cancel_job", true),
        (with_video(), "delete_asset", true),
        (job("failed"), "my_job", false),
    ] {
        let (world, reply) = about(&row, "DELETE", "");
        assert_eq!(json_of(reply)["deleted"], deleted);
        assert!(world.sent().last().unwrap().url.ends_with(asked));
    }
}
