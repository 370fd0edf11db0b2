//! What a worker gets to know about a job: stored by the submit, stamped by each push, read by the worker.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::references::Reference;
use super::rpc::AttemptKey;
use crate::metadata::{SAMPLE_SHIFT, SAMPLE_SOLVER, expected_seconds, guide_scale};
use crate::{Id, JobType};

/// The version of the hint's form. A worker that does not know it leaves the hint alone.
pub const HINT_VERSION: u32 = 1;

/// The part that does not change from attempt to attempt. Neither URLs nor secrets are in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WorkerPayload {
    /// The job.
    pub id: Id,
    /// What was ordered.
    #[serde(rename = "type")]
    pub job_type: JobType,
    /// The effective prompt, with the words of its style.
    pub prompt: String,
    /// What of it is the style's: the job's row has the user's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt_suffix: Option<String>,
    /// How to generate.
    pub config: GenerationConfig,
    /// The owner, whose prefix the files get.
    pub user_id: Id,
    /// RFC 3339.
    pub created_at: String,
    /// For SDXL the whole of it; for WAN what is added to its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub negative_prompt: Option<String>,
    /// The video that the job starts from.
    #[serde(default)]
    pub video_id: Option<Id>,
    /// The image that the job starts from.
    #[serde(default)]
    pub image_id: Option<Id>,
    /// The project's character.
    #[serde(default)]
    pub character_id: Option<Id>,
    /// The checkpoint.
    pub model_variant: String,
    /// The logical bucket.
    pub bucket: String,
    /// The job's metadata at submit.
    #[serde(default)]
    pub metadata: Map<String, Value>,
}

/// How to generate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GenerationConfig {
    /// Width and height in pixels, `1024*1024`.
    pub size: String,
    /// Denoising steps.
    pub sample_steps: u32,
    /// Classifier-free guidance.
    pub sample_guide_scale: f64,
    /// The solver's name.
    pub sample_solver: String,
    /// The flow shift.
    pub sample_shift: f64,
    /// Frames: 1 for pictures, 4n+1 for videos.
    pub frame_num: u32,
    /// Whether the worker rewrites the prompt with its 7B model first.
    pub enhance_prompt: bool,
    /// The seed, if one was ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Seconds that it should take.
    pub expected_time: f64,
    /// `image` or `video`.
    pub content_type: String,
    /// `png`, `jpg` or `mp4`.
    pub file_extension: String,
    /// 1 to 100, of JPEG alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_quality: Option<u8>,
    /// How many.
    pub num_images: u8,
    /// Reference images by key; the claim signs URLs for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<Reference>,
}

impl GenerationConfig {
    /// The preset of a job type.
    #[must_use]
    pub fn preset(job_type: JobType, num_images: u8) -> Self {
        Self {
            size: size_text(job_type.size()),
            sample_steps: job_type.steps(),
            sample_guide_scale: guide_scale(job_type),
            sample_solver: SAMPLE_SOLVER.to_owned(),
            sample_shift: SAMPLE_SHIFT,
            frame_num: job_type.frames(),
            enhance_prompt: job_type.is_enhanced(),
            seed: None,
            expected_time: expected_seconds(job_type, num_images),
            content_type: job_type.format().as_str().to_owned(),
            file_extension: job_type.file_type().extension().to_owned(),
            output_quality: None,
            num_images,
            references: Vec::new(),
        }
    }

    /// Width and height in pixels.
    #[must_use]
    pub fn dimensions(&self) -> Option<(u32, u32)> {
        let (width, height) = self.size.split_once('*')?;
        Some((width.parse().ok()?, height.parse().ok()?))
    }
}

/// A size as the config holds it.
pub(crate) fn size_text((width, height): (u32, u32)) -> String {
    format!("{width}*{height}")
}

/// What lies in the Redis list: the payload with what holds for one attempt. The sweep has the payload as a
/// submit stored it, maybe one of a newer version, and passes on all of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Hint<P = WorkerPayload> {
    /// The payload.
    #[serde(flatten)]
    pub payload: P,
    /// [`HINT_VERSION`].
    pub v: u32,
    /// The attempt.
    pub attempt: u32,
    /// Where workers without a configured edge report.
    pub callback: HintCallback,
    /// Where this attempt's files go.
    #[serde(default)]
    pub keys: Vec<AttemptKey>,
}

/// Where and with what right a worker reports.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HintCallback {
    /// The URL of job-callback.
    pub url: String,
    /// A token for this attempt alone.
    pub token: String,
}

impl core::fmt::Debug for HintCallback {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter
            .debug_struct("HintCallback")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// The path of job-callback below the public base URL.
const CALLBACK_PATH: &str = "/functions/v1/job-callback";

/// The URL of job-callback.
#[must_use]
pub fn callback_url(public_base_url: &str) -> String {
    format!("{}{CALLBACK_PATH}", public_base_url.trim_end_matches('/'))
}

impl<P> Hint<P> {
    /// The hint of one attempt.
    #[must_use]
    pub fn new(
        payload: P,
        attempt: u32,
        keys: Vec<AttemptKey>,
        public_base_url: &str,
        token: String,
    ) -> Self {
        let url = callback_url(public_base_url);
        Self {
            payload,
            v: HINT_VERSION,
            attempt,
            callback: HintCallback { url, token },
            keys,
        }
    }
}
