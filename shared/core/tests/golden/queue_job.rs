//! `POST queue-job`.

use std::collections::BTreeSet;

use ourvidz_core::plan::submit;
use ourvidz_core::wire::submit::SubmitRequest;
use ourvidz_core::{ApiError, JobType};
use serde_json::{Value, json};

use crate::files::cases;
use crate::scene;

/// The plan and the answer.
fn run(body: &[u8], context: &Value) -> Result<(Value, Value), ApiError> {
    let request = SubmitRequest::parse(body)?;
    let plan = scene::plan_submit(&request, context)?;
    let again = scene::plan_submit(&request, context)?;
    assert_eq!(plan, again, "planning twice gives the same plan");
    if request.dry_run {
        return Ok((Value::Null, json!(submit::dry_run_reply(&plan))));
    }
    let reply = submit::reply(&scene::enqueued(&plan.rpc));
    Ok((json!(plan.rpc), json!(reply)))
}

#[test]
fn every_case() {
    let mut ordered = BTreeSet::new();
    for case in cases("queue-job") {
        match run(&case.request(), &case.context()) {
            Ok((plan, body)) => {
                assert!(
                    !case.name.starts_with("refused"),
                    "{} was accepted",
                    case.name
                );
                ordered.extend(body["jobType"].as_str().map(str::to_owned));
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
    assert_eq!(
        ordered.len(),
        JobType::ALL.len(),
        "a case for each job type"
    );
}
