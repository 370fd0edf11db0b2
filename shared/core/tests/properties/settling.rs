//! Settlements.

use ourvidz_core::plan::settle::{self, SettleDecision};
use ourvidz_core::wire::callback::{CallbackReport, ReportStatus};
use ourvidz_core::wire::rpc::{AssetState, JobRow, Lease, Settled, Settlement, Status};
use ourvidz_core::{Id, JobType};
use ourvidz_policy::ExtraTerms;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::json::disturbed;

const USER: &str = "11111111-1111-4111-8111-111111111111";
const JOB: &str = "22222222-2222-4222-8222-222222222222";
const LEASE: &str = "33333333-3333-4333-8333-333333333333";
const NOW_MS: u64 = 1_700_000_000_000;

const FIELDS: &[&str] = &[
    "attempt",
    "leaseId",
    "worker_id",
    "assets",
    "thumbnails",
    "poster",
    "failed_indices",
    "error_message",
    "retryable",
    "enhancedPrompt",
    "progress",
    "uploadRequests",
    "metadata",
    "metadata.seed",
    "metadata.generation_time",
    "metadata.num_images",
    "metadata.error_code",
    "filePath",
    "outputUrl",
    "imageUrls",
    "errorMessage",
    "jobId",
];

fn key(index: usize) -> String {
    format!("{USER}/sdxl_{JOB}_1_{index}.png")
}

/// Reports of the job, from well-formed ones to nonsense.
fn report() -> impl Strategy<Value = Value> {
    let status = prop::sample::select(&ReportStatus::ALL[..]);
    let assets = prop::collection::vec(any::<bool>(), 0..5);
    let told = (any::<bool>(), 1u32..4, any::<bool>());
    (status, assets, told).prop_flat_map(|(status, assets, (has_lease, attempt, retryable))| {
        let assets: Vec<Value> = assets
            .iter()
            .enumerate()
            .map(|(index, there)| if *there { json!(key(index)) } else { Value::Null })
            .collect();
        let mut body = json!({
            "job_id": JOB, "status": status, "attempt": attempt, "assets": assets, "retryable": retryable,
        });
        if has_lease {
            body["leaseId"] = json!(LEASE);
            body["worker_id"] = json!("gpu-1");
        }
        disturbed(body, FIELDS)
    })
}

fn status() -> impl Strategy<Value = Status> {
    prop::sample::select(&Status::ALL[..])
}

/// Rows in any state that the database allows.
fn rows() -> impl Strategy<Value = Settlement> {
    let assets = prop::collection::vec(status(), 3);
    (
        status(),
        1u32..4,
        assets,
        any::<Option<bool>>(),
        any::<bool>(),
        0u8..=100,
    )
        .prop_map(
            |(status, attempt, assets, lease, cancel_requested, progress)| Settlement {
                job: JobRow {
                    releases: 0,
                    id: JOB.parse().unwrap(),
                    user_id: USER.parse().unwrap(),
                    job_type: JobType::SdxlImageFast,
                    status,
                    attempt,
                    version: 7,
                    progress,
                    num_assets: 3,
                    cancel_requested,
                    metadata: Map::new(),
                    created_at: String::new(),
                    webhook: false,
                },
                prompt: "a lighthouse".to_owned(),
                assets: assets
                    .into_iter()
                    .zip(0..)
                    .map(|(status, image_index)| AssetState {
                        id: Id::from_bytes([image_index; 16]),
                        image_index,
                        status,
                        url: (status == Status::Completed)
                            .then(|| format!("earlier_{image_index}.png")),
                    })
                    .collect(),
                lease: lease
                    .filter(|_| status == Status::Processing)
                    .map(|is_named| Lease {
                        lease_id: LEASE.parse().unwrap(),
                        attempt,
                        worker_id: is_named.then(|| "gpu-1".to_owned()),
                        until_ms: NOW_MS,
                    }),
                settled: Vec::new(),
            },
        )
}

