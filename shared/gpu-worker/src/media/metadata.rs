//! How a picture was made, written into its file.

use serde::Serialize;
use serde_json::Value;

use super::DigitalSource;
use crate::engine::{EngineInfo, ImageRequest};

/// The facts that let somebody make the picture again.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ImageMetadata {
    /// The program and its version.
    pub software: String,
    pub engine: String,
    pub model: String,
    pub job_type: String,
    /// The prompt as the model read it.
    pub prompt: String,
    /// The negative prompt, if any.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub negative_prompt: String,
    pub sampler: String,
    /// The threshold below which steps reused what others computed, if they did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tea_cache: Option<f64>,
    pub steps: u32,
    /// Classifier-free guidance.
    pub guidance: f32,
    /// The seed of this very picture.
    pub seed: u64,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// What its user asked for, where the model read something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ordered: Option<Ordered>,
    /// Said in a packet of its own.
    #[serde(skip)]
    pub source: DigitalSource,
}

/// A user's own words, of which a style and the service have made what the model reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ordered {
    pub prompt: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub style: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub negative_prompt: Option<String>,
}

impl Ordered {
    /// As a payload tells it; nothing where the model reads the prompt as it was ordered.
    #[must_use]
    pub fn of(payload: &Value) -> Option<Self> {
        let told = |name| payload["metadata"][name].as_str().map(str::to_owned);
        let (style, negative_prompt) = (told("style"), told("own_negative_prompt"));
        if style.is_none() && negative_prompt.is_none() {
            return None;
        }
        let read = payload["prompt"].as_str()?;
        let suffix = payload["prompt_suffix"].as_str().unwrap_or_default();
        Some(Self {
            prompt: read.strip_suffix(suffix).unwrap_or(read).to_owned(),
            style,
            negative_prompt,
        })
    }
}

impl ImageMetadata {
    /// The metadata of picture `index` of a request.
    #[must_use]
    pub fn new(info: EngineInfo, request: &ImageRequest, index: u32) -> Self {
        let model = if info.is_preview {
            "preview (no model)"
        } else {
            request.job_type.model_variant()
        };
        Self {
            software: concat!("ourvidz-worker ", env!("CARGO_PKG_VERSION")).to_owned(),
            engine: info.engine.to_owned(),
            model: model.to_owned(),
            job_type: request.job_type.to_string(),
            prompt: request.prompt.clone(),
            negative_prompt: request.negative_prompt.clone(),
            sampler: info.sampler.to_owned(),
            tea_cache: info.tea_cache,
            steps: request.steps,
            guidance: request.guidance,
            seed: request.seed.wrapping_add(u64::from(index)),
            width: request.width,
            height: request.height,
            ordered: None,
            source: info.into(),
        }
    }

    /// The same, with what its user asked for.
    #[must_use]
    pub fn ordered(mut self, ordered: Option<Ordered>) -> Self {
        self.ordered = ordered;
        self
    }

    /// The line that picture viewers of this field read (`parameters`).
    #[must_use]
    pub fn parameters(&self) -> String {
        let mut text = self.prompt.clone();
        if !self.negative_prompt.is_empty() {
            text.push_str("\nNegative prompt: ");
            text.push_str(&self.negative_prompt);
        }
        let tea_cache = self
            .tea_cache
            .map_or_else(String::new, |threshold| format!(", TeaCache: {threshold}"));
        text + &format!(
            "\nSteps: {}, Sampler: {}{tea_cache}, CFG scale: {}, Seed: {}, Size: {}x{}, Model: {}, Version: {}",
            self.steps,
            self.sampler,
            self.guidance,
            self.seed,
            self.width,
            self.height,
            self.model,
            self.software
        )
    }

    /// The same facts as JSON.
    #[must_use]
    pub fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Of the last of three pictures of 3 by 2 pixels.
#[cfg(test)]
pub(super) fn example(prompt: &str) -> ImageMetadata {
    let request = ImageRequest {
        job_type: ourvidz_core::JobType::SdxlImageFast,
        prompt: prompt.to_owned(),
        negative_prompt: "text, watermark".to_owned(),
        width: 3,
        height: 2,
        steps: 15,
        guidance: 6.5,
        seed: 40,
        count: 3,
    };
    let info = EngineInfo {
        engine: "preview",
        is_preview: true,
        sampler: "Euler",
        tea_cache: None,
    };
    ImageMetadata::new(info, &request, 2)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reused_steps_are_said_where_there_are_any() {
        let plain = example("a fox");
        assert!(!plain.json().contains("tea_cache"));
        assert!(!plain.parameters().contains("TeaCache"));
        let cached = ImageMetadata {
            tea_cache: Some(0.08),
            ..plain
        };
        let json: Value = serde_json::from_str(&cached.json()).unwrap();
        assert_eq!(json["tea_cache"], 0.08);
        let parameters = cached.parameters();
        assert!(parameters.contains("Sampler: Euler, TeaCache: 0.08, CFG scale: 6.5"));
    }

    #[test]
    fn what_was_ordered_is_said_where_the_model_read_something_else() {
        let of = |metadata: Value| {
            let payload = json!({
                "prompt": "a fox, anime style", "prompt_suffix": ", anime style", "metadata": metadata,
            });
            Ordered::of(&payload)
        };
        assert_eq!(of(json!({ "seed": 7 })), None);
        assert_eq!(Ordered::of(&json!({})), None);
        let ordered = of(json!({ "style": "anime", "own_negative_prompt": "fog" }));
        let read = example("a fox, anime style").ordered(ordered);
        let json: Value = serde_json::from_str(&read.json()).unwrap();
        assert_eq!(json["prompt"], "a fox, anime style");
        let words = json!({ "prompt": "a fox", "style": "anime", "negative_prompt": "fog" });
        assert_eq!(json["ordered"], words);
        let json: Value = serde_json::from_str(&example("a fox").json()).unwrap();
        assert_eq!(json.get("ordered"), None);
    }
}
