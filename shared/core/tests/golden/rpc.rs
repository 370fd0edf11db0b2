//! What the database has to agree with: each function's parameters, and which status may follow which.

use ourvidz_core::wire::enhance::EnhancementMethod;
use ourvidz_core::wire::rpc::{self, Rpc, Status};
use ourvidz_core::{Id, JobType, Queue};
use serde_json::{Map, Value, json};

use crate::files::check_file;
use crate::{rpc_library, rpc_webhooks, scene};

const ID: Id = Id::from_bytes([1; 16]);

pub(crate) fn entry<R: Rpc>(call: &R) -> (String, Value) {
    let parameters = json!(call)
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect::<Vec<_>>();
    (R::NAME.to_owned(), json!(parameters))
}

#[test]
fn parameters_of_every_function() {
    let settling = rpc::SettleJob {
        p_job_id: ID,
        p_version: 1,
        p_attempt: 1,
        p_worker_id: None,
        p_status: Status::Completed,
        p_next_attempt: 1,
        p_metadata: Map::new(),
        p_assets: Vec::new(),
        p_progress: None,
        p_charge_used: false,
        p_price_each: None,
        p_error_code: None,
        p_error_message: None,
        p_worker_error: None,
        p_generation_ms: None,
        p_digest: None,
        p_reply: Value::Null,
    };
    let heartbeat = rpc::HeartbeatJob {
        p_job_id: ID,
        p_attempt: None,
        p_lease_id: None,
        p_worker_id: None,
        p_progress: None,
        p_new_lease_id: ID,
        p_lease_seconds: 1,
        p_legacy_lease_seconds: 1,
        p_uptime_seconds: Some(1),
        p_gpu_used_bytes: Some(1),
        p_gpu_total_bytes: Some(1),
        p_message_id: Some("m".into()),
        p_step_preview: true,
    };
    let claim = rpc::ClaimJob {
        p_worker_id: String::new(),
        p_queue: Queue::SdxlQueue,
        p_job_id: None,
        p_models: Vec::new(),
        p_lease_id: ID,
        p_lease_seconds: 1,
        p_uptime_seconds: Some(1),
        p_gpu_used_bytes: Some(1),
        p_gpu_total_bytes: Some(1),
        p_message_id: Some("m".into()),
    };
    let sweep = rpc::SweepPass {
        p_limit: 1,
        p_lists_lost: false,
        p_sdxl_length: None,
        p_wan_length: None,
        p_max_attempts: 1,
        p_outage_seconds: 1,
        p_max_queued_seconds: 1,
        p_max_running_seconds: 1,
        p_lease_seconds: 1,
        p_buckets: 1,
    };
    let grant = rpc::AdminGrantCredits {
        p_actor: String::new(),
        p_user_id: ID,
        p_amount: 1,
        p_reason: String::new(),
        p_request_id: String::new(),
    };
    let enhancement = rpc::RecordEnhancement {
        p_user_id: ID,
        p_job_type: JobType::SdxlImageFast,
        p_template: String::new(),
        p_method: EnhancementMethod::RuleBased,
        p_fallback_used: false,
        p_cached: false,
        p_processing_ms: 1,
        p_original_tokens: 1,
        p_enhanced_tokens: 1,
        p_compressed_tokens: 1,
        p_original_chars: 1,
        p_enhanced_chars: 1,
        p_quality_score: 1.0,
        p_original_prompt: None,
        p_enhanced_prompt: None,
    };
    let submitted = rpc::EnqueueJob {
        p_seen: Some(Vec::new()),
        ..scene::submitted(&json!(JobType::ImageFast), &json!(1), &Value::Null).rpc
    };
    let my_jobs = rpc::MyJobs {
        p_status: None,
        p_job_type: None,
        p_before: None,
        p_before_id: None,
        p_limit: 1,
    };
    let my_assets = rpc::MyAssets {
        p_kind: None,
        p_saved: None,
        p_project_id: None,
        p_tag: None,
        p_words: None,
        p_from: None,
        p_until: None,
        p_oldest: false,
        p_before: None,
        p_before_id: None,
        p_limit: 1,
    };
    let policy_event = rpc::RecordPolicyEvent {
        p_user_id: ID,
        p_surface: String::new(),
        p_job_id: None,
    };

    let functions: Map<String, Value> = [
        entry(&submitted),
        entry(&claim),
        entry(&heartbeat),
        entry(&rpc::JobForSettlement { p_job_id: ID }),
        entry(&settling),
        entry(&rpc::CancelJob {
            p_user_id: ID,
            p_job_id: ID,
            p_dry_run: false,
        }),
        entry(&sweep),
        entry(&rpc::SweepDone {
            p_pushed: Vec::new(),
            p_deleted: Vec::new(),
        }),
        entry(&policy_event),
        entry(&rpc::ProjectPrompt {
            p_user_id: ID,
            p_project_id: ID,
        }),
        entry(&grant),
        entry(&rpc::RedriveJob {
            p_actor: String::new(),
            p_order: submitted.clone(),
        }),
        entry(&enhancement),
        entry(&rpc::EnhancementStatistics { p_days: 1 }),
        entry(&rpc::MyJob { p_job_id: ID }),
        entry(&my_jobs),
        entry(&my_assets),
        entry(&rpc::AccountOf {
            p_user_id: ID,
            p_starting_credits: 1,
        }),
        entry(&rpc::DeleteData {
            p_user_id: ID,
            p_most_jobs: 1,
        }),
        entry(&rpc::QueueStatus {}),
        entry(&rpc::MyEvents {
            p_job_id: None,
            p_after: Some(0),
            p_limit: 1,
        }),
        entry(&rpc::EdgeHealth {}),
    ]
    .into_iter()
    .chain(rpc_library::functions())
    .chain(rpc_webhooks::functions())
    .collect();

    let declared = include_str!("../../src/wire/rpc/mod.rs");
    let table = declared.rsplit_once("rpc! {").unwrap().1;
    let names: Vec<&str> = table.split('"').skip(1).step_by(2).collect();
    assert_eq!(
        functions.len(),
        names.len(),
        "an instance of every function: {names:?}"
    );
    for name in names {
        assert!(functions.contains_key(name), "{name} has no instance here");
    }
    check_file("sql/snapshots/rpc.json", &Value::Object(functions));
}

#[test]
fn which_status_may_follow_which() {
    let transitions: Map<String, Value> = Status::ALL
        .into_iter()
        .map(|from| {
            let next: Vec<Status> = Status::ALL
                .into_iter()
                .filter(|to| from.may_become(*to))
                .collect();
            (from.as_str().to_owned(), json!(next))
        })
        .collect();
    check_file(
        "sql/snapshots/transitions.json",
        &Value::Object(transitions),
    );
}