/// What the database does with a settlement.
fn apply(rows: &mut Settlement, decision: &SettleDecision) {
    let SettleDecision::Write(settling) = decision else {
        return;
    };
    let rpc = &settling.rpc;
    rows.job.version += 1;
    rows.job.status = rpc.p_status;
    rows.job.attempt = rpc.p_next_attempt;
    for update in &rpc.p_assets {
        let row = &mut rows.assets[usize::from(update.index)];
        row.status = update.status;
        row.url.clone_from(&update.url);
    }
    if rpc.p_status.is_terminal() {
        let rest = if rpc.p_status == Status::Canceled {
            Status::Canceled
        } else {
            Status::Failed
        };
        for row in rows
            .assets
            .iter_mut()
            .filter(|row| !row.status.is_terminal())
        {
            row.status = rest;
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
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_settlement_keeps_the_rules(body in report(), rows in rows()) {
        let Ok(report) = CallbackReport::parse(body.to_string().as_bytes()) else { return Ok(()) };
        let Ok(decision) = settle::settle(&report, &rows, &ExtraTerms::none(), NOW_MS) else { return Ok(()) };
        let again = settle::settle(&report, &rows, &ExtraTerms::none(), NOW_MS).unwrap();
        prop_assert_eq!(&decision, &again, "planning twice");
        let SettleDecision::Write(settling) = &decision else { return Ok(()) };
        let rpc = &settling.rpc;

        prop_assert_eq!(rpc.p_version, rows.job.version);
        prop_assert!(!rows.job.status.is_terminal(), "nothing leaves a terminal state");
        prop_assert!(rpc.p_status == rows.job.status || rows.job.status.may_become(rpc.p_status));
        prop_assert!(rpc.p_next_attempt >= rows.job.attempt && rpc.p_next_attempt <= rows.job.attempt + 1);
        prop_assert!(rpc.p_next_attempt <= ourvidz_core::limits::MAX_ATTEMPTS);
        prop_assert!(rpc.p_next_attempt == rows.job.attempt || rpc.p_status == Status::Queued);
        prop_assert!(!rpc.p_charge_used || rpc.p_status == Status::Canceled);
        prop_assert!(rpc.p_price_each.is_none_or(|price| price < rows.job.job_type.price()));
        prop_assert_eq!(rpc.p_error_code.is_some(), rpc.p_status == Status::Failed);

        let mut urls = Vec::new();
        for update in &rpc.p_assets {
            let row = &rows.assets[usize::from(update.index)];
            prop_assert!(row.status.may_become(update.status), "a settled row is never written again");
            prop_assert!(update.status.is_terminal());
            prop_assert_eq!(update.url.is_some(), update.status == Status::Completed);
            urls.extend(update.url.clone());
        }
        prop_assert!(urls.iter().all(|url| url.starts_with(USER) && url.ends_with(".png")));
        for url in &urls {
            prop_assert!(settling.checks.iter().any(|check| check.key == *url), "each object is checked");
        }
        let mut after = rows.clone();
        apply(&mut after, &decision);
        let delivered = after.assets.iter().filter(|row| row.status == Status::Completed).count();
        if rpc.p_status == Status::Completed {
            prop_assert!(delivered >= 1);
            prop_assert_eq!(rpc.p_metadata["all_assets"].as_array().unwrap().len(), delivered);
            prop_assert_eq!(rpc.p_metadata.contains_key("partial"), delivered < 3);
        }
    }

    #[test]
    fn settling_twice_changes_nothing(body in report(), mut rows in rows()) {
        let Ok(report) = CallbackReport::parse(body.to_string().as_bytes()) else { return Ok(()) };
        let terms = ExtraTerms::none();
        let Ok(first) = settle::settle(&report, &rows, &terms, NOW_MS) else { return Ok(()) };
        if !matches!(first, SettleDecision::Write(_)) {
            return Ok(());
        }
        apply(&mut rows, &first);
        let before = rows.clone();
        match settle::settle(&report, &rows, &terms, NOW_MS + 5) {
            Ok(SettleDecision::Replay(reply)) => prop_assert!(reply.replayed),
            Ok(SettleDecision::Ignore(reply)) => prop_assert!(reply.ignored),
            Ok(SettleDecision::Write(again)) => {
                prop_assert_eq!(again.rpc.p_status, Status::Processing);
                prop_assert_eq!(&again.rpc.p_assets, &[]);
                prop_assert_eq!(again.rpc.p_status, before.job.status);
                prop_assert_eq!(again.rpc.p_next_attempt, before.job.attempt);
            }
            Err(error) => prop_assert!(false, "{error:?}"),
        }
    }
}
