//! An engine that is watched while it works.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use ourvidz_core::Model;

use super::Supervision;
use crate::engine::{
    ChatAnswer, ChatRequest, Engine, EngineError, EngineInfo, GpuMeter, ImageRequest, Observer,
    ReferencePicture, Stopped, VideoRequest,
};
use crate::media::Picture;
use crate::metrics::{Metrics, Stage};

/// Passes everything on, hears each step, times it, and takes a panic for a failure of the device: it costs its job
/// and not the worker.
pub struct SupervisedEngine<'a> {
    engine: &'a mut dyn Engine,
    supervision: &'a Supervision,
    metrics: &'a Metrics,
}

impl<'a> SupervisedEngine<'a> {
    /// Watches an engine.
    pub fn new(
        engine: &'a mut dyn Engine,
        supervision: &'a Supervision,
        metrics: &'a Metrics,
    ) -> Self {
        Self {
            engine,
            supervision,
            metrics,
        }
    }

    fn watched<T>(
        &mut self,
        what: &'static str,
        work: impl FnOnce(&mut dyn Engine) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        self.supervision.hear(what);
        let engine = &mut *self.engine;
        let outcome = catch_unwind(AssertUnwindSafe(|| work(engine))).unwrap_or_else(|_| {
            Err(EngineError::Device {
                why: "the engine panicked".to_owned(),
                is_sticky: false,
            })
        });
        self.supervision.rest();
        self.metrics.set_evictions(self.engine.evictions());
        outcome
    }

    /// As [`Self::watched`]; a success shows that the device computes.
    fn computed<T>(
        &mut self,
        what: &'static str,
        work: impl FnOnce(&mut dyn Engine) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        let outcome = self.watched(what, work);
        self.supervision.note(&outcome);
        outcome
    }

    fn observer<'b>(&self, inner: &'b mut dyn Observer, model: Model) -> SupervisedObserver<'b>
    where
        'a: 'b,
    {
        SupervisedObserver {
            inner,
            supervision: self.supervision,
            metrics: self.metrics,
            model,
            since: Instant::now(),
        }
    }
}

impl Engine for SupervisedEngine<'_> {
    fn name(&self) -> &'static str {
        self.engine.name()
    }

    fn sampler(&self, model: Model) -> &'static str {
        self.engine.sampler(model)
    }

    fn info(&self, model: Model) -> EngineInfo {
        self.engine.info(model)
    }

    fn is_preview(&self) -> bool {
        self.engine.is_preview()
    }

    fn load(&mut self, model: Model) -> Result<(), EngineError> {
        let started = Instant::now();
        let outcome = self.watched("loading", |engine| engine.load(model));
        self.metrics.took(model, Stage::Load, started.elapsed());
        // Nothing was computed yet, so that only a failure tells of the device.
        if outcome.is_err() {
            self.supervision.note(&outcome);
        }
        outcome
    }

    fn unload(&mut self, model: Model) {
        self.engine.unload(model);
    }

    fn loaded(&self) -> Vec<Model> {
        self.engine.loaded()
    }

    fn longest_silence(&self) -> Duration {
        self.engine.longest_silence()
    }

    fn evictions(&self) -> u64 {
        self.engine.evictions()
    }

    fn gpu_meter(&self) -> Option<GpuMeter> {
        self.engine.gpu_meter()
    }

    fn text_to_image(
        &mut self,
        request: &ImageRequest,
        observer: &mut dyn Observer,
    ) -> Result<(), EngineError> {
        let mut observer = self.observer(observer, request.job_type.model());
        self.computed(PICTURES, |engine| {
            engine.text_to_image(request, &mut observer)
        })
    }

    fn image_to_image(
        &mut self,
        request: &ImageRequest,
        references: &[ReferencePicture],
        observer: &mut dyn Observer,
    ) -> Result<(), EngineError> {
        let mut observer = self.observer(observer, request.job_type.model());
        self.computed(PICTURES, |engine| {
            engine.image_to_image(request, references, &mut observer)
        })
    }

    fn text_to_video(
        &mut self,
        request: &VideoRequest,
        observer: &mut dyn Observer,
    ) -> Result<(), EngineError> {
        let mut observer = self.observer(observer, request.image.job_type.model());
        self.computed(PICTURES, |engine| {
            engine.text_to_video(request, &mut observer)
        })
    }

    fn language_model(&self) -> Option<String> {
        self.engine.language_model()
    }

    fn chat(
        &mut self,
        request: &ChatRequest,
        say: &mut dyn FnMut(&str) -> Result<(), Stopped>,
    ) -> Result<ChatAnswer, EngineError> {
        let supervision = self.supervision;
        let mut heard = |piece: &str| {
            supervision.hear(WRITING);
            say(piece)
        };
        self.computed(WRITING, |engine| engine.chat(request, &mut heard))
    }
}

const PICTURES: &str = "making pictures";
const WRITING: &str = "writing";

struct SupervisedObserver<'a> {
    inner: &'a mut dyn Observer,
    supervision: &'a Supervision,
    metrics: &'a Metrics,
    model: Model,
    /// When the last step or picture was over.
    since: Instant,
}

impl SupervisedObserver<'_> {
    fn is_over(&mut self, stage: Stage) {
        self.metrics.took(self.model, stage, self.since.elapsed());
        self.since = Instant::now();
    }
}

impl Observer for SupervisedObserver<'_> {
    fn step(&mut self, done: u32, total: u32) -> Result<(), Stopped> {
        self.supervision.hear(PICTURES);
        self.is_over(Stage::Step);
        self.inner.step(done, total)
    }

    fn part(&mut self) -> Result<(), Stopped> {
        self.supervision.hear(PICTURES);
        self.inner.part()
    }

    fn picture(&mut self, index: u32, picture: Picture) -> Result<(), Stopped> {
        self.is_over(Stage::Decode);
        // Whoever takes the pictures has bounds of its own.
        self.supervision.rest();
        let taken = self.inner.picture(index, picture);
        self.supervision.hear(PICTURES);
        self.is_over(Stage::Wait);
        taken
    }

    fn wants_step_previews(&mut self) -> bool {
        self.inner.wants_step_previews()
    }

    fn step_preview(&mut self, index: u32, picture: Picture) {
        self.inner.step_preview(index, picture);
    }
}
