//! A submit: from a well-formed order to the one database call that records it, and to the answer.

mod checks;
pub(crate) mod metadata;
mod reply;

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use ourvidz_policy::ExtraTerms;
use ourvidz_prompts::Style;
use ourvidz_prompts::negative_prompt::{joined, with_additions};
use serde_json::json;

pub use checks::check_own_texts;
use checks::{check_policy, check_references, check_webhook};
use metadata::{Order, job_metadata};
pub use reply::{debug, dry_run_reply, reply};

use crate::fingerprint::fingerprint;
use crate::limits;
use crate::moment::Nth;
use crate::timestamp::rfc3339;
use crate::wire::kinds::Kind;
use crate::wire::payload::{GenerationConfig, WorkerPayload, size_text};
use crate::wire::prompt::PROMPTS;
use crate::wire::references::Reference;
use crate::wire::rpc::{EnqueueJob, ProjectPrompts};
use crate::wire::submit::SubmitRequest;
use crate::{ApiError, Code, Id, JobType, Moment};

/// What a deployment decides about submits.
#[derive(Debug, Clone)]
pub struct SubmitSettings<'a> {
    /// Pictures of an SDXL job that does not say how many.
    pub default_num_images: u8,
    /// Credits that a user who was never seen before starts with.
    pub starting_credits: u32,
    /// Unfinished jobs that a user may have.
    pub max_active: u32,
    /// Jobs that a user may submit in a minute.
    pub max_per_minute: u32,
    /// Queued jobs that a queue takes.
    pub max_queued: u32,
    /// Whether webhooks may go to the machine itself, for development.
    pub allow_local_webhooks: bool,
    /// The operator's additions to the content policy.
    pub extra_terms: &'a ExtraTerms,
}

impl<'a> SubmitSettings<'a> {
    /// The defaults, with the operator's terms.
    #[must_use]
    pub const fn new(extra_terms: &'a ExtraTerms) -> Self {
        Self {
            default_num_images: 1,
            starting_credits: 0,
            max_active: limits::MAX_ACTIVE_JOBS,
            max_per_minute: limits::MAX_JOBS_PER_MINUTE,
            max_queued: limits::MAX_QUEUED_JOBS,
            allow_local_webhooks: false,
            extra_terms,
        }
    }
}

/// An order with all that was looked up for it.
#[derive(Debug, Clone, Copy)]
pub struct Submission<'a> {
    /// What the client asks for.
    pub request: &'a SubmitRequest,
    pub user_id: Id,
    /// Whether the caller signed in anonymously: such accounts start with nothing.
    pub anonymous: bool,
    /// The project's prompts, if [`SubmitRequest::needs_project`] asked for them.
    pub project: Option<&'a ProjectPrompts>,
    /// The effective prompt after enhancement on the edge, if `enhance` asked for it.
    pub enhanced_prompt: Option<&'a str>,
    /// The `Idempotency-Key` header, checked by [`idempotency_key`].
    pub idempotency_key: Option<&'a str>,
    /// The API key that orders, which the price counts to.
    pub api_key_id: Option<Id>,
}

impl Submission<'_> {
    /// The project's character.
    fn character_id(&self) -> Option<Id> {
        self.project?.character_id
    }
}

/// What to do about a submit.
#[derive(Debug, Clone, PartialEq)]
pub struct SubmitPlan {
    /// The one call that records everything.
    pub rpc: EnqueueJob,
    /// Its length in CLIP tokens, if it has a negative prompt that CLIP reads.
    pub negative_prompt_tokens: Option<u16>,
    /// What goes less well than it should.
    pub warnings: Vec<String>,
}

impl SubmitPlan {
    #[must_use]
    pub fn job_type(&self) -> JobType {
        self.rpc.p_job_type
    }

    /// The negative prompt that goes with it.
    #[must_use]
    pub fn negative_prompt(&self) -> Option<&str> {
        self.rpc.p_payload.negative_prompt.as_deref()
    }

    /// The prompt as the model reads it, where a style changes it.
    #[must_use]
    pub fn styled_prompt(&self) -> Option<&str> {
        let payload = &self.rpc.p_payload;
        payload
            .prompt_suffix
            .as_ref()
            .map(|_| payload.prompt.as_str())
    }

    /// The pictures that it starts from.
    #[must_use]
    pub fn references(&self) -> &[Reference] {
        &self.rpc.p_payload.config.references
    }

    /// Credits that the order holds.
    #[must_use]
    pub fn price(&self) -> u32 {
        self.rpc.p_price_each * u32::from(self.rpc.p_num_assets)
    }
}

/// The keys that the service makes itself begin so, and nobody else's: whoever could take one in advance would be given
/// what it stands for.
const RESERVED_KEYS: &str = "service:";

/// Checks the `Idempotency-Key` header.
///
/// # Errors
///
/// 400 unless it has 1 to 255 visible ASCII characters.
pub fn idempotency_key(header: Option<&str>) -> Result<Option<&str>, ApiError> {
    let Some(key) = header else { return Ok(None) };
    let fits = !key.is_empty() && key.len() <= limits::MAX_IDEMPOTENCY_KEY_CHARS;
    let is_free = !key.starts_with(RESERVED_KEYS);
    if fits && is_free && key.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(Some(key))
    } else {
        Err(ApiError::invalid_field(
            "Idempotency-Key",
            "1 to 255 visible ASCII characters, not beginning with service:",
        ))
    }
}

