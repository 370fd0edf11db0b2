//! Keeps an eye on the engine: a circuit breaker for a device that is broken, and a watchdog for one that hangs.
//!
//! Neither can be repaired from within the process. Either way the job is given back, no other one is claimed, and
//! the process ends with [`DEVICE_BROKEN`], so that whoever supervises it starts it anew.

mod breaker;
mod engine;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::engine::EngineError;
use crate::log;
use breaker::DeviceBreaker;
pub use engine::SupervisedEngine;

/// The exit status of a worker whose device is broken or hangs: "temporary failure" in `sysexits.h`.
pub const DEVICE_BROKEN: u8 = 75;
/// What shells report for a program that a second Ctrl-C ended.
pub const ABORTED: u8 = 130;

/// What the engine was last heard of.
#[derive(Debug)]
pub struct Supervision {
    longest_silence: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    breaker: DeviceBreaker,
    /// What it is doing, and since when nothing was heard of it; none while nothing is asked of it.
    working: Option<(&'static str, Instant)>,
}

impl Supervision {
    /// Watches an engine that says something at least this often while it works.
    #[must_use]
    pub fn new(longest_silence: Duration) -> Self {
        Self {
            longest_silence,
            state: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The engine is at this since now, or was heard again.
    fn hear(&self, what: &'static str) {
        self.lock().working = Some((what, Instant::now()));
    }

    /// The engine waits for us, or has ended.
    fn rest(&self) {
        self.lock().working = None;
    }

    pub(crate) fn note<T>(&self, outcome: &Result<T, EngineError>) {
        self.lock().breaker.note(outcome);
    }

    /// Why nothing more may be asked of the device, if that is so.
    #[must_use]
    pub fn broken(&self) -> Option<String> {
        self.lock().breaker.cause().map(str::to_owned)
    }

    /// What the engine hangs in, if it does.
    #[must_use]
    pub fn stalled(&self) -> Option<String> {
        let (what, since) = self.lock().working?;
        (since.elapsed() > self.longest_silence).then(|| {
            let seconds = self.longest_silence.as_secs();
            format!("the engine hangs in {what}: nothing was heard of it for {seconds} s")
        })
    }

    /// Looks every `pause` until `has_ended`, and hands on what the engine hangs in, if it does: neither a signal nor
    /// another thread reaches a call of the driver that does not return, so the process has to end.
    pub fn watch(&self, pause: Duration, has_ended: &AtomicBool, on_stall: impl FnOnce(&str)) {
        while !has_ended.load(Ordering::Relaxed) {
            if let Some(stall) = self.stalled() {
                log::error("engine_stalled", json!({"cause": stall}));
                return on_stall(&stall);
            }
            std::thread::sleep(pause);
        }
    }
}
