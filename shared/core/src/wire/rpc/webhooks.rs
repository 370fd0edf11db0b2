//! Webhooks: what they are signed with, what is due, and what became of it.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use super::Status;
use crate::{Id, JobType};

/// *edge*: the secret that a user's webhooks are signed with; makes one for a user without.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WebhookSecret {
    /// The caller.
    pub p_user_id: Id,
    /// Whether a new one takes its place; the old one goes on signing beside it for a day.
    pub p_rotate: bool,
}

/// What [`WebhookSecret`] returns.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct UserSecret {
    /// `whsec_...`.
    pub secret: String,
    /// RFC 3339.
    pub created_at: String,
    /// Until when a secret before this one signs too, RFC 3339.
    pub previous_until: Option<String>,
}

impl fmt::Debug for UserSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("UserSecret(..)")
    }
}

/// *edge*: takes deliveries that are due, to send them: users in turn, those of a job first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TakeWebhooks {
    /// Whoever sends them.
    pub p_lease_id: Id,
    /// At most so many.
    pub p_limit: u32,
    /// After this long they are due again.
    pub p_lease_seconds: u32,
    /// Tries that a delivery gets.
    pub p_max_tries: u32,
    /// The job whose deliveries go first.
    pub p_job_id: Option<Id>,
}

/// A delivery to send.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct DueWebhook {
    /// The delivery, and so the message: the same at each try.
    pub id: Id,
    /// Where to.
    pub url: String,
    /// `completed`, `failed` or `canceled`.
    pub event: String,
    /// Which try this is, from 1.
    pub tries: u32,
    /// What signs it, the newest first.
    pub secrets: Vec<String>,
    /// When it happened, RFC 3339.
    pub created_at: String,
    /// What it tells of its job.
    pub job: EndedJob,
}

/// Without what must not be printed: the secrets, and the address, which may hold one.
impl fmt::Debug for DueWebhook {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("DueWebhook")
            .field("id", &self.id)
            .field("event", &self.event)
            .field("tries", &self.tries)
            .finish_non_exhaustive()
    }
}

/// A job that has ended, as a webhook tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EndedJob {
    /// Its id.
    pub id: Id,
    /// How it ended.
    pub status: Status,
    /// What was ordered.
    pub job_type: JobType,
    /// The project that it was ordered from.
    pub project_id: Option<Id>,
    /// The job that it repeats.
    pub retry_of: Option<Id>,
    /// Why it failed, for programs.
    pub error_code: Option<String>,
    /// Why it failed, for people.
    pub error_message: Option<String>,
    /// What it cost.
    pub credits_charged: i64,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub completed_at: String,
    /// Its assets in the order of their index.
    pub assets: Vec<EndedAsset>,
}

/// An asset of a job that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EndedAsset {
    /// Its id.
    pub id: Id,
    /// `image` or `video`.
    pub kind: String,
    /// Its index in the batch.
    pub image_index: u8,
    /// What became of it.
    pub status: Status,
    /// In a message a signed URL, valid for an hour at least; in the database the object's key.
    pub url: Option<String>,
    /// The same of its thumbnail or poster.
    pub thumbnail_url: Option<String>,
}

/// *edge*: what became of the deliveries that were taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordWebhooks {
    /// Whoever sent them.
    pub p_lease_id: Id,
    /// One for each.
    pub p_results: Vec<WebhookResult>,
}

/// What became of one try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WebhookResult {
    /// The delivery.
    pub id: Id,
    /// What follows.
    pub outcome: WebhookOutcome,
    /// What the receiver answered.
    pub status: Option<u16>,
    /// Why it did not count, out of few words.
    pub error: Option<&'static str>,
    /// The wait before the next try.
    pub wait_seconds: Option<u32>,
}

/// What follows a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum WebhookOutcome {
    /// The receiver has it.
    Delivered,
    /// Once more, later.
    Retry,
    /// Never again.
    Failed,
    /// Never again, and nothing else to that address either.
    Gone,
}

/// *user*: the caller's deliveries, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MyWebhookDeliveries {
    /// Only of this status.
    pub p_status: Option<DeliveryStatus>,
    /// Older than the delivery created then ...
    pub p_before: Option<String>,
    /// ... with this id.
    pub p_before_id: Option<Id>,
    /// At most this many.
    pub p_limit: u32,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum DeliveryStatus {
    /// Is tried, or will be.
    Pending,
    /// The receiver has it.
    Delivered,
    /// Given up.
    Failed,
}

/// A delivery as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WebhookDelivery {
    /// Its id, which is the message's `webhook-id`.
    pub id: Id,
    /// The job that it tells of.
    pub job_id: Id,
    /// `completed`, `failed` or `canceled`.
    pub event: String,
    /// Where to.
    pub url: String,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// Tries so far.
    pub attempts: u32,
    /// RFC 3339; null when there will be no other try.
    pub next_attempt_at: Option<String>,
    /// RFC 3339.
    pub last_attempt_at: Option<String>,
    /// The HTTP status of the receiver's last answer; null when none came.
    pub last_status: Option<u16>,
    /// Why the last try did not count: `status`, `redirect`, `timeout`, `unreachable`, `refused_address`, `gone`,
    /// `disabled`, `too_many`, `lost`, `internal`.
    pub last_error: Option<String>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub delivered_at: Option<String>,
}

/// *edge*: sends a delivery of the caller's anew.
///
/// Raises `PT404 not_found`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RedriveWebhook {
    /// The caller.
    pub p_user_id: Id,
    /// The delivery.
    pub p_delivery_id: Id,
}
