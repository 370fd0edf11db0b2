//! What a report may say, in either generation of the body.

use alloc::format;
use alloc::string::String;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
#[cfg(feature = "schema")]
use serde_json::json;

use super::ReportStatus;
use crate::job_type::MAX_ASSETS;
use crate::limits::{
    MAX_BODY_BYTES, MAX_KEY_BYTES, MAX_STEP_PREVIEW_BYTES, MAX_WORKER_ERROR_CHARS,
    MAX_WORKER_ID_CHARS,
};
use crate::wire::body::{Body, Field, Nested, Rule};
use crate::wire::kinds::{Choice, Flag, Key, Kind, List, Number, Size, Text, Uuid, Whole};
use crate::wire::prompt::PROMPTS;
use crate::wire::rpc::Role;
use crate::wire::vitals;

/// Items of a list that are read at all: one more than a job can have, so that "too many" is answered as such
/// by whoever knows the job, and far more is refused here.
pub(super) const MAX_LISTED: usize = 4 * MAX_ASSETS;

/// Files that one report can ask upload URLs for: a picture and a thumbnail for each asset.
pub(super) const MAX_UPLOAD_REQUESTS: usize = 2 * MAX_ASSETS;

/// The largest upload that can be asked for; buckets have lower limits of their own.
pub(super) const MAX_UPLOAD_BYTES: i64 = 1 << 40;

/// What a worker's error says, cut instead of refused, and without characters that neither a log nor a table takes.
pub(super) struct ErrorText;

impl Kind for ErrorText {
    type Value = Option<String>;

    fn read(&self, value: Value) -> Option<Option<String>> {
        let text: String = value
            .as_str()?
            .chars()
            .map(|character| match character.is_control() {
                true => ' ',
                false => character,
            })
            .take(MAX_WORKER_ERROR_CHARS)
            .collect();
        Some(Some(text).filter(|text| !text.is_empty()))
    }

    fn expected(&self) -> String {
        "a text".into()
    }

    #[cfg(feature = "schema")]
    fn schema(&self, _generator: &mut schemars::SchemaGenerator) -> Value {
        json!({ "type": "string" })
    }
}

/// A model's rewriting, cut on a character boundary instead of refused: the picture made from it exists.
pub(super) struct Rewriting;

impl Kind for Rewriting {
    type Value = Option<String>;

    fn read(&self, value: Value) -> Option<Option<String>> {
        let text = value.as_str()?.trim();
        let cut: String = text.chars().take(PROMPTS.0).collect();
        match cut.is_empty() {
            true => Some(None),
            false => PROMPTS.of(&cut).map(Some),
        }
    }

    fn expected(&self) -> String {
        "a text without NUL characters".into()
    }

    #[cfg(feature = "schema")]
    fn schema(&self, _generator: &mut schemars::SchemaGenerator) -> Value {
        json!({ "type": "string" })
    }
}

/// A small JPEG in base64. What it shows nobody here decodes: how it begins and ends is what tells it from a text.
pub(super) struct PreviewImage;

/// What so many bytes are in base64.
pub(super) const fn encoded(bytes: usize) -> usize {
    bytes.div_ceil(3) * 4
}

impl Kind for PreviewImage {
    type Value = String;

    fn read(&self, value: Value) -> Option<String> {
        let Value::String(text) = value else {
            return None;
        };
        if text.len() > encoded(MAX_STEP_PREVIEW_BYTES) {
            return None;
        }
        let jpeg = STANDARD.decode(&text).ok()?;
        (jpeg.starts_with(b"\xff\xd8\xff") && jpeg.ends_with(b"\xff\xd9")).then_some(text)
    }

    fn expected(&self) -> String {
        format!("a JPEG of at most {MAX_STEP_PREVIEW_BYTES} bytes, in base64")
    }

    #[cfg(feature = "schema")]
    fn schema(&self, _generator: &mut schemars::SchemaGenerator) -> Value {
        json!({
            "type": "string", "contentEncoding": "base64", "contentMediaType": "image/jpeg",
            "maxLength": encoded(MAX_STEP_PREVIEW_BYTES),
        })
    }
}

pub(super) const LAST_INDEX: i64 = MAX_ASSETS.cast_signed() as i64 - 1;
pub(super) const KEYS: List<Key> = List {
    of: Key,
    items: 0..=MAX_LISTED,
    meaning: "object keys, null where there is none",
};

pub(super) const JOB_ID: Field<Uuid> = Field::optional("job_id", Uuid);
pub(super) const STATUS: Field<Choice<ReportStatus>> = Field::required("status", Choice::new());
pub(super) const ATTEMPT: Field<Whole<u32>> =
    Field::optional("attempt", Whole::new(1, u32::MAX as i64));
