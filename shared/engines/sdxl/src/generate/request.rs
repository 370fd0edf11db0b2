//! What is asked of a model.

use ourvidz_engine_base::{Error, Result};

use crate::adapter::Scope;
use crate::config::SIZE_NUMBERS;
use crate::picture::RgbImage;
use crate::sampler::SdxlSampler;

/// Pictures that go through the UNet at once: what the product orders at most. More are sampled in several batches.
pub const LARGEST_BATCH: usize = 6;
/// Nobody wants more steps: from 100 on, no sampler changes a picture any further.
pub const MOST_STEPS: usize = 200;
/// Rows of 75 tokens that a prompt may take. The orders' prompts take far fewer; each row costs attention in
/// every layer and step.
pub const LONGEST_PROMPT_ROWS: usize = 8;
/// The longest side. Beyond, SDXL repeats its motifs, and memory grows with the square.
const LONGEST_SIDE: usize = 2048;

/// Pictures to make: `count` of them, picture `i` from `seed + i`.
#[derive(Debug, Clone, PartialEq)]
pub struct SdxlRequest {
    pub prompt: String,
    /// What to avoid. An empty text is encoded as such.
    pub negative_prompt: String,
    /// Width in pixels, a multiple of 8.
    pub width: usize,
    /// Height in pixels, a multiple of 8.
    pub height: usize,
    /// Sampler steps; with an init image the first are left out.
    pub steps: usize,
    /// How much the prompt is preferred to the negative prompt; at 1 or less the latter is not computed.
    pub guidance: f64,
    /// Seed of the first picture.
    pub seed: u64,
    pub count: usize,
    pub sampler: SdxlSampler,
    /// Image to image: what to start from instead of noise alone.
    pub start: Option<InitImage>,
    /// Pictures for the adapter; for a model that has one only.
    pub adapter_images: Vec<AdapterImage>,
}

/// A picture that the adapter shows the UNet at every step.
#[derive(Debug, Clone, PartialEq)]
pub struct AdapterImage {
    /// The picture; its middle is used, a square.
    pub picture: RgbImage,
    /// What of it is carried over.
    pub scope: Scope,
    /// How strongly, from 0 to 1.
    pub scale: f64,
}

/// A picture to start from.
#[derive(Debug, Clone, PartialEq)]
pub struct InitImage {
    /// The picture; its middle is taken in the proportions of the request.
    pub picture: RgbImage,
    /// The share of the steps that is made: at 1 nothing of the picture is left, and near 0 nothing changes.
    /// diffusers calls it strength.
    pub change: f64,
}

impl SdxlRequest {
    pub(super) fn check(&self, pixels_per_latent: usize) -> Result<()> {
        let refuse = |why: String| Err(Error::Request(why));
        for side in [self.width, self.height] {
            if side == 0 || side > LONGEST_SIDE || !side.is_multiple_of(pixels_per_latent) {
                return refuse(format!(
                    "a side of {side} pixels is not a multiple of {pixels_per_latent} up to {LONGEST_SIDE}"
                ));
            }
        }
        if !(1..=MOST_STEPS).contains(&self.steps) {
            return refuse(format!("{} steps are not 1 to {MOST_STEPS}", self.steps));
        }
        if self
            .adapter_images
            .iter()
            .any(|look| !look.scale.is_finite())
        {
            return refuse("the scale of an adapter image is not a number".to_owned());
        }
        if !self.guidance.is_finite() {
            return refuse("guidance is not a number".to_owned());
        }
        Ok(())
    }

    pub(super) fn is_guided(&self) -> bool {
        self.guidance > 1.0
    }

    /// Steps at the beginning that an init image leaves out; the last one is always made.
    pub(super) fn skipped(&self) -> usize {
        let Some(start) = &self.start else {
            return 0;
        };
        let made = (self.steps as f64 * start.change.clamp(0.0, 1.0)) as usize;
        self.steps - made.max(1)
    }

    /// The size as the model was conditioned on it: nothing was cut off, and nothing was smaller.
    pub(super) const fn sizes(&self) -> [f32; SIZE_NUMBERS] {
        let (width, height) = (self.width as f32, self.height as f32);
        [height, width, 0.0, 0.0, height, width]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> SdxlRequest {
        SdxlRequest {
            prompt: "a red fox".to_owned(),
            negative_prompt: String::new(),
            width: 1024,
            height: 768,
            steps: 15,
            guidance: 5.0,
            seed: 1,
            count: 1,
            sampler: SdxlSampler::Euler,
            start: None,
            adapter_images: Vec::new(),
        }
    }

    #[test]
    fn what_the_model_cannot_do_is_refused() {
        request().check(8).unwrap();
        let changes: [fn(&mut SdxlRequest); 6] = [
            |request| request.width = 0,
            |request| request.width = 1001,
            |request| request.height = 4096,
            |request| request.steps = 0,
            |request| request.steps = 201,
            |request| request.guidance = f64::NAN,
        ];
        for change in changes {
            let mut request = request();
            change(&mut request);
            assert!(
                matches!(request.check(8), Err(Error::Request(_))),
                "{request:?}"
            );
        }
    }

    #[test]
    fn a_start_leaves_steps_out_but_never_all() {
        for (change, skipped) in [
            (1.0, 0),
            (0.5, 8),
            (0.2, 12),
            (0.0, 14),
            (-1.0, 14),
            (7.0, 0),
        ] {
            let picture = RgbImage::new(1, 1, vec![0; 3]).unwrap();
            let start = Some(InitImage { picture, change });
            assert_eq!(
                SdxlRequest { start, ..request() }.skipped(),
                skipped,
                "{change}"
            );
        }
    }
}
