//! The handler against a database that answers, has nothing, or breaks.

use ourvidz_core::Code;
use ourvidz_edge::testing::{NOW_MS, WORKER_SECRET, answer_of, post};
use ourvidz_rest::Backend;
use ourvidz_rest::fakes::{Fault, World};
use ourvidz_sign::webhook::{self, Secret};
use serde_json::Value;

use crate::claim_job;

const CLAIM: &str = r#"{"worker_id":"w","queue":"sdxl_queue"}"#;

fn claim(world: &World) -> Value {
    let secret = Secret::parse(WORKER_SECRET).unwrap();
    let timestamp = NOW_MS / 1000;
    let signature = webhook::sign(&secret, "m-1", timestamp, CLAIM.as_bytes());
    let timestamp = timestamp.to_string();
    let headers = [
        ("webhook-id", "m-1"),
        ("webhook-timestamp", timestamp.as_str()),
        ("webhook-signature", signature.as_str()),
    ];
    let call = post(world, "/functions/v1/claim-job", &headers, CLAIM);
    answer_of(pollster::block_on(claim_job(&call)))
}

/// A claim that is repeated might take a second job.
#[test]
fn a_claim_asks_the_database_once_whatever_comes_of_it() {
    let empty = World::new();
    empty.on_rpc("claim_job", |asked| {
        assert_eq!(asked["p_message_id"], "m-1");
        Ok(Value::Null)
    });
    assert_eq!(claim(&empty)["status"], 204);

    let broken = World::new();
    broken.take_down(Backend::Database, Fault::AfterWrite);
    assert_eq!(claim(&broken)["status"], Code::Unavailable.status());
    for world in [empty, broken] {
        assert_eq!(world.sent().len(), 1);
    }
}
