//! `POST claim-job`.

use ourvidz_core::plan::claim;
use ourvidz_core::wire::claim::{ClaimReply, ClaimRequest};
use ourvidz_core::wire::rpc::Claimed;
use ourvidz_core::{ApiError, asset_key};
use serde_json::{Value, json};

use crate::files::cases;
use crate::scene;

/// What the database gives to the worker.
fn claimed(context: &Value) -> Claimed {
    let rpc = scene::submitted(&context["job_type"], &context["num_images"], context).rpc;
    let keys = asset_key::claim_keys(
        rpc.p_user_id,
        rpc.p_job_id,
        rpc.p_job_type,
        1,
        rpc.p_num_assets,
        rpc.p_job_type.file_type(),
    );
    Claimed {
        job_id: rpc.p_job_id,
        user_id: rpc.p_user_id,
        job_type: rpc.p_job_type,
        num_assets: rpc.p_num_assets,
        attempt: 1,
        lease_id: scene::id(scene::LEASE),
        lease_until_ms: scene::later().now_ms + 30_000,
        payload: json!(rpc.p_payload),
        keys,
        settlement: None,
    }
}

fn run(body: &[u8], context: &Value) -> Result<(Value, Value), ApiError> {
    let request = ClaimRequest::parse(body)?;
    let plan = claim::claim(&request, &scene::later());
    let claimed = claimed(context);
    let references = claim::references(&claimed)
        .iter()
        .map(|reference| {
            let url = format!(
                "https://storage.example.com/{}/{}",
                reference.bucket, reference.key
            );
            claim::signed(reference, url)
        })
        .collect();
    let reply = claim::reply(&claimed, references, None);
    let read: ClaimReply = serde_json::from_value(json!(reply)).unwrap();
    assert_eq!(read, reply);
    assert!(
        read.worker_payload().is_some(),
        "the worker can read its payload"
    );
    Ok((json!(plan), json!(reply)))
}

#[test]
fn every_case() {
    for case in cases("claim-job") {
        match run(&case.request(), &case.context()) {
            Ok((plan, body)) => {
                assert!(
                    !case.name.starts_with("refused"),
                    "{} was accepted",
                    case.name
                );
                case.check("plan", &plan);
                case.check("reply", &json!({ "status": 200, "body": body }));
            }
            Err(error) => {
                assert!(case.name.starts_with("refused"), "{}: {error:?}", case.name);
                case.check("plan", &Value::Null);
                case.check("reply", &scene::refusal(&error));
            }
        }
    }
}
