//! The engine without a model: pictures painted from the prompt's words and the seed.
//!
//! It exists so that the whole product runs on a laptop and in tests. The same prompt, seed and job type give
//! the same pixels on every machine, and every finished picture says in a corner that it is a preview.

use std::slice;
use std::time::Duration;

use ourvidz_core::Model;

use super::{Engine, EngineError, ImageRequest, Observer, ReferencePicture, VideoRequest};

mod colour;
mod label;
mod land;
mod mood;
mod painting;
mod random;
mod scene;
mod sky;

use painting::Painting;

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

    /// The steps that a model would take, with their progress, their chance to stop, and sketches of these paintings
    /// for whoever wants to see them.
    fn pretend(
        &self,
        steps: u32,
        paintings: &[Painting<'_>],
        observer: &mut dyn Observer,
    ) -> Result<(), EngineError> {
        for done in 1..=steps {
            std::thread::sleep(self.step);
            observer.step(done, steps)?;
            if done < steps && observer.wants_step_previews() {
                for (index, painting) in (0..).zip(paintings) {
                    observer.step_preview(index, painting.sketch(done as f32 / steps as f32));
                }
            }
        }
        Ok(())
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
        self.image_to_image(request, &[], observer)
    }

    fn image_to_image(
        &mut self,
        request: &ImageRequest,
        references: &[ReferencePicture],
        observer: &mut dyn Observer,
    ) -> Result<(), EngineError> {
        let paintings: Vec<Painting<'_>> = (0..request.count)
            .map(|index| Painting::new(request, references, index))
            .collect();
        self.pretend(request.steps, &paintings, observer)?;
        for (index, painting) in (0..).zip(&paintings) {
            observer.picture(index, painting.finished(0.0))?;
        }
        Ok(())
    }

    fn text_to_video(
        &mut self,
        request: &VideoRequest,
        observer: &mut dyn Observer,
    ) -> Result<(), EngineError> {
        let painting = Painting::new(&request.image, &[], 0);
        self.pretend(request.image.steps, slice::from_ref(&painting), observer)?;
        for frame in 0..request.frames {
            let moment = frame as f32 / request.frames_per_second.max(1) as f32;
            observer.picture(frame, painting.finished(moment))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
