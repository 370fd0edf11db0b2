//! The engines' listeners, in front of the worker's.

use std::ops::ControlFlow;

use ourvidz_engine_base::Progress;
use ourvidz_engine_sdxl as sdxl;
use ourvidz_engine_wan as wan;

use crate::engine::{Stopped, Watch};
use crate::media::Picture;

/// Passes news on.
pub struct Watching<'a>(pub &'a mut dyn Watch);

impl Watching<'_> {
    fn tell_step(&mut self, done: usize, total: usize) -> ControlFlow<()> {
        flow(self.0.step(number(done), number(total)))
    }

    fn tell_picture(
        &mut self,
        index: usize,
        (width, height, rgb): (usize, usize, Vec<u8>),
    ) -> ControlFlow<()> {
        // The engines give as many bytes as their sizes ask for.
        match Picture::from_rgb(number(width), number(height), rgb) {
            Some(picture) => flow(self.0.picture(number(index), picture)),
            None => ControlFlow::Break(()),
        }
    }
}

fn flow(told: Result<(), Stopped>) -> ControlFlow<()> {
    match told {
        Ok(()) => ControlFlow::Continue(()),
        Err(Stopped) => ControlFlow::Break(()),
    }
}

fn number(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}

impl Progress for Watching<'_> {
    fn step(&mut self, done: usize, total: usize) -> ControlFlow<()> {
        self.tell_step(done, total)
    }
}

impl sdxl::Listener for Watching<'_> {
    fn picture(&mut self, index: usize, picture: sdxl::Picture) -> ControlFlow<()> {
        self.tell_picture(index, (picture.width, picture.height, picture.rgb))
    }
}

impl wan::Listener for Watching<'_> {
    fn step(&mut self, done: usize, total: usize) -> ControlFlow<()> {
        self.tell_step(done, total)
    }

    fn frame(&mut self, index: usize, _: usize, frame: wan::Frame) -> ControlFlow<()> {
        self.tell_picture(index, (frame.width, frame.height, frame.rgb))
    }
}
