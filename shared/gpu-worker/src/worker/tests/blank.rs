//! Clips that are black for a while, and clips that are nothing else; and what is said of a clip whose steps were
//! reused.

use ourvidz_core::Model;

use super::*;
use crate::engine::{Engine, EngineError, ImageRequest, Observer, ReferencePicture, VideoRequest};
use crate::media::Picture;

/// Makes clips whose first frames are black.
struct Fading {
    black: u32,
}

impl Engine for Fading {
    fn name(&self) -> &'static str {
        "fading"
    }
    fn tea_cache(&self, _: Model) -> Option<f64> {
        Some(0.08)
    }
    fn load(&mut self, _: Model) -> Result<(), EngineError> {
        Ok(())
    }
    fn unload(&mut self, _: Model) {}
    fn loaded(&self) -> Vec<Model> {
        Vec::new()
    }
    fn text_to_image(&mut self, _: &ImageRequest, _: &mut dyn Observer) -> Result<(), EngineError> {
        Err(EngineError::Unsupported("pictures"))
    }
    fn image_to_image(
        &mut self,
        _: &ImageRequest,
        _: &[ReferencePicture],
        _: &mut dyn Observer,
    ) -> Result<(), EngineError> {
        Err(EngineError::Unsupported("references"))
    }
    fn text_to_video(
        &mut self,
        request: &VideoRequest,
        observer: &mut dyn Observer,
    ) -> Result<(), EngineError> {
        for index in 0..request.frames {
            let mut picture = Picture::new(request.image.width, request.image.height);
            if index >= self.black {
                picture.fill(|x, _| [x as u8, 80, 80]);
            }
            observer.picture(index, picture)?;
        }
        Ok(())
    }
}

fn check(black: u32, expected: JobOutcome) -> String {
    let bench = Bench::new();
    let claim = claim(JOB, "video_fast", 1, 2);
    let outcome = bench.runner().work(&claim, &mut Fading { black });
    assert_eq!(outcome, expected, "{black} black frames");
    bench.edge.story()
}

#[test]
fn a_clip_may_fade_in_but_not_stay_black() {
    check(0, JobOutcome::Completed);
    check(8, JobOutcome::Completed);
    let story = check(9, JobOutcome::Failed);
    assert_eq!(story, "failed \"blank_result\" retryable=true\n");
}

#[test]
fn an_asset_says_whether_its_steps_were_reused() {
    let bench = Bench::new();
    let claim = claim(JOB, "video_fast", 1, 2);
    bench.runner().work(&claim, &mut Fading { black: 0 });
    assert_eq!(bench.edge.last().metadata["tea_cache"], 0.08);

    let bench = Bench::new();
    assert_eq!(bench.work(&claim), JobOutcome::Completed);
    assert_eq!(bench.edge.last().metadata.get("tea_cache"), None);
}
