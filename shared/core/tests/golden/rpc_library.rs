//! An instance of each function behind the library and the operators' endpoints, for the list of parameters.

use ourvidz_core::wire::references::ReferenceType;
use ourvidz_core::wire::rpc;
use ourvidz_core::{Id, Queue};
use serde_json::{Map, Value};

use crate::rpc::entry;

const ID: Id = Id::from_bytes([1; 16]);

pub(crate) fn functions() -> Vec<(String, Value)> {
    let project = rpc::CreateProject {
        p_user_id: ID,
        p_project_id: ID,
        p_max_projects: 1,
        p_title: None,
        p_original_prompt: None,
        p_enhanced_prompt: None,
        p_character_id: None,
    };
    let redrive = rpc::AdminRedrive {
        p_actor: String::new(),
        p_queue: None,
        p_job_id: None,
        p_reason: None,
        p_before: None,
        p_before_id: None,
        p_limit: 1,
    };
    let jobs = rpc::AdminJobs {
        p_queue: None,
        p_before: None,
        p_before_id: None,
        p_limit: 1,
    };
    let reference = rpc::MakeReference {
        p_user_id: ID,
        p_key: String::new(),
        p_type: ReferenceType::Style,
        p_consent: false,
        p_bytes: 1,
        p_most: 1,
        p_most_bytes: 1,
    };
    vec![
        entry(&reference),
        entry(&rpc::UpdateAsset {
            p_user_id: ID,
            p_asset_id: ID,
            p_saved: None,
            p_preferred: None,
            p_title: None,
            p_add_tags: Some(Vec::new()),
            p_remove_tags: Some(Vec::new()),
            p_most_tags: 20,
            p_most_own_tags: 500,
        }),
        entry(&rpc::MyTags {}),
        entry(&rpc::DeleteAsset {
            p_user_id: ID,
            p_asset_id: ID,
        }),
        entry(&project),
        entry(&rpc::UpdateProject {
            p_user_id: ID,
            p_project_id: ID,
            p_changes: Map::new(),
        }),
        entry(&rpc::MyProjects {
            p_before: None,
            p_before_id: None,
            p_limit: 1,
        }),
        entry(&rpc::AdminPause {
            p_actor: String::new(),
            p_paused: true,
            p_queue: None,
            p_worker_id: None,
            p_user_id: None,
            p_reason: None,
        }),
        entry(&rpc::AdminRevokeWorker {
            p_actor: String::new(),
            p_worker_id: String::new(),
            p_reason: None,
        }),
        entry(&rpc::AdminPurge {
            p_actor: String::new(),
            p_queue: Queue::SdxlQueue,
            p_limit: 1,
            p_reason: None,
        }),
        entry(&rpc::AdminExpedite {
            p_actor: String::new(),
            p_job_id: ID,
            p_expedited: true,
            p_reason: None,
        }),
        entry(&redrive),
        entry(&rpc::AdminWorkers {}),
        entry(&rpc::AdminStrikes {}),
        entry(&jobs),
        entry(&rpc::AdminDeliveries {
            p_status: None,
            p_before: None,
            p_before_id: None,
            p_limit: 1,
        }),
        entry(&rpc::AdminRedeliver {
            p_actor: String::new(),
            p_delivery_id: ID,
            p_reason: None,
        }),
        entry(&rpc::AdminQueueHistory { p_hours: 1 }),
        entry(&rpc::AdminMetrics {}),
        entry(&rpc::CountCallback {
            p_outcome: rpc::UnwrittenReport::Stale,
        }),
    ]
}
