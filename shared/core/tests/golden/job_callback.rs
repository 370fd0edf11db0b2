//! `POST job-callback`.

use std::collections::BTreeSet;

use ourvidz_core::plan::settle::{self, SettleDecision};
use ourvidz_core::wire::callback::{CallbackReply, CallbackReport};
use ourvidz_core::wire::rpc::{AssetState, Lease, Settled, Settlement, Status};
use ourvidz_core::{ApiError, Id, JobType};
use serde_json::{Value, json};

use crate::files::cases;
use crate::{heartbeat, scene};

/// The rows that a case describes.
fn settlement(context: &Value) -> Settlement {
    let rpc = scene::submitted(&context["job_type"], &context["num_assets"], &Value::Null).rpc;
    let mut job = scene::job_row(&rpc);
    job.status = status(&context["status"]);
    job.attempt = serde_json::from_value(context["attempt"].clone()).unwrap();
    job.version = 4;
    job.cancel_requested = context["cancel_requested"].as_bool().unwrap_or(false);
    job.progress = context["progress"]
        .as_u64()
        .map_or(0, |progress| u8::try_from(progress).unwrap());
    let assets = (0..rpc.p_num_assets).map(|index| {
        let status = context["assets"]
            .get(usize::from(index))
            .map_or(Status::Queued, status);
        AssetState {
            id: Id::from_random([0x80 + index; 16]),
            image_index: index,
            status,
            url: (status == Status::Completed)
                .then(|| format!("{}/earlier_{index}.png", scene::USER)),
        }
    });
    let lease = context["lease"].as_object().map(|lease| Lease {
        lease_id: scene::id(scene::LEASE),
        attempt: job.attempt,
        worker_id: lease["worker_id"].as_str().map(str::to_owned),
        until_ms: scene::later().now_ms + 30_000,
    });
    Settlement {
        assets: assets.collect(),
        prompt: rpc.p_prompt,
        lease,
        settled: Vec::new(),
        job,
    }
}

fn status(value: &Value) -> Status {
    serde_json::from_value(value.clone()).unwrap()
}

fn decide(
    report: &CallbackReport,
    rows: &Settlement,
    context: &Value,
) -> Result<SettleDecision, ApiError> {
    settle::settle(
        report,
        rows,
        &scene::extra_terms(context),
        scene::later().now_ms,
    )
}

/// The plan and the answer.
fn run(body: &[u8], context: &Value) -> Result<(Value, CallbackReply), ApiError> {
    let report = CallbackReport::parse(body)?;
    let mut rows = settlement(context);
    if report.is_heartbeat() {
        return heartbeat::run(&report, &rows);
    }
    if context["repeat"].as_bool() == Some(true) {
        rows.settled.push(first_settlement(&report, context));
    }
    if let Some(attempt) = context["repeat_of_attempt"].as_u64() {
        let attempt = u32::try_from(attempt).unwrap();
        rows.settled.push(Settled {
            attempt,
            ..first_settlement(&report, context)
        });
    }
    let decision = decide(&report, &rows, context)?;
    assert_eq!(
        decision,
        decide(&report, &rows, context)?,
        "planning twice gives the same plan"
    );
    Ok(match decision {
        SettleDecision::Write(settling) => {
            assert_eq!(settling.rpc.p_reply, json!(settling.reply));
            check_settles_once(&report, rows, context, &settling);
            let checks: Vec<Value> = settling
                .checks
                .iter()
                .map(|check| {
                    json!({
                        "index": check.index, "bucket": check.bucket, "key": check.key,
                        "limit": check.limit, "media_type": check.media_type,
                    })
                })
                .collect();
            let plan = json!({
                "rpc": settling.rpc,
                "checks": checks,
                "records_policy_event": settling.refused_text_of.is_some(),
            });
            (plan, settling.reply)
        }
        SettleDecision::Replay(reply) => (json!("replay"), *reply),
        SettleDecision::Ignore(reply) => (json!("ignore"), *reply),
    })
}

/// What was remembered when the same report came the first time, to the job as it was before.
fn first_settlement(report: &CallbackReport, context: &Value) -> Settled {
    let mut before = context.clone();
    before["status"] = json!("processing");
    before["assets"] = Value::Null;
    match decide(report, &settlement(&before), context).unwrap() {
        SettleDecision::Write(settling) => Settled {
            attempt: settling.rpc.p_attempt,
            digest: settling.rpc.p_digest.unwrap(),
            reply: settling.rpc.p_reply,
        },
        other => panic!("the first report settles: {other:?}"),
    }
}

/// Writes the plan to the rows as the database does, and reports once more: nothing may change any more.
fn check_settles_once(
    report: &CallbackReport,
    mut rows: Settlement,
    context: &Value,
    settling: &settle::Settling,
) {
    let rpc = &settling.rpc;
    rows.job.status = rpc.p_status;
    rows.job.attempt = rpc.p_next_attempt;
    rows.job.version += 1;
    for update in &rpc.p_assets {
        let row = &mut rows.assets[usize::from(update.index)];
        assert!(
            !row.status.is_terminal(),
            "a settled row is never written again"
        );
        row.status = update.status;
        row.url.clone_from(&update.url);
    }
    if rpc.p_status.is_terminal() {
        for row in rows
            .assets
            .iter_mut()
            .filter(|row| !row.status.is_terminal())
        {
            row.status = if rpc.p_status == Status::Canceled {
                Status::Canceled
            } else {
                Status::Failed
            };
        }
    }
    if rpc.p_status != Status::Processing {
        rows.lease = None;
    }
    rows.settled
        .extend(rpc.p_digest.clone().map(|digest| Settled {
            attempt: rpc.p_attempt,
            digest,
            reply: rpc.p_reply.clone(),
        }));
    match decide(report, &rows, context).unwrap() {
        SettleDecision::Replay(reply) => {
            assert!(reply.replayed);
            assert_eq!(
                CallbackReply {
                    replayed: false,
                    ..*reply
                },
                settling.reply
            );
        }
        SettleDecision::Ignore(_) => {
            assert_eq!(rpc.p_digest, None, "what is remembered is replayed")
        }
        SettleDecision::Write(again) => {
            assert_eq!(again.rpc.p_status, Status::Processing);
            assert_eq!(again.rpc.p_assets, [], "settling twice changes no asset");
        }
    }
}

#[test]
fn every_case() {
    let mut completed = BTreeSet::new();
    for case in cases("job-callback") {
        let context = case.context();
        match run(&case.request(), &context) {
            Ok((plan, reply)) => {
                assert!(
                    !case.name.starts_with("refused"),
                    "{} was accepted",
                    case.name
                );
                if case.name.starts_with("completed") {
                    completed.insert(context["job_type"].to_string());
                }
                case.check("plan", &plan);
                case.check("reply", &json!({ "status": 200, "body": reply }));
            }
            Err(error) => {
                assert!(case.name.starts_with("refused"), "{}: {error:?}", case.name);
                case.check("plan", &Value::Null);
                case.check("reply", &scene::refusal(&error));
            }
        }
    }
    assert_eq!(
        completed.len(),
        JobType::ALL.len(),
        "a completed case for each job type"
    );
}
