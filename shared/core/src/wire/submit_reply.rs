//! `POST queue-job`: the answer.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::rpc::{AssetRef, Status};
use crate::{Format, Id, JobType, Quality};

/// The answer to a submit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SubmitReply {
    /// Always true.
    pub success: bool,
    /// The job.
    pub job: SubmittedJob,
    /// For people.
    pub message: String,
    /// Jobs that wait in its queue, with it: exact below a hundred, then about. Null when it is no longer queued.
    pub queue_length: Option<u64>,
    /// Jobs before it in its queue, plus one: exact below a hundred, then a round number that it is beyond. Null when it is
    /// no longer queued.
    pub position: Option<u32>,
    /// Seconds until it should be done.
    pub eta_seconds: Option<u32>,
    /// The checkpoint's name.
    pub model_variant: String,
    /// What was ordered.
    pub job_type: JobType,
    /// Where it waits.
    pub queue: crate::Queue,
    /// Whether it runs on SDXL.
    #[serde(rename = "isSDXL")]
    pub is_sdxl: bool,
    /// Whether a negative prompt goes with it.
    pub negative_prompt_supported: bool,
    /// Its image rows; absent for videos.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub images: Option<Vec<AssetRef>>,
    /// Its video row; absent for images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video: Option<VideoRef>,
    /// Part of the answer since its first version.
    #[serde(rename = "fixes_applied")]
    pub fixes_applied: Vec<String>,
    /// What went less well than it should, e.g. `enhancement_unavailable`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// For developers, only where the deployment shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub debug: Option<Map<String, Value>>,
}

/// A job as a submit answers it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SubmittedJob {
    /// Its id.
    pub id: Id,
    /// Its owner.
    pub user_id: Id,
    /// What was ordered.
    pub job_type: JobType,
    /// Picture or video.
    pub format: Format,
    /// Fast or high.
    pub quality: Quality,
    /// The job type again, as older clients expect it.
    pub model_type: JobType,
    /// Where it stands.
    pub status: Status,
    /// Its metadata.
    pub metadata: Map<String, Value>,
    /// RFC 3339.
    pub created_at: String,
}

/// A video row by id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VideoRef {
    /// Its id.
    pub id: Id,
}

/// The answer to a dry run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DryRunReply {
    /// Always true.
    pub success: bool,
    /// Always true.
    pub dry_run: bool,
    /// Credits that the order would hold.
    pub price: u32,
    /// Seconds that the generation itself should take.
    pub expected_time: f64,
    /// Seconds until it would be done if a worker took it at once.
    pub eta_seconds: u32,
    /// The negative prompt that would go with it; null where there is none.
    pub negative_prompt: Option<String>,
    /// Its length in the CLIP tokens of SDXL, those of your own terms estimated, rather too many.
    pub negative_prompt_tokens: Option<u16>,
    /// The prompt with the words of its style, as the model reads it; null without a style.
    pub styled_prompt: Option<String>,
    /// What would go less well than it should, e.g. `negative_prompt_cut`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}