pub(super) const LEASE_ID: Field<Uuid> = Field::optional("leaseId", Uuid);
pub(super) const WORKER_ID: Field<Text> = Field::optional("worker_id", Text(MAX_WORKER_ID_CHARS));
pub(super) const ASSETS: Field<List<Key>> = Field::optional("assets", KEYS);
pub(super) const THUMBNAILS: Field<List<Key>> = Field::optional("thumbnails", KEYS);
pub(super) const POSTER: Field<Key> = Field::optional("poster", Key);
pub(super) const FAILED_INDICES: Field<List<Whole<u8>>> = Field::optional(
    "failed_indices",
    List {
        of: Whole::new(0, LAST_INDEX),
        items: 0..=MAX_LISTED,
        meaning: "indices from 0 to 5",
    },
);
pub(super) const ERROR_MESSAGE: Field<ErrorText> = Field::optional("error_message", ErrorText);
pub(super) const RETRYABLE: Field<Flag> = Field::optional("retryable", Flag);
pub(super) const ENHANCED_PROMPT: Field<Rewriting> = Field::optional("enhancedPrompt", Rewriting);
pub(super) const PROGRESS: Field<Number> = Field::optional("progress", Number(0.0..=100.0));
pub(super) const UPLOAD_REQUESTS: Field<List<Nested>> = Field::optional(
    "uploadRequests",
    List {
        of: Nested(&UPLOAD_REQUEST_BODY),
        items: 0..=MAX_UPLOAD_REQUESTS,
        meaning: "uploads",
    },
);
pub(super) const STEP_PREVIEWS: Field<List<Nested>> = Field::optional(
    "stepPreviews",
    List {
        of: Nested(&STEP_PREVIEW_BODY),
        items: 0..=MAX_ASSETS,
        meaning: "step previews",
    },
)
.about("With a heartbeat: what its pictures look like by now, 36 KiB of JPEG together. What is of another form is left out.");
pub(super) const SNAPSHOT: Field<Text> = Field::optional("snapshot", Text(MAX_BODY_BYTES));
pub(super) const METADATA: Field<Nested> =
    Field::optional("metadata", Nested(&Body::open("", &[])));
pub(super) const OLDER_JOB_ID: Field<Uuid> = Field::optional("jobId", Uuid).older_name_of("job_id");
pub(super) const OLDER_LEASE_ID: Field<Uuid> =
    Field::optional("lease_id", Uuid).older_name_of("leaseId");
pub(super) const IMAGE_URLS: Field<List<Key>> =
    Field::optional("imageUrls", KEYS).older_name_of("assets");
pub(super) const FILE_PATH: Field<Key> = Field::optional("filePath", Key).older_name_of("assets");
pub(super) const OUTPUT_URL: Field<Key> = Field::optional("outputUrl", Key).older_name_of("assets");
pub(super) const OLDER_ERROR_MESSAGE: Field<ErrorText> =
    Field::optional("errorMessage", ErrorText).older_name_of("error_message");
pub(super) const OLDER_ENHANCED_PROMPT: Field<Rewriting> =
    Field::optional("enhanced_prompt", Rewriting).older_name_of("enhancedPrompt");

/// The body of a report.
pub(crate) const BODY: Body = Body::open(
    "CallbackReport",
    &[
        &JOB_ID,
        &STATUS,
        &ATTEMPT,
        &LEASE_ID,
        &WORKER_ID,
        &ASSETS,
        &THUMBNAILS,
        &POSTER,
        &FAILED_INDICES,
        &ERROR_MESSAGE,
        &RETRYABLE,
        &ENHANCED_PROMPT,
        &PROGRESS,
        &UPLOAD_REQUESTS,
        &STEP_PREVIEWS,
        &SNAPSHOT,
        &METADATA,
        &vitals::UPTIME,
        &vitals::GPU,
        &OLDER_JOB_ID,
        &OLDER_LEASE_ID,
        &IMAGE_URLS,
        &FILE_PATH,
        &OUTPUT_URL,
        &OLDER_ERROR_MESSAGE,
        &OLDER_ENHANCED_PROMPT,
    ],
)
.with(Rule::EitherName(&JOB_ID, &OLDER_JOB_ID));

pub(super) const INDEX: Field<Whole<u8>> = Field::required("index", Whole::new(0, LAST_INDEX));
pub(super) const ROLE: Field<Choice<Role>> = Field::required("role", Choice::new());
pub(super) const CONTENT_TYPE: Field<Text> = Field::required("contentType", Text(MAX_KEY_BYTES));
pub(super) const BYTES: Field<Size> = Field::required("bytes", Size(MAX_UPLOAD_BYTES));
pub(super) const UPLOAD_REQUEST_BODY: Body =
    Body::open("", &[&INDEX, &ROLE, &CONTENT_TYPE, &BYTES]);

pub(super) const IMAGE: Field<PreviewImage> = Field::required("image", PreviewImage);
pub(super) const STEP_PREVIEW_BODY: Body = Body::open("", &[&INDEX, &IMAGE]);
