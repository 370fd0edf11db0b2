//! Progress of an engine, and how to stop it.

use std::ops::ControlFlow;

use crate::{Error, LatentPreview, Result};

/// Is called at each step, and may end the work there.
pub trait Progress {
    /// Step `done` of `total` is over. [`ControlFlow::Break`] ends the work before the next one.
    fn step(&mut self, done: usize, total: usize) -> ControlFlow<()>;

    /// A part of something long that is no step is over, as a tile of a picture is. [`ControlFlow::Break`] ends the work
    /// before the next part.
    fn part(&mut self) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// Whether somebody wants to see how far the pictures are: asked after each step but the last. What nobody wants is
    /// not computed.
    fn wants_preview(&mut self) -> bool {
        false
    }

    /// Picture `index` as the model expects it after that step.
    fn preview(&mut self, _index: usize, _preview: LatentPreview) {}
}

/// Every closure of that form will do.
impl<F: FnMut(usize, usize) -> ControlFlow<()>> Progress for F {
    fn step(&mut self, done: usize, total: usize) -> ControlFlow<()> {
        self(done, total)
    }
}

/// Turns a request to stop into an error, so that `?` passes it on.
///
/// # Errors
///
/// [`Error::Stopped`] on [`ControlFlow::Break`].
pub fn proceed(flow: ControlFlow<()>) -> Result<()> {
    match flow {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Error::Stopped),
    }
}
