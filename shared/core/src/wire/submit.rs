//! `POST queue-job`: the request and the answer.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::fields::{Fields, is_storable_json, whole_number};
use super::prompt::{EXPECTED_PROMPT, trimmed_prompt};
use super::references::{Reference, take_references};
use super::rpc::{AssetRef, Status};
use super::webhook_target::take_webhook;
pub use super::webhook_target::{WEBHOOK_EVENTS, WebhookTarget};
use crate::limits::{MAX_EXTRA_METADATA_BYTES, MAX_PRIORITY, MAX_SEED};
use crate::metadata::is_system_key;
use crate::{ApiError, Code, Format, Id, JobType, Quality};

/// Fields of the body. Everything else is refused by name.
const FIELDS: [&str; 10] = [
    "jobType",
    "metadata",
    "projectId",
    "videoId",
    "imageId",
    "priority",
    "enhance",
    "webhookUrl",
    "webhookEvents",
    "dryRun",
];

/// An order that is well formed. Whether its parts belong to the caller, the plan and the database decide.
///
/// Written as JSON it is what makes two orders the same: everything that they ask for, in whatever order and
/// spelling of numbers it came. A project's prompt may change between two tries.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SubmitRequest {
    /// What is ordered.
    pub job_type: JobType,
    /// The prompt, trimmed, 1 to 2,000 characters; absent when a project supplies it.
    pub prompt: Option<String>,
    /// How many pictures, if it says.
    pub num_images: Option<u8>,
    /// The seed, if it says; 0 is one like any other.
    pub seed: Option<u64>,
    /// Reference images, at most one of each type.
    pub references: Vec<Reference>,
    /// Keys of `metadata` that mean nothing to this product and are kept for the client.
    pub extra: Map<String, Value>,
    /// The project that it belongs to.
    pub project_id: Option<Id>,
    /// The image that it starts from.
    pub image_id: Option<Id>,
    /// The video that it starts from.
    pub video_id: Option<Id>,
    /// -10 to 10, higher goes first.
    pub priority: i16,
    /// Whether to improve the prompt before the job is recorded.
    pub enhance: bool,
    /// Whom to tell of the outcome.
    pub webhook: Option<WebhookTarget>,
    /// Whether to answer with price and time only, and write nothing.
    #[serde(skip)]
    pub dry_run: bool,
    /// The job that this one repeats. Set by the retry endpoint, never by a body.
    pub retry_of: Option<Id>,
}

impl SubmitRequest {
    /// An order of this type that asks for nothing more.
    #[must_use]
    pub fn new(job_type: JobType) -> Self {
        Self {
            job_type,
            prompt: None,
            num_images: None,
            seed: None,
            references: Vec::new(),
            extra: Map::new(),
            project_id: None,
            image_id: None,
            video_id: None,
            priority: 0,
            enhance: false,
            webhook: None,
            dry_run: false,
            retry_of: None,
        }
    }

    /// Reads a body.
    ///
    /// # Errors
    ///
    /// 400 names the first field that is not what it should be, and what was expected; 413 for a large body.
    pub fn parse(body: &[u8]) -> Result<Self, ApiError> {
        let mut fields = Fields::of_body(body)?;
        let job_type = take_job_type(&mut fields)?;
        let mut metadata = match fields.object("metadata")? {
            Some(metadata) => metadata,
            None => Fields::of_value("metadata", json!({}))?,
        };
        let request = Self {
            job_type,
            prompt: take_prompt(&mut metadata)?,
            num_images: take_num_images(&mut metadata, job_type)?,
            seed: take_seed(&mut metadata)?,
            references: take_references(&mut metadata)?,
            extra: keep_extra(metadata.rest())?,
            project_id: fields.id("projectId")?,
            image_id: fields.id("imageId")?,
            video_id: fields.id("videoId")?,
            priority: fields
                .integer("priority", -MAX_PRIORITY..=MAX_PRIORITY)?
                .and_then(|priority| i16::try_from(priority).ok())
                .unwrap_or(0),
            enhance: fields.boolean("enhance")?.unwrap_or(false),
            webhook: take_webhook(&mut fields)?,
            dry_run: fields.boolean("dryRun")?.unwrap_or(false),
            retry_of: None,
        };
        fields.refuse_rest(&FIELDS)?;
        if !request.references.is_empty() && !job_type.is_sdxl() {
            return Err(ApiError::invalid_field(
                "metadata.references",
                "none: only SDXL takes any",
            ));
        }
        if request.prompt.is_none() && request.project_id.is_none() {
            return Err(ApiError::invalid_field("metadata.prompt", EXPECTED_PROMPT));
        }
        Ok(request)
    }

