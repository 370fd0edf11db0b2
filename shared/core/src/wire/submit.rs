//! `POST queue-job`: the request.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use ourvidz_prompts::Style;
use ourvidz_prompts::negative_prompt::Additions;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::body::{Body, Field, Nested};
use super::fields::Fields;
use super::json::is_storable_json;
use super::kinds::{Flag, Kind, StyleName, Uuid, Whole, Words, exact};
use super::output::{OUTPUT_FORMAT, OUTPUT_QUALITY, take_output};
use super::prompt::{NEGATIVE_PROMPTS, PROMPTS};
use super::references::{self, Reference, take_references};
use super::shape::{ASPECT, NUM_IMAGES, take_shape};
pub use super::submit_reply::{DryRunReply, SubmitReply, SubmittedJob, VideoRef};
pub use super::webhook_target::{WEBHOOK_EVENTS, WebhookTarget};
use super::webhook_target::{WEBHOOK_EVENTS_FIELD, WEBHOOK_URL, take_webhook};
use crate::aspect::Aspect;
use crate::file_type::{FileType, OutputFormat};
use crate::judged::{Judged, collect};
use crate::limits::{DEFAULT_OUTPUT_QUALITY, MAX_EXTRA_METADATA_BYTES, MAX_PRIORITY};
use crate::metadata::SYSTEM_KEYS;
use crate::{ApiError, Code, Id, JobType};

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
pub(crate) const NEGATIVE_PROMPT: Field<Words> = Field::optional("negative_prompt", NEGATIVE_PROMPTS)
    .about("What to avoid, in terms between commas. It is added to what the service always avoids; SDXL reads about twenty tokens of it.");
pub(crate) const STYLE: Field<StyleName> = Field::optional("style", StyleName)
    .about("Adds words behind the prompt and to the negative prompt; `dryRun` shows them.");
pub(crate) const SEED: Field<Whole<u64>> = Field::optional("seed", SEEDS);

/// What the order says of the picture itself; what is not known is kept for the client.
pub(crate) const METADATA_BODY: Body = Body::open(
    "",
    &[
        &PROMPT,
        &NEGATIVE_PROMPT,
        &STYLE,
        &NUM_IMAGES,
        &SEED,
        &ASPECT,
        &OUTPUT_FORMAT,
        &OUTPUT_QUALITY,
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
    /// What the picture should not show, in the user's own words, if it says.
    pub negative_prompt: Option<String>,
    /// A style, if it says.
    pub style: Option<Style>,
    /// How many pictures, if it says.
    pub num_images: Option<u8>,
    /// The seed, if it says; 0 is one like any other.
    pub seed: Option<u64>,
    /// The shape of what is made, if it says.
    pub aspect: Option<Aspect>,
    /// In which format pictures are wanted, if it says.
    pub output_format: Option<OutputFormat>,
    /// How much of a picture a JPEG keeps, 1 to 100, if it says.
    pub output_quality: Option<u8>,
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
            negative_prompt: None,
            style: None,
            num_images: None,
            seed: None,
            aspect: None,
            output_format: None,
            output_quality: None,
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
            request.negative_prompt = metadata.take_unless_empty(&NEGATIVE_PROMPT)?;
            request.style = metadata.take(&STYLE)?;
            (request.num_images, request.aspect) = take_shape(&mut metadata, job_type)?;
            request.seed = metadata.take(&SEED)?;
            (request.output_format, request.output_quality) = take_output(&mut metadata, job_type)?;
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

    /// What decides about its negative prompt besides the prompt.
    #[must_use]
    pub fn additions(&self) -> Additions<'_> {
        Additions {
            style: self.style,
            own: self.negative_prompt.as_deref().unwrap_or_default(),
        }
    }

    /// What its files are to be.
    #[must_use]
    pub fn file_type(&self) -> FileType {
        self.output_format
            .map_or(self.job_type.file_type(), OutputFormat::file_type)
    }

    /// How much of a picture its files keep, 1 to 100; none where they keep everything.
    #[must_use]
    pub fn quality(&self) -> Option<u8> {
        (self.output_format == Some(OutputFormat::Jpeg))
            .then(|| self.output_quality.unwrap_or(DEFAULT_OUTPUT_QUALITY))
    }

    /// Width and height in pixels.
    #[must_use]
    pub fn size(&self) -> (u32, u32) {
        self.aspect.map_or(self.job_type.size(), Aspect::size)
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
            negative_prompt,
            references,
            extra,
            // An address is sent to and shown to nobody but who gave it.
            webhook: _,
            job_type: _,
            style: _,
            num_images: _,
            seed: _,
            aspect: _,
            output_format: _,
            output_quality: _,
            project_id: _,
            image_id: _,
            video_id: _,
            priority: _,
            enhance: _,
            dry_run: _,
            retry_of: _,
        } = self;
        let mut texts = Vec::from_iter(prompt.as_deref());
        texts.extend(negative_prompt.as_deref());
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
