//! From a text that somebody wrote to the answer that the client gets.

use alloc::borrow::ToOwned;
use alloc::string::String;

use ourvidz_prompts::enhance::compress::compress;
use ourvidz_prompts::enhance::{Brief, rules, score};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::brief;
use crate::fingerprint::{fingerprint, sha256_hex};
use crate::wire::enhance::{
    EnhanceAnalytics, EnhanceReply, EnhanceRequest, EnhancementMethod, TokenCount,
};
use ourvidz_policy::{self as policy, ExtraTerms};

/// The generation of the rules and of the compressor: another one, another key in the cache.
const VERSION: u32 = 1;

/// How long a model's result is remembered.
pub const CACHE_SECONDS: u32 = 60 * 60;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enhancement {
    pub method: EnhancementMethod,
    /// Before compression.
    pub enhanced: String,
    /// Within the budget.
    pub prompt: String,
}

impl Enhancement {
    /// By the rules, which always have an answer.
    #[must_use]
    pub fn by_rules(prompt: &str, brief: Brief, seed: u64) -> Self {
        let ruled = rules::enhance(prompt, brief, seed);
        Self {
            method: EnhancementMethod::RuleBased,
            enhanced: ruled.enhanced,
            prompt: ruled.prompt,
        }
    }

    /// By a model, from an answer that was found to be clean.
    #[must_use]
    pub fn by_model(method: EnhancementMethod, answer: String, brief: Brief) -> Self {
        let prompt = compress(&answer, brief);
        Self {
            method,
            enhanced: answer,
            prompt,
        }
    }

    /// Whether it took a model: the rules are quicker than any cache, and a fallback must not be pinned.
    #[must_use]
    pub fn is_worth_keeping(&self) -> bool {
        self.method != EnhancementMethod::RuleBased
    }

    /// Whether the content policy allows it together with the texts that it came from.
    #[must_use]
    pub fn is_allowed(&self, original: &str, extra_terms: &ExtraTerms) -> bool {
        !policy::check(&[original, &self.enhanced, &self.prompt], extra_terms).is_refused()
    }

    #[must_use]
    pub fn reply(
        &self,
        request: &EnhanceRequest,
        processing_ms: u64,
        fallback_used: bool,
        cached: bool,
    ) -> EnhanceReply {
        let brief = brief::of(request);
        let count = |text: &str| u32::try_from(brief.tokenizer().count(text)).unwrap_or(u32::MAX);
        let token_count = TokenCount {
            original: count(&request.prompt),
            enhanced: count(&self.enhanced),
            compressed: count(&self.prompt),
        };
        let quality_metrics = score::metrics(&request.prompt, &self.prompt, brief);
        EnhanceReply {
            success: true,
            enhanced_prompt: self.prompt.clone(),
            original_prompt: request.prompt.clone(),
            compression_ratio: ratio(token_count.compressed, token_count.enhanced),
            quality_score: score::overall(&quality_metrics),
            token_count,
            analytics: EnhanceAnalytics {
                enhancement_method: self.method,
                processing_time: processing_ms,
                fallback_used,
                cached,
                template: brief.template.as_str().to_owned(),
                quality_metrics,
            },
        }
    }
}

/// To three places.
fn ratio(after: u32, before: u32) -> f64 {
    if before == 0 {
        return 1.0;
    }
    let thousandths = (u64::from(after) * 1000 + u64::from(before) / 2) / u64::from(before);
    f64::from(u32::try_from(thousandths).unwrap_or(u32::MAX)) / 1000.0
}

/// Where a result is remembered: by everything that it depends on, none of it readable.
#[must_use]
pub fn cache_key(request: &EnhanceRequest, brief: Brief, models: &[Option<&str>]) -> String {
    let digest = fingerprint(&json!({
        "version": VERSION,
        "template": sha256_hex(brief.system_prompt().as_bytes()),
        "format": brief.format,
        "quality": brief.quality,
        "models": models,
        "seed": request.seed,
        "prompt": request.prompt,
    }));
    alloc::format!("ourvidz:enhance:cache:{digest}")
}

/// The seed of a request: its own, or one that follows from its prompt, so that the same request always gets
/// the same answer of the rules.
#[must_use]
pub fn seed(request: &EnhanceRequest) -> u64 {
    request.seed.unwrap_or_else(|| {
        let digest = sha256_hex(request.prompt.as_bytes());
        u64::from_str_radix(digest.get(..16).unwrap_or("0"), 16).unwrap_or(0)
    })
}
