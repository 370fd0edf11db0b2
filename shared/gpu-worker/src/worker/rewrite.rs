//! Better prompts before generating, for the job types that promise them.

use ourvidz_core::enhance::{Enhancement, brief};
use ourvidz_core::wire::enhance::EnhancementMethod;
use ourvidz_policy::ExtraTerms;
use ourvidz_prompts::enhance::clean::clean;
use serde_json::json;

use super::heartbeat::Heartbeat;
use crate::engine::{
    ChatMessage, ChatRequest, ChatRole, Engine, EngineError, ImageRequest, Stopped,
};
use crate::log;

/// As the edge asks its chat workers: some freedom, but no flights of fancy.
const TEMPERATURE: f32 = 0.7;
const TOP_P: f32 = 0.95;
/// A bound for a model that does not come to an end: no prompt within the budget has more tokens of its own.
const TOKENS_PER_BUDGET: u32 = 2;

/// What became of a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewritten {
    pub prompt: String,
    /// Who wrote it: `qwen` or `rule_based`.
    pub method: &'static str,
}

/// Writes a better prompt for the types that promise one, if the engine has a language model. Whatever that
/// answers, the job goes on: where its answer is of no use, the rules of the core write one.
///
/// # Errors
///
/// [`Stopped`] when the job is to end.
pub fn rewrite(
    engine: &mut dyn Engine,
    image: &ImageRequest,
    terms: &ExtraTerms,
    heartbeat: &Heartbeat,
) -> Result<Option<Rewritten>, Stopped> {
    let job_type = image.job_type;
    if !job_type.is_enhanced() || engine.language_model().is_none() {
        return Ok(None);
    }
    let brief = brief::for_job_type(job_type, job_type.quality(), job_type.model());
    let request = ChatRequest {
        messages: vec![
            message(ChatRole::System, brief.system_prompt()),
            message(ChatRole::User, image.prompt.clone()),
        ],
        max_tokens: u32::try_from(brief.budget()).unwrap_or(u32::MAX) * TOKENS_PER_BUDGET,
        temperature: TEMPERATURE,
        top_p: TOP_P,
        seed: image.seed,
        stop: Vec::new(),
    };
    // Cancelling reaches the model between two words.
    let mut say = |_: &str| heartbeat.advance(0);
    let problem = match engine.chat(&request, &mut say) {
        Ok(answer) => match clean(&answer.text, &image.prompt) {
            Ok(text) => {
                let made = Enhancement::by_model(EnhancementMethod::WanWorker, text, brief);
                if made.is_allowed(&image.prompt, terms) {
                    return Ok(Some(Rewritten {
                        prompt: made.prompt,
                        method: "qwen",
                    }));
                }
                "content_policy"
            }
            Err(flaw) => flaw.as_str(),
        },
        Err(EngineError::Stopped) => return Err(Stopped),
        Err(_) => "failed",
    };
    log::error("prompt_not_rewritten", json!({"problem": problem}));
    let ruled = Enhancement::by_rules(&image.prompt, brief, image.seed);
    Ok(ruled.is_allowed(&image.prompt, terms).then_some(Rewritten {
        prompt: ruled.prompt,
        method: "rule_based",
    }))
}

const fn message(role: ChatRole, text: String) -> ChatMessage {
    ChatMessage { role, text }
}
