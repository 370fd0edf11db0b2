//! Progress of an engine, and how to stop it.

use std::ops::ControlFlow;

use crate::{Error, Result};

/// Is called at each step, and may end the work there.
pub trait Progress {
    /// Step `done` of `total` is over. [`ControlFlow::Break`] ends the work before the next one.
    fn step(&mut self, done: usize, total: usize) -> ControlFlow<()>;
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
