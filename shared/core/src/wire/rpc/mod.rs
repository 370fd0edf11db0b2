//! The SQL functions that the edge calls through PostgREST: one struct a function.
//!
//! A field's name is its parameter's name, [`Rpc::NAME`] the function's, [`Rpc::Reply`] what it returns. A
//! test holds all of it equal to the database. Functions marked *edge* run only as the role `ourvidz_edge`
//! and take the user as an argument; those marked *user* run with the user's own token, or as the edge in the name
//! of a user's API key. The table at the end names them all.
#![expect(
    missing_docs,
    reason = "fields are the database's parameters and columns, by their own names"
)]

mod account;
mod admin;
mod api_keys;
mod claim;
mod enhance;
mod files;
mod library;
mod outcome;
mod read;
mod references;
mod settle;
mod submit;
mod sweep;
mod ticket;
mod webhooks;

use alloc::vec::Vec;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use account::*;
pub use admin::*;
pub use api_keys::*;
pub use claim::*;
pub use enhance::*;
pub use files::*;
pub use library::*;
pub use outcome::*;
pub use read::*;
pub use references::*;
pub use settle::*;
pub use submit::*;
pub use sweep::*;
pub use ticket::*;
pub use webhooks::*;

use super::assets::AssetReply;
use super::job::JobView;
use super::projects::ProjectReply;
use super::queue_status::QueueReply;
pub use super::status::Status;

pub trait Rpc: Serialize {
    /// The function's name in schema `public`.
    const NAME: &'static str;
    type Reply: DeserializeOwned;
}

macro_rules! rpc {
    ($($request:ident $name:literal $reply:ty;)+) => {
        $(impl Rpc for $request {
            const NAME: &'static str = $name;
            type Reply = $reply;
        })+
    };
}

rpc! {
    EnqueueJob "enqueue_job" Enqueued;
    ClaimJob "claim_job" Option<Claimed>;
    HeartbeatJob "heartbeat_job" HeartbeatReply;
    JobForSettlement "job_for_settlement" Option<Settlement>;
    SettleJob "settle_job" SettleReply;
    CountCallback "count_callback" ();
    CancelJob "cancel_job" Canceled;
    SweepPass "sweep_pass" Swept;
    SweepDone "sweep_done" ();
    RecordPolicyEvent "record_policy_event" Option<Restraint>;
    ProjectPrompt "project_prompt" Option<ProjectPrompts>;
    AdminGrantCredits "admin_grant_credits" Balance;
    RecordEnhancement "record_enhancement" ();
    EnhancementStatistics "enhancement_statistics" Vec<EnhancementSummary>;
    MyJob "my_job" Option<JobView>;
    MyJobs "my_jobs" Vec<JobView>;
    MyAssets "my_assets" Vec<AssetReply>;
    AccountOf "account_of" Account;
    DeleteData "delete_data" DeletedData;
    QueueStatus "queue_status" Vec<QueueReply>;
    MyEvents "my_events" Vec<JobEvent>;
    EdgeHealth "edge_health" Health;
    UpdateAsset "update_asset" AssetReply;
    DeleteAsset "delete_asset" ();
    CreateProject "create_project" ProjectReply;
    UpdateProject "update_project" ProjectReply;
    MyProjects "my_projects" Vec<ProjectReply>;
    MyTags "my_tags" Vec<alloc::string::String>;
    AdminPause "admin_pause" ();
    AdminRevokeWorker "admin_revoke_worker" ();
    AdminPurge "admin_purge" Purged;
    AdminExpedite "admin_expedite" ();
    AdminRedrive "admin_redrive" Vec<JobView>;
    RedriveJob "redrive_job" Enqueued;
    AdminWorkers "admin_workers" Vec<WorkerView>;
    AdminStrikes "admin_strikes" Vec<StrikesView>;
    AdminJobs "admin_jobs" Vec<FailedJob>;
    AdminDeliveries "admin_deliveries" Vec<OperatorsDelivery>;
    AdminRedeliver "admin_redeliver" OperatorsDelivery;
    AdminQueueHistory "admin_queue_history" Vec<QueueHistory>;
    AdminMetrics "admin_metrics" Vec<Metric>;
    WebhookSecret "webhook_secret" UserSecret;
    TakeWebhooks "take_webhooks" Vec<DueWebhook>;
    RecordWebhooks "record_webhooks" ();
    MyWebhookDeliveries "my_webhook_deliveries" Vec<WebhookDelivery>;
    RedriveWebhook "redrive_webhook" WebhookDelivery;
    IssueEventTicket "issue_event_ticket" ();
    EventsOfTicket "events_of_ticket" TicketEvents;
    CreateApiKey "create_api_key" ApiKeyView;
    MyApiKeys "my_api_keys" Vec<ApiKeyView>;
    RevokeApiKey "revoke_api_key" ();
    UseApiKey "use_api_key" Option<KnownApiKey>;
    MakeReference "make_reference" ();
}
