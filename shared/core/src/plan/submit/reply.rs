//! Answers to a submit.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::{Map, Value};

use super::SubmitPlan;
use crate::Format;
use crate::metadata::expected_seconds;
use crate::timestamp::rfc3339;
use crate::wire::rpc::Enqueued;
use crate::wire::submit::{DryRunReply, SubmitReply, SubmittedJob, VideoRef};

/// The answer to a submit.
#[must_use]
pub fn reply(enqueued: &Enqueued) -> SubmitReply {
    let job = &enqueued.job;
    let job_type = job.job_type;
    let is_image = job_type.format() == Format::Image;
    SubmitReply {
        success: true,
        job: SubmittedJob {
            id: job.id,
            user_id: job.user_id,
            job_type,
            format: job_type.format(),
            quality: job_type.quality(),
            model_type: job_type,
            status: job.status,
            metadata: job.metadata.clone(),
            created_at: job.created_at.clone(),
        },
        message: "Job queued successfully".to_owned(),
        queue_length: enqueued.queue_length,
        position: enqueued.position,
        eta_seconds: enqueued.eta_seconds,
        model_variant: job_type.model_variant().to_owned(),
        job_type,
        queue: job_type.queue(),
        is_sdxl: job_type.is_sdxl(),
        negative_prompt_supported: job_type.is_sdxl(),
        images: is_image.then(|| enqueued.images.clone()),
        video: enqueued
            .video
            .as_ref()
            .map(|video| VideoRef { id: video.id }),
        fixes_applied: Vec::new(),
        warnings: Vec::new(),
        debug: None,
    }
}

/// The answer to a dry run.
#[must_use]
pub fn dry_run_reply(plan: &SubmitPlan) -> DryRunReply {
    let expected_ms = plan.job_type().expected_ms(plan.rpc.p_num_assets);
    DryRunReply {
        success: true,
        dry_run: true,
        price: plan.price(),
        expected_time: expected_seconds(plan.job_type(), plan.rpc.p_num_assets),
        eta_seconds: u32::try_from(expected_ms.div_ceil(1000)).unwrap_or(u32::MAX),
        negative_prompt: plan.negative_prompt().map(ToOwned::to_owned),
        negative_prompt_tokens: plan.negative_prompt_tokens,
        styled_prompt: plan.styled_prompt().map(ToOwned::to_owned),
        warnings: plan.warnings.clone(),
    }
}

/// What developers see where the deployment shows it: sizes, never texts.
#[must_use]
pub fn debug(plan: &SubmitPlan, now_ms: u64) -> Map<String, Value> {
    let prompt = &plan.rpc.p_prompt;
    let negative = plan.negative_prompt().unwrap_or_default();
    let mut debug = Map::new();
    for (key, value) in [
        ("userId", plan.rpc.p_user_id.to_string().into()),
        ("hasPrompt", true.into()),
        ("promptLength", prompt.chars().count().into()),
        ("promptWordCount", prompt.split_whitespace().count().into()),
        ("hasNegativePrompt", (!negative.is_empty()).into()),
        ("negativePromptLength", negative.chars().count().into()),
        (
            "negativePromptWordCount",
            negative.split_whitespace().count().into(),
        ),
        ("negativePromptError", Value::Null),
        ("redisConfigured", true.into()),
        ("metadataFields", plan.rpc.p_metadata.len().into()),
        ("timestamp", rfc3339(now_ms).into()),
    ] {
        debug.insert(key.to_owned(), value);
    }
    debug
}