/// The prompt that counts: the order's own, else the project's enhanced one, else its original one.
///
/// # Errors
///
/// 400 when there is none of 1 to 2,000 characters; 404 when the project is not the caller's.
pub fn effective_prompt(
    request: &SubmitRequest,
    project: Option<&ProjectPrompts>,
) -> Result<String, ApiError> {
    if let Some(prompt) = &request.prompt {
        return Ok(prompt.clone());
    }
    let project = project.ok_or_else(|| {
        ApiError::new(Code::NotFound).with_details(json!({ "field": "projectId" }))
    })?;
    [&project.enhanced_prompt, &project.original_prompt]
        .into_iter()
        .flatten()
        .find(|prompt| !prompt.trim().is_empty())
        .and_then(|prompt| PROMPTS.of(prompt))
        .ok_or_else(|| ApiError::invalid_field("metadata.prompt", &PROMPTS.expected()))
}

/// Plans a submit.
///
/// # Errors
///
/// 400 for what does not fit together, 422 `content_policy` (which the caller of this records), 404 for a
/// missing project.
pub fn submit(
    submission: &Submission<'_>,
    settings: &SubmitSettings<'_>,
    at: &Moment,
) -> Result<SubmitPlan, ApiError> {
    let request = submission.request;
    let job_type = request.job_type;
    let original = effective_prompt(request, submission.project)?;
    let enhanced = submission
        .enhanced_prompt
        .and_then(|prompt| PROMPTS.of(prompt));
    check_references(request, submission.user_id)?;
    check_webhook(request, settings)?;
    check_policy(
        request,
        &original,
        enhanced.as_deref(),
        settings.extra_terms,
    )?;

    let prompt = enhanced.as_deref().unwrap_or(&original);
    let num_images = num_images(request, settings);
    let negative = negative(request, prompt);
    let created_at = rfc3339(at.now_ms);
    let job_id = at.fresh_id(Nth::First);
    let metadata = job_metadata(&Order {
        submission,
        prompt,
        original_prompt: enhanced.as_ref().map(|_| original.as_str()),
        negative_prompt: negative.text.as_deref(),
        num_images,
        created_at: &created_at,
    });
    let payload = WorkerPayload {
        id: job_id,
        job_type,
        prompt: Style::of(request.style, prompt),
        prompt_suffix: request.style.map(Style::suffix),
        config: GenerationConfig {
            size: size_text(request.size()),
            file_extension: request.file_type().extension().to_owned(),
            output_quality: request.quality(),
            seed: request.seed,
            references: request.references.clone(),
            ..GenerationConfig::preset(job_type, num_images)
        },
        user_id: submission.user_id,
        created_at: created_at.clone(),
        negative_prompt: negative.text,
        video_id: request.video_id,
        image_id: request.image_id,
        character_id: submission.character_id(),
        model_variant: job_type.model_variant().to_owned(),
        bucket: job_type.bucket().to_owned(),
        metadata: metadata.clone(),
    };
    let webhook = request.webhook.as_ref();
    let rpc = EnqueueJob {
        p_user_id: submission.user_id,
        p_job_id: job_id,
        p_job_type: job_type,
        p_prompt: prompt.to_owned(),
        p_num_assets: num_images,
        p_price_each: job_type.price(),
        p_metadata: metadata,
        p_payload: payload,
        p_project_id: request.project_id,
        p_image_id: request.image_id,
        p_video_id: request.video_id,
        p_retry_of: request.retry_of,
        p_priority: request.priority,
        p_idempotency_key: submission.idempotency_key.map(ToOwned::to_owned),
        p_fingerprint: fingerprint(&json!(request)),
        p_webhook_url: webhook.map(|target| target.url.clone()),
        p_webhook_events: webhook
            .map(|target| target.events.clone())
            .unwrap_or_default(),
        p_starting_credits: if submission.anonymous {
            0
        } else {
            settings.starting_credits
        },
        p_max_active: settings.max_active,
        p_max_per_minute: settings.max_per_minute,
        p_max_queued: settings.max_queued,
        p_api_key_id: submission.api_key_id,
        p_seen: None,
    };
    Ok(SubmitPlan {
        rpc,
        negative_prompt_tokens: negative.tokens,
        warnings: negative
            .warning
            .map(ToOwned::to_owned)
            .into_iter()
            .collect(),
    })
}

/// The warning that a user's own negative prompt is longer than what SDXL reads of it.
pub const NEGATIVE_PROMPT_CUT: &str = "negative_prompt_cut";

/// What a model is to avoid.
struct Negative {
    text: Option<String>,
    tokens: Option<u16>,
    warning: Option<&'static str>,
}

/// For SDXL ours with the user's and the style's terms; for WAN, which brings one of its own, those alone.
fn negative(request: &SubmitRequest, prompt: &str) -> Negative {
    if request.job_type.is_sdxl() {
        let made = with_additions(prompt, request.additions());
        return Negative {
            text: Some(made.text),
            tokens: Some(made.tokens),
            warning: made.is_cut.then_some(NEGATIVE_PROMPT_CUT),
        };
    }
    Negative {
        text: Some(joined(request.additions())).filter(|text| !text.is_empty()),
        tokens: None,
        warning: None,
    }
}

fn num_images(request: &SubmitRequest, settings: &SubmitSettings<'_>) -> u8 {
    let default = settings.default_num_images;
    let default = if request.job_type.allows(default) {
        default
    } else {
        1
    };
    request.num_images.unwrap_or(default)
}

#[cfg(test)]
mod tests;
