//! An instance of each function behind webhooks, tickets and API keys, for the list of parameters.

use ourvidz_core::Id;
use ourvidz_core::plan::webhooks;
use ourvidz_core::wire::{rpc, ticket};
use serde_json::Value;

use crate::rpc::entry;

const ID: Id = Id::from_bytes([1; 16]);

pub(crate) fn functions() -> Vec<(String, Value)> {
    vec![
        entry(&rpc::WebhookSecret {
            p_user_id: ID,
            p_rotate: false,
        }),
        entry(&webhooks::take(ID, None)),
        entry(&rpc::RecordWebhooks {
            p_lease_id: ID,
            p_results: Vec::new(),
        }),
        entry(&rpc::MyWebhookDeliveries {
            p_status: None,
            p_before: None,
            p_before_id: None,
            p_limit: 1,
        }),
        entry(&rpc::RedriveWebhook {
            p_user_id: ID,
            p_delivery_id: ID,
        }),
        entry(&ticket::issue(ID, None, "", 1)),
        entry(&rpc::EventsOfTicket {
            p_digest: String::new(),
            p_stream_id: ID,
            p_job_id: None,
            p_after: Some(0),
            p_limit: 1,
        }),
        entry(&rpc::CreateApiKey {
            p_user_id: ID,
            p_key_id: ID,
            p_digest: String::new(),
            p_prefix: String::new(),
            p_name: String::new(),
            p_scopes: Vec::new(),
            p_monthly_limit: None,
            p_expires_in_days: None,
            p_most: 1,
        }),
        entry(&rpc::MyApiKeys {}),
        entry(&rpc::RevokeApiKey {
            p_user_id: ID,
            p_key_id: ID,
        }),
        entry(&rpc::UseApiKey {
            p_digest: String::new(),
        }),
    ]
}
