//! Engines that fail, panic and hang.

use std::time::Duration;

use ourvidz_core::{JobType, Model};

use super::*;
use crate::engine::{Engine, ImageRequest, Observer, ReferencePicture, Stopped, VideoRequest};
use crate::media::Picture;
use crate::metrics::Metrics;
use crate::worker::Order;

/// Does what it is told instead of a picture.
struct Doing<F>(F);

impl<F: FnMut(&mut dyn Observer) -> Result<(), EngineError> + Send> Engine for Doing<F> {
    fn name(&self) -> &'static str {
        "doing"
    }
    fn load(&mut self, _: Model) -> Result<(), EngineError> {
        Ok(())
    }
    fn unload(&mut self, _: Model) {}
    fn loaded(&self) -> Vec<Model> {
        Vec::new()
    }
    fn evictions(&self) -> u64 {
        2
    }
    fn text_to_image(
        &mut self,
        _: &ImageRequest,
        observer: &mut dyn Observer,
    ) -> Result<(), EngineError> {
        (self.0)(observer)
    }
    fn image_to_image(
        &mut self,
        _: &ImageRequest,
        _: &[ReferencePicture],
        observer: &mut dyn Observer,
    ) -> Result<(), EngineError> {
        (self.0)(observer)
    }
    fn text_to_video(
        &mut self,
        _: &VideoRequest,
        observer: &mut dyn Observer,
    ) -> Result<(), EngineError> {
        (self.0)(observer)
    }
}

/// Takes what comes; a picture takes it a while.
struct Slow(Duration);

impl Observer for Slow {
    fn step(&mut self, _: u32, _: u32) -> Result<(), Stopped> {
        Ok(())
    }
    fn picture(&mut self, _: u32, _: Picture) -> Result<(), Stopped> {
        std::thread::sleep(self.0);
        Ok(())
    }
}

/// Has a picture made by an engine that does this; tells what came of it.
fn make(
    supervision: &Supervision,
    metrics: &Metrics,
    takes: Duration,
    doing: impl FnMut(&mut dyn Observer) -> Result<(), EngineError> + Send,
) -> Result<(), EngineError> {
    let order = Order::preset(JobType::SdxlImageFast, "a red fox", "", 7, 1);
    let mut engine = Doing(doing);
    let mut engine = SupervisedEngine::new(&mut engine, supervision, metrics);
    engine.load(Model::Sdxl)?;
    engine.text_to_image(order.image(), &mut Slow(takes))
}

const AN_HOUR: Duration = Duration::from_secs(3600);

#[test]
fn a_model_that_loads_does_not_hide_that_nothing_is_computed() {
    let (supervision, metrics) = (Supervision::new(AN_HOUR), Metrics::default());
    for failures in 1..=3 {
        let _ = make(&supervision, &metrics, Duration::ZERO, |_| {
            panic!("a library is missing")
        });
        assert_eq!(supervision.broken().is_some(), failures == 3, "{failures}");
    }
    assert_eq!(supervision.broken().as_deref(), Some("the engine panicked"));
}

#[test]
fn a_hanging_call_is_noticed_and_a_slow_storage_is_not_taken_for_one() {
    let silence = Duration::from_millis(20);
    let (supervision, metrics) = (Supervision::new(silence), Metrics::default());
    assert_eq!(supervision.stalled(), None);
    let hang = |observer: &mut dyn Observer| {
        observer.step(1, 2)?;
        assert_eq!(supervision.stalled(), None);
        std::thread::sleep(silence * 2);
        assert!(supervision.stalled().is_some());
        observer.part()?;
        assert_eq!(supervision.stalled(), None);
        Ok(())
    };
    make(&supervision, &metrics, Duration::ZERO, hang).unwrap();
    assert_eq!(supervision.stalled(), None);

    let is_stalled = || supervision.stalled().is_some();
    std::thread::scope(|scope| {
        let looking = scope.spawn(|| {
            std::thread::sleep(silence * 2);
            is_stalled()
        });
        let give = |observer: &mut dyn Observer| Ok(observer.picture(0, Picture::new(16, 16))?);
        make(&supervision, &metrics, silence * 4, give).unwrap();
        assert!(!looking.join().unwrap());
    });
}

#[test]
fn stages_are_timed_and_evictions_counted() {
    let (supervision, metrics) = (Supervision::new(AN_HOUR), Metrics::default());
    let work = |observer: &mut dyn Observer| {
        observer.step(1, 2)?;
        observer.step(2, 2)?;
        Ok(observer.picture(0, Picture::new(16, 16))?)
    };
    make(&supervision, &metrics, Duration::ZERO, work).unwrap();
    let text = metrics.text();
    for (stage, count) in [("load", 1), ("step", 2), ("decode", 1), ("wait", 1)] {
        let line = format!(
            "ourvidz_worker_stage_seconds_count{{model=\"sdxl\",stage=\"{stage}\"}} {count}\n"
        );
        assert!(text.contains(&line), "{line}{text}");
    }
    assert!(
        text.contains("ourvidz_worker_evictions_total 2\n"),
        "{text}"
    );
}
