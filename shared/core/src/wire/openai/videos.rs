//! `/v1/videos`: the order, and the video as it stands.

use alloc::format;
use alloc::string::{String, ToString};

use serde::Serialize;
use serde_json::{Map, Value};

use super::models::model;
use super::size::{SIZE, shape_of, size_of};
use crate::limits::MAX_URL_BYTES;
use crate::timestamp::parse_rfc3339;
use crate::wire::body::{Body, Field};
use crate::wire::fields::Fields;
use crate::wire::job::JobView;
use crate::wire::kinds::{OneOf, Text, Words};
use crate::wire::prompt::PROMPTS;
use crate::wire::rpc::Status;
use crate::wire::submit::SubmitRequest;
use crate::{ApiError, Format, Id, JobType};

const MODEL: Field<Text> = Field::optional("model", Text(64))
    .about("A job type that makes videos; without one `seconds` chooses.");
const PROMPT: Field<Words> = Field::required("prompt", PROMPTS);
const SECONDS: Field<OneOf> = Field::optional("seconds", OneOf(&["5", "6"]))
    .about("5 are the types `..._fast`, 6 the others; a `model` has to agree.");
const USER: Field<Text> = Field::optional("user", Text(MAX_URL_BYTES)).about("Not looked at.");

/// The body of `POST /v1/videos`, as JSON or as a form.
pub(crate) const BODY: Body = Body::closed(
    "OpenAiVideoRequest",
    &[&MODEL, &PROMPT, &SECONDS, &SIZE, &USER],
);

/// The order that a body asks for.
///
/// # Errors
///
/// 400 names the first field that is not what it should be; `unknown_job_type` for a model that makes no videos.
pub fn video_order(body: &[u8]) -> Result<SubmitRequest, ApiError> {
    let mut fields = Fields::of(&BODY, body)?;
    let named = fields.take(&MODEL)?;
    let job_type = job_type(named.as_deref(), fields.take(&SECONDS)?)?;
    let order = SubmitRequest {
        prompt: Some(fields.need(&PROMPT)?),
        aspect: shape_of(job_type, fields.take(&SIZE)?.as_deref())?,
        ..SubmitRequest::new(job_type)
    };
    fields.take(&USER)?;
    fields.finish()?;
    Ok(order)
}

fn job_type(named: Option<&str>, seconds: Option<&str>) -> Result<JobType, ApiError> {
    let Some(name) = named else {
        return Ok(match seconds {
            Some("6") => JobType::VideoHigh,
            _ => JobType::VideoFast,
        });
    };
    let job_type = model(name, Format::Video)?;
    let only = seconds_of(job_type);
    match seconds {
        Some(seconds) if seconds != only => Err(ApiError::invalid_field(
            SECONDS.name,
            &format!("{only} of this model"),
        )),
        _ => Ok(job_type),
    }
}

fn seconds_of(job_type: JobType) -> String {
    (job_type.frames() / crate::job_type::FRAMES_PER_SECOND).to_string()
}

/// A video.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VideoReply {
    /// The job's id.
    pub id: Id,
    /// Always `video`.
    pub object: &'static str,
    /// The job type.
    pub model: JobType,
    /// `queued`, `in_progress`, `completed` or `failed`.
    pub status: &'static str,
    /// 0 to 100.
    pub progress: u8,
    /// Seconds since 1970.
    pub created_at: u64,
    /// Seconds since 1970.
    pub completed_at: Option<u64>,
    /// Always null: it stays until it is deleted.
    pub expires_at: Option<u64>,
    /// The prompt.
    pub prompt: Option<String>,
    /// `5` or `6`.
    pub seconds: String,
    /// Width and height.
    pub size: String,
    /// Always null.
    pub remixed_from_video_id: Option<String>,
    /// Why it failed.
    pub error: Option<VideoError>,
}

/// Why a video failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VideoError {
    /// For programs.
    pub code: String,
    /// For people.
    pub message: String,
}

/// The answer of `DELETE /v1/videos/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VideoDeletedReply {
    /// The job's id.
    pub id: Id,
    /// Always `video.deleted`.
    pub object: &'static str,
    /// False where there was nothing to delete, because it had failed.
    pub deleted: bool,
}

impl VideoReply {
    /// A video that was just ordered.
    #[must_use]
    pub fn ordered(
        id: Id,
        job_type: JobType,
        prompt: &str,
        metadata: &Map<String, Value>,
        created_at: u64,
    ) -> Self {
        Self {
            id,
            object: "video",
            model: job_type,
            status: "queued",
            progress: 0,
            created_at,
            completed_at: None,
            expires_at: None,
            prompt: Some(prompt.to_string()),
            seconds: seconds_of(job_type),
            size: size_of(job_type, metadata),
            remixed_from_video_id: None,
            error: None,
        }
    }

    /// A video as its job stands.
    #[must_use]
    pub fn of(job: &JobView) -> Self {
        let seconds = |time: &str| parse_rfc3339(time).map(|milliseconds| milliseconds / 1000);
        let created_at = seconds(&job.created_at).unwrap_or(0);
        Self {
            status: match job.status {
                Status::Queued => "queued",
                Status::Processing => "in_progress",
                Status::Completed => "completed",
                Status::Failed | Status::Canceled => "failed",
            },
            progress: job.progress,
            completed_at: job.completed_at.as_deref().and_then(seconds),
            error: job.error_code.clone().map(|code| VideoError {
                code,
                message: job.error_message.clone().unwrap_or_default(),
            }),
            ..Self::ordered(job.id, job.job_type, &job.prompt, &job.metadata, created_at)
        }
    }
}

impl VideoDeletedReply {
    /// What became of it.
    #[must_use]
    pub const fn new(id: Id, deleted: bool) -> Self {
        Self {
            id,
            object: "video.deleted",
            deleted,
        }
    }
}

/// Whether the caller still has it: what was called off or deleted is gone.
#[must_use]
pub fn is_there(job: &JobView) -> bool {
    let is_video = job.job_type.format() == Format::Video;
    let called_off = job.cancel_requested || job.status == Status::Canceled;
    let deleted =
        job.status == Status::Completed && job.assets.iter().all(|asset| asset.url.is_none());
    is_video && !called_off && !deleted
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn order(body: &Value) -> Result<SubmitRequest, ApiError> {
        video_order(body.to_string().as_bytes())
    }

    #[test]
    fn openai_s_words_become_an_order() {
        for (body, job_type) in [
            (json!({ "prompt": "x" }), JobType::VideoFast),
            (json!({ "prompt": "x", "seconds": "6" }), JobType::VideoHigh),
            (
                json!({ "prompt": "x", "model": "video7b_high_enhanced", "seconds": "6" }),
                JobType::Video7bHighEnhanced,
            ),
            (
                json!({ "prompt": "x", "size": "480x832", "user": "u" }),
                JobType::VideoFast,
            ),
        ] {
            assert_eq!(order(&body).unwrap().job_type, job_type, "{body}");
        }
        let wide = order(&json!({ "prompt": "x", "size": "832x480" })).unwrap();
        assert_eq!(wide.size(), (832, 480));
        for (field, value) in [
            ("seconds", json!("4")),
            ("size", json!("720x1280")),
            ("input_reference", json!("x")),
        ] {
            let mut body = json!({ "prompt": "x" });
            body[field] = value;
            let details = order(&body).unwrap_err().into_parts().details.unwrap();
            assert_eq!(details["field"], field);
        }
        assert!(order(&json!({ "prompt": "x", "model": "video_fast", "seconds": "6" })).is_err());
        assert!(order(&json!({ "prompt": "x", "model": "image_fast" })).is_err());
    }
}
