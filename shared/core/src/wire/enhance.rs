//! `POST enhance-prompt`: the request and the answer.

use alloc::string::String;
use alloc::vec::Vec;

pub use ourvidz_prompts::QualityMetrics;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::body::{Body, Field};
use super::fields::Fields;
use super::kinds::{Choice, Flag, Name, OneOf, Uuid, Whole, Words};
use super::prompt::PROMPTS;
pub use super::rpc::EnhancementMethod;
use super::rpc::EnhancementSummary;
use super::submit::{SEEDS, TypeOfJob};
use crate::judged::Judged;
use crate::{ApiError, Code, Id, JobType, Model, Quality};

/// Characters of a conversation's name.
const MAX_SESSION_CHARS: usize = 100;

/// A prompt that somebody wants to have improved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnhanceRequest {
    /// The prompt, trimmed, 1 to 2,000 characters.
    pub prompt: String,
    /// What it is for.
    pub job_type: JobType,
    /// Who says to be asking; must be the caller.
    pub user_id: Id,
    /// The conversation that it continues.
    pub session_id: Option<String>,
    /// The quality to write for, if it is not the job type's.
    pub quality: Option<Quality>,
    /// The model to write for, if it is not the job type's.
    pub model: Option<Model>,
    /// Another seed, another choice where there is one.
    pub seed: Option<u64>,
    /// Whether the client wants to read along while a model writes.
    pub stream: bool,
}

const PROMPT: Field<Words> = Field::required("prompt", PROMPTS);
const JOB_TYPE: Field<TypeOfJob> = Field::required("jobType", TypeOfJob);
const USER_ID: Field<Uuid> = Field::required("userId", Uuid);
const SESSION_ID: Field<Name> = Field::optional(
    "sessionId",
    Name {
        chars: 1..=MAX_SESSION_CHARS,
        set: "!-~",
        meaning: "visible ASCII characters",
    },
);
const QUALITY: Field<Choice<Quality>> = Field::optional("quality", Choice::new());
const MODEL: Field<OneOf> = Field::optional("model", OneOf(&["sdxl", "wan", "auto"]));
const SEED: Field<Whole<u64>> = Field::optional("seed", SEEDS);
const STREAM: Field<Flag> = Field::optional("stream", Flag);

/// The body.
pub(crate) const BODY: Body = Body::open(
    "EnhanceRequest",
    &[
        &PROMPT,
        &JOB_TYPE,
        &USER_ID,
        &SESSION_ID,
        &QUALITY,
        &MODEL,
        &SEED,
        &STREAM,
    ],
);

impl Judged for EnhanceRequest {
    fn texts(&self) -> Vec<&str> {
        let Self {
            prompt,
            // A name that finds the conversation again. It is part of a key in Redis and shown to nobody.
            session_id: _,
            job_type: _,
            user_id: _,
            quality: _,
            model: _,
            seed: _,
            stream: _,
        } = self;
        Vec::from([prompt.as_str()])
    }
}

impl EnhanceRequest {
    /// Reads a body. Fields that nobody knows are ignored: clients send their whole form.
    ///
    /// # Errors
    ///
    /// 400 names the first field that is not what it should be.
    pub fn parse(body: &[u8]) -> Result<Self, ApiError> {
        let mut fields = Fields::of(&BODY, body)?;
        let request = Self {
            prompt: fields.need(&PROMPT)?,
            job_type: fields.need(&JOB_TYPE)?,
            user_id: fields.need(&USER_ID)?,
            session_id: fields.take_unless_empty(&SESSION_ID)?,
            quality: fields.take(&QUALITY)?,
            model: match fields.take(&MODEL)? {
                Some("sdxl") => Some(Model::Sdxl),
                Some("wan") => Some(Model::Wan),
                _ => None,
            },
            seed: fields.take(&SEED)?,
            stream: fields.take(&STREAM)?.unwrap_or(false),
        };
        fields.finish()?;
        Ok(request)
    }

    /// Checks that the caller asks for themselves.
    ///
    /// # Errors
    ///
    /// 403 when the body names somebody else.
    pub fn check_caller(&self, caller: Id) -> Result<(), ApiError> {
        if self.user_id == caller {
            return Ok(());
        }
        Err(ApiError::new(Code::Forbidden)
            .with_message("userId: expected the signed-in user's id.")
            .with_details(json!({ "field": "userId", "expected": "the signed-in user's id" })))
    }

