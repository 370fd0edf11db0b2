//! Between the engine and the rest of a job: what it is asked to make, and where its progress and pictures go.

use std::sync::mpsc::SyncSender;

use super::heartbeat::Heartbeat;
use super::job_previews::JobPreviews;
use super::order::Order;
use crate::engine::{Engine, EngineError, Observer, ReferencePicture, Stopped};
use crate::media::Picture;

/// The share of the progress bar that belongs to the engine; the rest is encoding and uploading.
const ENGINE_SHARE: u32 = 95;
/// The share that the frames of a clip have in it.
const FRAMES_SHARE: u32 = 20;

/// Passes the engine's progress to the heartbeat and its pictures to the output thread.
pub struct JobObserver<'a> {
    heartbeat: &'a Heartbeat,
    sender: SyncSender<(u32, Picture)>,
    /// What the steps are worth on the progress bar, and each frame of a clip after them.
    steps_share: u32,
    frames: u32,
    /// None where nobody wants to see any.
    previews: Option<JobPreviews<'a>>,
}

impl<'a> JobObserver<'a> {
    /// An observer for this order, which hands pictures to the output thread.
    pub fn new(
        heartbeat: &'a Heartbeat,
        sender: SyncSender<(u32, Picture)>,
        order: &Order,
        previews: Option<JobPreviews<'a>>,
    ) -> Self {
        let (steps_share, frames) = match order {
            Order::Images(_) => (ENGINE_SHARE, 0),
            Order::Video(video) => (ENGINE_SHARE - FRAMES_SHARE, video.frames),
        };
        Self {
            heartbeat,
            sender,
            steps_share,
            frames,
            previews,
        }
    }
}

impl Observer for JobObserver<'_> {
    fn step(&mut self, done: u32, total: u32) -> Result<(), Stopped> {
        self.heartbeat.advance(share(self.steps_share, done, total))
    }

    fn part(&mut self) -> Result<(), Stopped> {
        self.heartbeat.advance(0)
    }

    fn picture(&mut self, index: u32, picture: Picture) -> Result<(), Stopped> {
        let frames = if self.frames == 0 {
            0
        } else {
            share(FRAMES_SHARE, index + 1, self.frames)
        };
        if let Some(previews) = self.previews.take() {
            previews.end();
        }
        self.heartbeat.advance(self.steps_share as u8 + frames)?;
        self.sender.send((index, picture)).map_err(|_| Stopped)
    }

    fn wants_step_previews(&mut self) -> bool {
        self.previews.as_mut().is_some_and(JobPreviews::are_wanted)
    }

    fn step_preview(&mut self, index: u32, picture: Picture) {
        if let Some(previews) = &self.previews {
            previews.show(index, picture);
        }
    }
}

/// `points` of the progress bar for `done` of `total`.
fn share(points: u32, done: u32, total: u32) -> u8 {
    (u64::from(points) * u64::from(done.min(total)) / u64::from(total.max(1))) as u8
}

/// Has the engine make what was ordered.
///
/// # Errors
///
/// As the engine's.
pub fn generate(
    engine: &mut dyn Engine,
    order: &Order,
    references: &[ReferencePicture],
    observer: &mut dyn Observer,
) -> Result<(), EngineError> {
    engine.load(order.image().job_type.model())?;
    match order {
        Order::Video(video) => engine.text_to_video(video, observer),
        Order::Images(image) if references.is_empty() => engine.text_to_image(image, observer),
        Order::Images(image) => engine.image_to_image(image, references, observer),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use super::super::heartbeat::StopReason;
    use super::*;
    use ourvidz_core::JobType;

    #[test]
    fn a_part_moves_no_progress_and_hears_of_a_cancel() {
        let heartbeat = Heartbeat::default();
        let (sender, _receiver) = sync_channel(1);
        let order = Order::preset(JobType::SdxlImageFast, "a red fox", "", 7, 1);
        let mut observer = JobObserver::new(&heartbeat, sender, &order, None);
        observer.step(1, 2).unwrap();
        let progress = heartbeat.progress();
        observer.part().unwrap();
        assert_eq!(heartbeat.progress(), progress);
        heartbeat.stop(StopReason::Cancelled);
        assert_eq!(observer.part(), Err(Stopped));
    }
}
