//! `POST queue-job`: the request and the answer.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::body::{Body, Field, Nested};
use super::fields::Fields;
use super::json::is_storable_json;
use super::kinds::{Flag, Kind, NumberOf, Uuid, Whole, Words, exact};
use super::prompt::PROMPTS;
use super::references::{self, Reference, take_references};
use super::rpc::{AssetRef, Status};
pub use super::webhook_target::{WEBHOOK_EVENTS, WebhookTarget};
use super::webhook_target::{WEBHOOK_EVENTS_FIELD, WEBHOOK_URL, take_webhook};
use crate::job_type::SDXL_BATCHES;
use crate::judged::{Judged, collect};
use crate::limits::{MAX_EXTRA_METADATA_BYTES, MAX_PRIORITY};
use crate::metadata::SYSTEM_KEYS;
use crate::{ApiError, Code, Format, Id, JobType, Quality};

const JOB_TYPE: Field<TypeOfJob> = Field::required("jobType", TypeOfJob);
const METADATA: Field<Nested> = Field::optional("metadata", Nested(&METADATA_BODY));
const PROJECT_ID: Field<Uuid> = Field::optional("projectId", Uuid);
const IMAGE_ID: Field<Uuid> = Field::optional("imageId", Uuid);
const VIDEO_ID: Field<Uuid> = Field::optional("videoId", Uuid);
const PRIORITY: Field<Whole<i16>> =
    Field::optional("priority", Whole::new(-MAX_PRIORITY, MAX_PRIORITY));
const ENHANCE: Field<Flag> = Field::optional("enhance", Flag);
const DRY_RUN: Field<Flag> = Field::optional("dryRun", Flag);

/// The body. Everything else is refused by name.
pub(crate) const BODY: Body = Body::closed(
    "SubmitRequest",
    &[
        &JOB_TYPE,
        &METADATA,
        &PROJECT_ID,
        &VIDEO_ID,
        &IMAGE_ID,
        &PRIORITY,
        &ENHANCE,
        &WEBHOOK_URL,
        &WEBHOOK_EVENTS_FIELD,
        &DRY_RUN,
    ],
);

const PROMPT: Field<Words> = Field::optional("prompt", PROMPTS);
const NUM_IMAGES: Field<NumberOf> = Field::optional("num_images", NumberOf(&SDXL_BATCHES));
const NUM_IMAGES_OF_OTHERS: Field<NumberOf> = Field::optional("num_images", NumberOf(&[1]));
const SEED: Field<Whole<u64>> = Field::optional("seed", SEEDS);

/// What the order says of the picture itself; what is not known is kept for the client.
const METADATA_BODY: Body = Body::open(
    "",
    &[
        &PROMPT,
        &NUM_IMAGES,
        &SEED,
        &references::REFERENCES,
        &references::REFERENCE_IMAGE_URL,
        &references::REFERENCE_TYPE,
        &references::REFERENCE_STRENGTH,
    ],
);

/// Whether a key of a job's metadata means something to this product, so that it is no note of the client's.
#[must_use]
pub fn is_known_key(key: &str) -> bool {
    METADATA_BODY.has(key) || SYSTEM_KEYS.binary_search(&key).is_ok()
}

/// What every seed must be.
pub(crate) const SEEDS: Whole<u64> = exact(0);

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
        let mut fields = Fields::of(&BODY, body)?;
        let job_type = fields.need(&JOB_TYPE)?;
        let mut request = Self {
            project_id: fields.take(&PROJECT_ID)?,
            image_id: fields.take(&IMAGE_ID)?,
            video_id: fields.take(&VIDEO_ID)?,
            priority: fields.take(&PRIORITY)?.unwrap_or(0),
            enhance: fields.take(&ENHANCE)?.unwrap_or(false),
            webhook: take_webhook(&mut fields)?,
            dry_run: fields.take(&DRY_RUN)?.unwrap_or(false),
            ..Self::new(job_type)
        };
        if let Some(mut metadata) = fields.object(&METADATA)? {
            request.prompt = metadata.take(&PROMPT)?;
            request.num_images = match job_type.is_sdxl() {
                true => metadata.take(&NUM_IMAGES)?,
                false => metadata.take(&NUM_IMAGES_OF_OTHERS)?,
            };
            request.seed = metadata.take(&SEED)?;
            request.references = take_references(&mut metadata)?;
            request.extra = keep_extra(metadata.rest())?;
        }
        fields.finish()?;
        if !request.references.is_empty() && !job_type.is_sdxl() {
            return Err(ApiError::invalid_field(
                "metadata.references",
                "none: only SDXL takes any",
            ));
        }
        if request.prompt.is_none() && request.project_id.is_none() {
            return Err(ApiError::invalid_field(
                "metadata.prompt",
                &PROMPTS.expected(),
            ));
        }
        Ok(request)
    }

    /// The project whose prompt has to be read first, when the order brings none.
    #[must_use]
    pub fn needs_project(&self) -> Option<Id> {
        self.project_id.filter(|_| self.prompt.is_none())
    }
}

impl Judged for SubmitRequest {
    fn texts(&self) -> Vec<&str> {
        let Self {
            prompt,
            references,
            extra,
            // An address is sent to and shown to nobody but who gave it.
            webhook: _,
            job_type: _,
            num_images: _,
            seed: _,
            project_id: _,
            image_id: _,
            video_id: _,
            priority: _,
            enhance: _,
            dry_run: _,
            retry_of: _,
        } = self;
        let mut texts = Vec::from_iter(prompt.as_deref());
        for (key, value) in extra {
            texts.push(key);
            collect(value, &mut texts);
        }
        texts.extend(references.iter().map(|reference| reference.key.as_str()));
        texts
    }
}

/// The error for a job type that is none of the ten.
#[must_use]
pub fn unknown_job_type() -> ApiError {
    ApiError::new(Code::UnknownJobType)
        .with_details(json!({ "field": "jobType", "validJobTypes": JobType::ALL }))
}

/// One of the ten job types; whatever else a client sends has a code of its own.
pub(crate) struct TypeOfJob;

impl Kind for TypeOfJob {
    type Value = JobType;

    fn read(&self, value: Value) -> Option<JobType> {
        value.as_str()?.parse().ok()
    }

    fn expected(&self) -> String {
        "one of the job types".to_string()
    }

    fn refusal(&self, _field: &str) -> ApiError {
        unknown_job_type()
    }

    fn missing(&self, field: &str) -> ApiError {
        let expected = self.expected();
        unknown_job_type().with_message(alloc::format!("{field}: expected {expected}."))
    }

    #[cfg(feature = "schema")]
    fn schema(&self, generator: &mut schemars::SchemaGenerator) -> Value {
        generator.subschema_for::<JobType>().to_value()
    }
}

/// Keeps what clients note for themselves, without the keys that the system writes (so that nobody can
/// pretend to be it) and those of older clients that mean nothing any more.
fn keep_extra(mut extra: Map<String, Value>) -> Result<Map<String, Value>, ApiError> {
    extra.retain(|key, _| !is_known_key(key));
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
    /// Its length in CLIP tokens.
    pub negative_prompt_tokens: Option<u16>,
}

#[cfg(test)]
mod tests {
    use super::*;
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
