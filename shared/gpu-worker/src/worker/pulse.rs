//! The heartbeat: a thread of its own, so that nothing the GPU does can keep it from beating.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::json;

use super::attempt::Attempt;
use super::pace::Pace;
use super::stop::Stop;
use crate::edge::{Answer, Edge, Refusal, Status};
use crate::engine::Stopped;
use crate::log;
use crate::metrics::Metrics;

/// Why a running job ends early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halt {
    /// The attempt is no longer ours.
    Stale,
    /// Its owner called it off.
    Cancelled,
    /// The edge refuses reports about it for good.
    Refused,
    /// The program ends.
    Shutdown,
    /// A picture could not be packed or may not be shown; the reason is kept elsewhere.
    Unpacked,
}

/// How often the thread looks at the clock: bounds how late a halt is noticed without an answer.
const TICK: Duration = Duration::from_millis(100);
/// Progress worth a heartbeat of its own, in points: a job sends at most ten of these.
const NOTEWORTHY: u8 = 10;

#[derive(Debug, Default)]
struct State {
    progress: u8,
    halt: Option<Halt>,
    over: bool,
}

/// What the threads of one job share.
#[derive(Debug, Default)]
pub struct Pulse {
    state: Mutex<State>,
    changed: Condvar,
}

impl Pulse {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Progress made, 0 to 100; it never goes back.
    ///
    /// # Errors
    ///
    /// [`Stopped`] when the job is to end early.
    pub fn advance(&self, progress: u8) -> Result<(), Stopped> {
        let mut state = self.lock();
        state.progress = state.progress.max(progress.min(100));
        if state.halt.is_some() {
            Err(Stopped)
        } else {
            Ok(())
        }
    }

    /// The progress so far.
    #[must_use]
    pub fn progress(&self) -> u8 {
        self.lock().progress
    }

    /// Ends the job early; the first reason counts.
    pub fn stop(&self, halt: Halt) {
        self.lock().halt.get_or_insert(halt);
        self.changed.notify_all();
    }

    /// Why the job ends early, if it does.
    #[must_use]
    pub fn halt(&self) -> Option<Halt> {
        self.lock().halt
    }

    /// The job is over: the thread ends.
    pub fn over(&self) {
        self.lock().over = true;
        self.changed.notify_all();
    }

    /// Heeds what any answer of the edge says about going on.
    pub fn heed(&self, answer: &Answer) {
        if answer.ignored {
            self.stop(Halt::Stale);
        } else if answer.cancel_requested {
            self.stop(Halt::Cancelled);
        }
    }

    /// Beats until the job is over or halted.
    pub fn run(
        &self,
        edge: &dyn Edge,
        metrics: &Metrics,
        pace: &Pace,
        stop: &Stop,
        attempt: &Attempt,
    ) {
        let (mut last, mut told, mut gap) = (Instant::now(), 0, pace.heartbeat);
        loop {
            let tick = TICK.min(pace.progress);
            let state = self
                .changed
                .wait_timeout(self.lock(), tick)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
            let (progress, ended) = (state.progress, state.over || state.halt.is_some());
            drop(state);
            if ended {
                return;
            }
            if stop.is_due() {
                self.stop(Halt::Shutdown);
                return;
            }
            let news = progress >= told + NOTEWORTHY
                && last.elapsed() >= pace.progress
                && gap == pace.heartbeat;
            if last.elapsed() < gap && !news {
                continue;
            }
            let mut report = attempt.report(Status::Processing);
            report.progress = Some(progress);
            report.vitals = metrics.vitals();
            last = Instant::now();
            match edge.report(&report) {
                Ok(answer) => {
                    self.heed(&answer);
                    (told, gap) = (progress, pace.heartbeat);
                }
                Err(Refusal::Drop { status, code }) => {
                    log::error(
                        "heartbeat_refused",
                        json!({"job_id": attempt.job_id, "status": status, "code": code}),
                    );
                    self.stop(Halt::Refused);
                }
                Err(keep) => {
                    log::error(
                        "heartbeat_unanswered",
                        json!({"job_id": attempt.job_id, "cause": keep.to_string()}),
                    );
                    gap = keep
                        .retry_after()
                        .unwrap_or(pace.heartbeat_retry)
                        .min(pace.heartbeat);
                }
            }
        }
    }
}
