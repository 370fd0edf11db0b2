//! How a picture was made, written into its file.

use serde::Serialize;

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
    pub steps: u32,
    /// Classifier-free guidance.
    pub guidance: f32,
    /// The seed of this very picture.
    pub seed: u64,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Said in a packet of its own.
    #[serde(skip)]
    pub source: DigitalSource,
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
            steps: request.steps,
            guidance: request.guidance,
            seed: request.seed.wrapping_add(u64::from(index)),
            width: request.width,
            height: request.height,
            source: info.into(),
        }
    }

    /// The line that picture viewers of this field read (`parameters`).
    #[must_use]
    pub fn parameters(&self) -> String {
        let mut text = self.prompt.clone();
        if !self.negative_prompt.is_empty() {
            text.push_str("\nNegative prompt: ");
            text.push_str(&self.negative_prompt);
        }
        text + &format!(
            "\nSteps: {}, Sampler: {}, CFG scale: {}, Seed: {}, Size: {}x{}, Model: {}, Version: {}",
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
    };
    ImageMetadata::new(info, &request, 2)
}
