//! The row that an enhancement leaves for operators.

use ourvidz_core::wire::enhance::{EnhanceReply, EnhanceRequest};
use ourvidz_core::wire::rpc::RecordEnhancement;

/// What is kept of it; the texts only where the operator wants them.
pub fn row(
    request: &EnhanceRequest,
    reply: &EnhanceReply,
    keep_prompts: bool,
) -> RecordEnhancement {
    let chars = |text: &str| u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    let analytics = &reply.analytics;
    RecordEnhancement {
        p_user_id: request.user_id,
        p_job_type: request.job_type,
        p_template: analytics.template.clone(),
        p_method: analytics.enhancement_method,
        p_fallback_used: analytics.fallback_used,
        p_cached: analytics.cached,
        p_processing_ms: u32::try_from(analytics.processing_time).unwrap_or(u32::MAX),
        p_original_tokens: reply.token_count.original,
        p_enhanced_tokens: reply.token_count.enhanced,
        p_compressed_tokens: reply.token_count.compressed,
        p_original_chars: chars(&reply.original_prompt),
        p_enhanced_chars: chars(&reply.enhanced_prompt),
        p_quality_score: reply.quality_score,
        p_original_prompt: keep_prompts.then(|| reply.original_prompt.clone()),
        p_enhanced_prompt: keep_prompts.then(|| reply.enhanced_prompt.clone()),
    }
}