    /// The model to write for.
    #[must_use]
    pub fn target_model(&self) -> Model {
        self.model.unwrap_or_else(|| self.job_type.model())
    }

    /// The quality to write for.
    #[must_use]
    pub fn target_quality(&self) -> Quality {
        self.quality.unwrap_or_else(|| self.job_type.quality())
    }
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct EnhanceReply {
    /// Always true.
    pub success: bool,
    /// The improved prompt.
    pub enhanced_prompt: String,
    /// The prompt as it came.
    pub original_prompt: String,
    /// Tokens after compression for one before; 1 when nothing had to go.
    pub compression_ratio: f64,
    /// 0 to 1.
    pub quality_score: f64,
    /// Tokens of each stage.
    pub token_count: TokenCount,
    /// How it was done.
    pub analytics: EnhanceAnalytics,
}

/// Tokens of each stage, start and end tokens not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TokenCount {
    /// Of the prompt as it came.
    pub original: u32,
    /// Of the prompt as it was enhanced.
    pub enhanced: u32,
    /// Of the prompt in the answer.
    pub compressed: u32,
}

/// How a prompt was improved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct EnhanceAnalytics {
    /// By whom.
    pub enhancement_method: EnhancementMethod,
    /// Milliseconds.
    pub processing_time: u64,
    /// Whether a better method was configured and did not answer.
    pub fallback_used: bool,
    /// Whether the same prompt had been improved a short while before.
    pub cached: bool,
    /// The template that was written for.
    pub template: String,
    /// Each 0 to 1.
    pub quality_metrics: QualityMetrics,
}

/// The answer of `GET /api/admin/enhancements`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EnhancementStatisticsReply {
    /// Always true.
    pub success: bool,
    /// How many days back.
    pub days: u32,
    /// Enhancements in that time.
    pub total: u64,
    /// By method and template.
    pub summaries: Vec<EnhancementSummary>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    const USER: &str = "11111111-1111-4111-8111-111111111111";

    #[test]
    fn overrides_win_over_the_job_type() {
        let body = json!({
            "prompt": " a lake ", "jobType": "video_fast", "userId": USER,
            "quality": "high", "model": "sdxl", "somethingElse": 1,
        });
        let request = EnhanceRequest::parse(body.to_string().as_bytes()).unwrap();
        assert_eq!(request.prompt, "a lake");
        assert_eq!(request.target_model(), Model::Sdxl);
        assert_eq!(request.target_quality(), Quality::High);
    }

    #[test]
    fn methods_are_named_alike_everywhere() {
        for method in [
            EnhancementMethod::ChatWorker,
            EnhancementMethod::WanWorker,
            EnhancementMethod::SystemPrompt,
            EnhancementMethod::RuleBased,
        ] {
            assert_eq!(json!(method), method.as_str());
        }
    }

    #[test]
    fn only_for_oneself() {
        let body = json!({ "prompt": "a lake", "jobType": "video_fast", "userId": USER });
        let request = EnhanceRequest::parse(body.to_string().as_bytes()).unwrap();
        assert!(request.check_caller(USER.parse().unwrap()).is_ok());
        let error = request.check_caller(Id::from_bytes([9; 16])).unwrap_err();
        assert_eq!(error.code, Code::Forbidden);
    }

    #[test]
    fn names_what_is_wrong() {
        for (change, field) in [
            (json!({ "prompt": "" }), "prompt"),
            (json!({ "userId": "x" }), "userId"),
            (json!({ "userId": null }), "userId"),
            (json!({ "quality": "best" }), "quality"),
            (json!({ "model": 7 }), "model"),
            (json!({ "sessionId": "a b" }), "sessionId"),
            (json!({ "seed": -1 }), "seed"),
            (json!({ "stream": "yes" }), "stream"),
        ] {
            let mut body = json!({ "prompt": "a lake", "jobType": "video_fast", "userId": USER });
            body.as_object_mut()
                .unwrap()
                .extend(change.as_object().unwrap().clone());
            let error = EnhanceRequest::parse(body.to_string().as_bytes()).unwrap_err();
            assert!(error.message.starts_with(field), "{}", error.message);
        }
    }
}
