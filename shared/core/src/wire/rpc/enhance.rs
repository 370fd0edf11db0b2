//! How prompts were made better.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::{Id, JobType};

/// Who improved the prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum EnhancementMethod {
    /// A chat model behind an OpenAI-compatible endpoint.
    ChatWorker,
    /// The WAN worker's 7B model.
    WanWorker,
    /// A template alone; older clients know the name.
    SystemPrompt,
    /// This service's own rules.
    RuleBased,
}

impl EnhancementMethod {
    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ChatWorker => "chat_worker",
            Self::WanWorker => "wan_worker",
            Self::SystemPrompt => "system_prompt",
            Self::RuleBased => "rule_based",
        }
    }
}

/// *edge*: leaves the row of one enhancement.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RecordEnhancement {
    /// Who asked.
    pub p_user_id: Id,
    /// What for.
    pub p_job_type: JobType,
    /// The template's name.
    pub p_template: String,
    /// By whom.
    pub p_method: EnhancementMethod,
    /// Whether something better was configured and did not deliver.
    pub p_fallback_used: bool,
    /// Whether it was remembered.
    pub p_cached: bool,
    /// Milliseconds until the answer.
    pub p_processing_ms: u32,
    /// Tokens of the prompt as it came.
    pub p_original_tokens: u32,
    /// Tokens before compression.
    pub p_enhanced_tokens: u32,
    /// Tokens of the answer.
    pub p_compressed_tokens: u32,
    /// Characters of the prompt as it came.
    pub p_original_chars: u32,
    /// Characters of the answer.
    pub p_enhanced_chars: u32,
    /// Its score.
    pub p_quality_score: f64,
    /// The prompt, only where the operator keeps texts.
    pub p_original_prompt: Option<String>,
    /// The answer, only where the operator keeps texts.
    pub p_enhanced_prompt: Option<String>,
}

/// *edge*: the enhancements of the last days, summed up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EnhancementStatistics {
    /// How many days back.
    pub p_days: u32,
}

/// All enhancements by one method with one template.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EnhancementSummary {
    /// By whom.
    pub method: EnhancementMethod,
    /// The template's name.
    pub template: String,
    /// How many.
    pub count: u64,
    /// How many of them because something better did not deliver.
    pub fallbacks: u64,
    /// How many of them were remembered.
    pub cached: u64,
    /// Users.
    pub users: u64,
    /// The median time in milliseconds.
    pub median_ms: u32,
    /// 95 of 100 took no longer.
    pub p95_ms: u32,
    /// The mean score.
    pub quality_score: f64,
    /// Mean tokens of the prompts as they came.
    pub original_tokens: u32,
    /// Mean tokens before compression.
    pub enhanced_tokens: u32,
    /// Mean tokens of the answers.
    pub compressed_tokens: u32,
}
