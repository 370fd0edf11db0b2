use super::*;
use alloc::format;
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;

use crate::JobType;
use crate::wire::rpc::Settled;

const NOW_MS: u64 = 1_767_225_600_000;

fn context(attempt: u32, releases: u32, worker: Option<&str>, settled: Vec<Settled>) -> Settlement {
    let lease = worker.map(|worker_id| {
        json!({
            "lease_id": "33333333-3333-4333-8333-333333333333", "attempt": attempt,
            "worker_id": worker_id, "until_ms": NOW_MS,
        })
    });
    let status = if worker.is_some() {
        "processing"
    } else {
        "queued"
    };
    serde_json::from_value(json!({
        "job": {
            "id": "22222222-2222-4222-8222-222222222222",
            "user_id": "11111111-1111-4111-8111-111111111111", "job_type": "image_fast",
            "status": status, "attempt": attempt, "version": 5, "releases": releases, "progress": 0,
            "num_assets": 1, "cancel_requested": false, "metadata": {},
            "created_at": "2026-01-01T00:00:00Z",
        },
        "prompt": "a red fox",
        "assets": [{
            "id": "44444444-4444-4444-8444-444444444444", "image_index": 0,
            "status": "queued", "url": null,
        }],
        "lease": lease, "settled": settled,
    }))
    .unwrap()
}

fn report(fields: &Value) -> CallbackReport {
    let mut body = json!({ "job_id": "22222222-2222-4222-8222-222222222222" });
    for (name, value) in fields.as_object().unwrap() {
        body[name] = value.clone();
    }
    CallbackReport::parse(body.to_string().as_bytes()).unwrap()
}

fn written(report: &CallbackReport, context: &Settlement) -> SettleJob {
    match settle(report, context, &ExtraTerms::none(), NOW_MS).unwrap() {
        SettleDecision::Write(settling) => settling.rpc,
        other => panic!("{other:?}"),
    }
}

#[test]
fn giving_a_job_back_is_free_ten_times() {
    let released = report(&json!({
        "status": "released", "attempt": 1, "worker_id": "w",
        "leaseId": "33333333-3333-4333-8333-333333333333",
    }));
    let after = |attempt, releases| {
        let mut released = released.clone();
        released.attempt = Some(attempt);
        let rpc = written(
            &released,
            &context(attempt, releases, Some("w"), Vec::new()),
        );
        (rpc.p_status, rpc.p_next_attempt)
    };
    assert_eq!(after(1, 0), (Status::Queued, 1));
    assert_eq!(after(1, MAX_RELEASES - 1), (Status::Queued, 1));
    assert_eq!(after(1, MAX_RELEASES), (Status::Queued, 2));
    assert_eq!(
        after(MAX_ATTEMPTS, MAX_RELEASES),
        (Status::Failed, MAX_ATTEMPTS)
    );
}

#[test]
fn a_prompt_that_nobody_rewrote_costs_the_plain_price() {
    let key = "11111111-1111-4111-8111-111111111111/22222222-2222-4222-8222-222222222222_1_0";
    for job_type in JobType::ALL {
        let mut context = context(1, 0, Some("w"), Vec::new());
        context.job.job_type = job_type;
        let price_after = |context: &Settlement, prompt: Option<&str>| {
            let completed = report(&json!({
                "status": "completed", "attempt": 1, "worker_id": "w", "enhancedPrompt": prompt,
                "leaseId": "33333333-3333-4333-8333-333333333333",
                "assets": [format!("{key}.{}", job_type.file_type().extension())],
            }));
            written(&completed, context).p_price_each
        };
        let plain = job_type.is_enhanced().then(|| job_type.plain_price());
        assert_eq!(price_after(&context, None), plain, "{job_type}");
        assert!(plain.is_none_or(|plain| plain < job_type.price()));
        assert_eq!(price_after(&context, Some("a red fox in snow")), None);

        // What the edge made of the prompt is no language model's of the worker.
        let enhanced = Value::from(context.prompt.as_str());
        let metadata = &mut context.job.metadata;
        metadata.insert("enhanced_prompt".to_owned(), enhanced);
        assert_eq!(price_after(&context, None), plain, "{job_type}");
        // An earlier report may have told it.
        let metadata = &mut context.job.metadata;
        metadata.insert("enhanced_prompt".to_owned(), "a red fox in snow".into());
        assert_eq!(price_after(&context, None), None);
    }
}

#[test]
fn a_claim_after_a_release_has_keys_of_its_own() {
    let named = |claim: u32, releases| {
        let key = format!(
            "11111111-1111-4111-8111-111111111111/22222222-2222-4222-8222-222222222222_{claim}_0.png"
        );
        let completed = report(&json!({
            "status": "completed", "attempt": 1, "worker_id": "w", "assets": [key],
            "leaseId": "33333333-3333-4333-8333-333333333333",
        }));
        let context = context(1, releases, Some("w"), Vec::new());
        settle(&completed, &context, &ExtraTerms::none(), NOW_MS).map_err(|error| error.code)
    };
    for releases in 0..=MAX_RELEASES {
        for claim in 1..=MAX_RELEASES + 1 {
            let is_own = claim == releases + 1;
            match named(claim, releases) {
                Ok(SettleDecision::Write(_)) => assert!(is_own, "{claim} after {releases}"),
                other => {
                    assert!(!is_own, "{claim} after {releases}");
                    assert_eq!(other, Err(Code::InvalidAsset));
                }
            }
        }
    }
}

#[test]
fn another_failure_of_a_worker_that_names_no_attempt_is_no_replay() {
    let failed = |error: &str| {
        report(&json!({ "status": "failed", "retryable": true, "error_message": error }))
    };
    let first = written(&failed("out of memory"), &context(1, 0, None, Vec::new()));
    assert_eq!((first.p_status, first.p_next_attempt), (Status::Queued, 2));
    let settled = vec![Settled {
        attempt: 1,
        digest: first.p_digest.unwrap(),
        reply: first.p_reply,
    }];

    let again = context(2, 0, None, settled);
    let repeated = settle(
        &failed("out of memory"),
        &again,
        &ExtraTerms::none(),
        NOW_MS,
    );
    assert!(matches!(repeated, Ok(SettleDecision::Replay(_))));
    let next = written(&failed("no such model"), &again);
    assert_eq!((next.p_status, next.p_next_attempt), (Status::Queued, 3));
}

#[test]
fn a_workers_own_key_fails_nothing_that_it_never_claimed() {
    let failed = report(&json!({ "status": "failed", "worker_id": "w" }));
    let decision = settle(
        &failed,
        &context(1, 0, None, Vec::new()),
        &ExtraTerms::none(),
        NOW_MS,
    );
    assert!(matches!(decision, Ok(SettleDecision::Ignore(_))));
}
