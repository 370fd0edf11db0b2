//! What is written after the answer has gone out. Losing it loses a statistic or a cached result.

use ourvidz_core::enhance::Enhancement;
use ourvidz_core::wire::enhance::{EnhanceReply, EnhanceRequest};
use ourvidz_core::wire::rpc::RecordEnhancement;
use ourvidz_edge::{Call, Runtime};

use crate::memory::Memory;

/// Writes what Redis remembers and the row for operators.
pub fn later<R: Runtime>(
    call: &Call<R>,
    request: &EnhanceRequest,
    reply: &EnhanceReply,
    enhancement: Enhancement,
    memory: Memory,
) {
    let row = row(request, reply, call.settings.keep_enhanced_prompts);
    let is_new = !reply.analytics.cached;
    let is_reachable = memory.allowance.is_some();
    let commands = memory.writes(&request.prompt, enhancement, is_new);
    let backends = call.backends();
    call.later(async move {
        if is_reachable && !commands.is_empty() {
            let _ = backends.queues().pipeline(&commands).await;
        }
        let _ = backends.edge_rpc(&row).await;
    });
}

fn row(request: &EnhanceRequest, reply: &EnhanceReply, keep_prompts: bool) -> RecordEnhancement {
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
