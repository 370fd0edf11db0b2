//! The engine without a model: pictures painted from the prompt's words and the seed.
//!
//! It exists so that the whole product runs on a laptop and in tests. The same prompt, seed and job type give
//! the same pixels on every machine, and every picture says in a corner that it is a preview.

use std::time::Duration;

use ourvidz_core::Model;

use super::{Engine, EngineError, ImageRequest, Observer, ReferencePicture, VideoRequest};
use crate::media::Picture;

mod colour;
mod label;
mod land;
mod mood;
mod random;
mod scene;
mod sky;

use scene::PreviewScene;

/// How long a pretended step takes unless set otherwise: long enough to see the progress bar move.
pub const DEFAULT_STEP: Duration = Duration::from_millis(60);

#[derive(Debug, Clone)]
pub struct PreviewEngine {
    step: Duration,
    loaded: Vec<Model>,
}

impl PreviewEngine {
    /// An engine whose steps take this long.
    #[must_use]
    pub const fn new(step: Duration) -> Self {
        Self {
            step,
            loaded: Vec::new(),
        }
    }

    /// The steps that a model would take, with their progress and their chance to stop.
    fn pretend(&self, steps: u32, observer: &mut dyn Observer) -> Result<(), EngineError> {
        for done in 1..=steps {
            std::thread::sleep(self.step);
            observer.step(done, steps)?;
        }
        Ok(())
    }

    fn paint(request: &ImageRequest, seed: u64, scene: &PreviewScene, moment: f32) -> Picture {
        let mut picture = Picture::new(request.width, request.height);
        scene.paint(&mut picture, moment);
        label::stamp(&mut picture, &request.prompt, seed);
        picture
    }

    fn scene(request: &ImageRequest, seed: u64) -> PreviewScene {
        PreviewScene::new(
            &request.prompt,
            seed,
            request.width as f32 / request.height.max(1) as f32,
        )
    }
}

impl Engine for PreviewEngine {
    fn name(&self) -> &'static str {
        "preview"
    }

    fn is_preview(&self) -> bool {
        true
    }

    fn load(&mut self, model: Model) -> Result<(), EngineError> {
        if !self.loaded.contains(&model) {
            self.loaded.push(model);
        }
        Ok(())
    }

    fn unload(&mut self, model: Model) {
        self.loaded.retain(|loaded| *loaded != model);
    }

    fn loaded(&self) -> Vec<Model> {
        self.loaded.clone()
    }

    fn text_to_image(
        &mut self,
        request: &ImageRequest,
        observer: &mut dyn Observer,
    ) -> Result<(), EngineError> {
        self.pretend(request.steps, observer)?;
        for index in 0..request.count {
            let seed = request.seed.wrapping_add(u64::from(index));
            let picture = Self::paint(request, seed, &Self::scene(request, seed), 0.0);
            observer.picture(u32::from(index), picture)?;
        }
        Ok(())
    }

    /// A reference lends the preview its average colour, so that a person sees that it arrived.
    fn image_to_image(
        &mut self,
        request: &ImageRequest,
        references: &[ReferencePicture],
        observer: &mut dyn Observer,
    ) -> Result<(), EngineError> {
        self.pretend(request.steps, observer)?;
        for index in 0..request.count {
            let seed = request.seed.wrapping_add(u64::from(index));
            let mut picture = Picture::new(request.width, request.height);
            Self::scene(request, seed).paint(&mut picture, 0.0);
            for reference in references {
                let share = reference.strength_percent.min(100) as f32 / 100.0 * STRONGEST_TINT;
                picture.tint(reference.picture.average(), share);
            }
            label::stamp(&mut picture, &request.prompt, seed);
            observer.picture(u32::from(index), picture)?;
        }
        Ok(())
    }

    fn text_to_video(
        &mut self,
        request: &VideoRequest,
        observer: &mut dyn Observer,
    ) -> Result<(), EngineError> {
        self.pretend(request.image.steps, observer)?;
        let scene = Self::scene(&request.image, request.image.seed);
        for frame in 0..request.frames {
            let moment = frame as f32 / request.frames_per_second.max(1) as f32;
            observer.picture(
                frame,
                Self::paint(&request.image, request.image.seed, &scene, moment),
            )?;
        }
        Ok(())
    }
}

/// The share of a reference's colour at full strength: more would drown the picture.
const STRONGEST_TINT: f32 = 0.45;

#[cfg(test)]
mod tests;