    /// The project whose prompt has to be read first, when the order brings none.
    #[must_use]
    pub fn needs_project(&self) -> Option<Id> {
        self.project_id.filter(|_| self.prompt.is_none())
    }
}

/// The error for a job type that is none of the ten.
#[must_use]
pub fn unknown_job_type() -> ApiError {
    ApiError::new(Code::UnknownJobType)
        .with_details(json!({ "field": "jobType", "validJobTypes": JobType::ALL }))
}

pub(crate) fn take_job_type(fields: &mut Fields) -> Result<JobType, ApiError> {
    let Some(value) = fields.take("jobType") else {
        return Err(unknown_job_type().with_message("jobType: expected one of the job types."));
    };
    value
        .as_str()
        .and_then(|name| name.parse().ok())
        .ok_or_else(unknown_job_type)
}

fn take_prompt(metadata: &mut Fields) -> Result<Option<String>, ApiError> {
    match metadata.take("prompt") {
        None => Ok(None),
        Some(value) => match value.as_str().and_then(trimmed_prompt) {
            Some(prompt) => Ok(Some(prompt)),
            None => Err(metadata.invalid("prompt", EXPECTED_PROMPT)),
        },
    }
}

fn take_num_images(metadata: &mut Fields, job_type: JobType) -> Result<Option<u8>, ApiError> {
    let Some(value) = metadata.take("num_images") else {
        return Ok(None);
    };
    let number = whole_number(&value).and_then(|number| u8::try_from(number).ok());
    match number.filter(|number| job_type.allows(*number)) {
        Some(number) => Ok(Some(number)),
        None if job_type.is_sdxl() => Err(metadata.invalid("num_images", "1, 3 or 6")),
        None => Err(metadata.invalid("num_images", "1")),
    }
}

pub(crate) fn take_seed(metadata: &mut Fields) -> Result<Option<u64>, ApiError> {
    let limit = i64::try_from(MAX_SEED).unwrap_or(i64::MAX);
    Ok(metadata
        .integer("seed", 0..=limit)?
        .and_then(|seed| u64::try_from(seed).ok()))
}

/// Keeps what clients note for themselves, without the keys that the system writes (so that nobody can
/// pretend to be it) and those of older clients that mean nothing any more.
fn keep_extra(mut extra: Map<String, Value>) -> Result<Map<String, Value>, ApiError> {
    extra.retain(|key, _| !is_system_key(key));
    let extra = Value::Object(extra);
    let size = serde_json::to_vec(&extra).map_or(usize::MAX, |bytes| bytes.len());
    if size > MAX_EXTRA_METADATA_BYTES {
        return Err(ApiError::invalid_field(
            "metadata",
            "at most 4096 bytes of additional keys",
        ));
    }
    if !is_storable_json(&extra) {
        return Err(ApiError::invalid_field(
            "metadata",
            "texts without NUL characters",
        ));
    }
    match extra {
        Value::Object(extra) => Ok(extra),
        _ => Ok(Map::new()),
    }
}

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
    /// Length of the queue's list; null when the list could not be reached.
    pub queue_length: Option<u64>,
    /// Jobs before it in its queue, plus one; null when it is no longer queued.
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
    /// What went less well than it should, e.g. `queue_unreachable`.
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
    /// Its length in CLIP tokens.
    pub negative_prompt_tokens: Option<u16>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use serde_json::json;

    #[test]
    fn what_clients_note_for_themselves_may_fill_the_limit_and_no_more() {
        let around = json!({ "note": "" }).to_string().len();
        let of = |length: usize| json!({ "note": "x".repeat(length) });
        for (length, fits) in [
            (MAX_EXTRA_METADATA_BYTES - around, true),
            (MAX_EXTRA_METADATA_BYTES - around + 1, false),
        ] {
            let Value::Object(extra) = of(length) else {
                unreachable!()
            };
            assert_eq!(keep_extra(extra).is_ok(), fits, "{length}");
        }
    }
}
