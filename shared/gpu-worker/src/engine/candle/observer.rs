//! The engines' listeners, in front of the worker's.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::rc::Rc;

use ourvidz_engine_base::{LatentPreview, Progress};
use ourvidz_engine_sdxl as sdxl;
use ourvidz_engine_wan as wan;

use crate::engine::{Observer, Stopped};
use crate::media::Picture;

/// Passes steps and pictures on.
pub struct EngineObserver<'a> {
    observer: &'a mut dyn Observer,
    has_delivered: Rc<Cell<bool>>,
}

impl<'a> EngineObserver<'a> {
    /// Passes on to this one.
    pub fn new(observer: &'a mut dyn Observer) -> Self {
        Self {
            observer,
            has_delivered: Rc::default(),
        }
    }

    /// Whether a picture was handed over, now and later.
    pub fn has_delivered(&self) -> Rc<Cell<bool>> {
        Rc::clone(&self.has_delivered)
    }

    fn observe_picture(
        &mut self,
        index: usize,
        (width, height, rgb): (usize, usize, Vec<u8>),
    ) -> ControlFlow<()> {
        self.has_delivered.set(true);
        // The engines give as many bytes as their sizes ask for.
        match Picture::from_rgb(number(width), number(height), rgb) {
            Some(picture) => flow(self.observer.picture(number(index), picture)),
            None => ControlFlow::Break(()),
        }
    }
}

fn flow(result: Result<(), Stopped>) -> ControlFlow<()> {
    match result {
        Ok(()) => ControlFlow::Continue(()),
        Err(Stopped) => ControlFlow::Break(()),
    }
}

fn number(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}

impl Progress for EngineObserver<'_> {
    fn step(&mut self, done: usize, total: usize) -> ControlFlow<()> {
        flow(self.observer.step(number(done), number(total)))
    }

    fn part(&mut self) -> ControlFlow<()> {
        flow(self.observer.part())
    }

    fn wants_preview(&mut self) -> bool {
        self.observer.wants_step_previews()
    }

    fn preview(&mut self, index: usize, preview: LatentPreview) {
        let (width, height) = (number(preview.width), number(preview.height));
        if let Some(picture) = Picture::from_rgb(width, height, preview.rgb) {
            self.observer.step_preview(number(index), picture);
        }
    }
}

impl sdxl::ImageListener for EngineObserver<'_> {
    fn picture(&mut self, index: usize, picture: sdxl::RgbImage) -> ControlFlow<()> {
        self.observe_picture(index, (picture.width, picture.height, picture.rgb))
    }
}

impl wan::VideoListener for EngineObserver<'_> {
    fn frame(&mut self, index: usize, _: usize, frame: wan::Frame) -> ControlFlow<()> {
        self.observe_picture(index, (frame.width, frame.height, frame.rgb))
    }
}
