//! The heartbeat: a thread of its own, so that nothing the GPU does can keep it from beating.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::json;

use super::attempt::Attempt;
use super::intervals::Intervals;
use super::shutdown::Shutdown;
use super::step_previews::PendingPreviews;
use crate::edge::{Edge, EdgeError, ReportReply, ReportStatus};
use crate::engine::Stopped;
use crate::log;
use crate::metrics::{Metrics, PreviewOutcome};

/// Why a running job ends early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// The attempt is no longer ours.
    Stale,
    Cancelled,
    /// The edge refuses reports about it for good.
    Refused,
    /// The program ends.
    Shutdown,
    /// A picture could not be encoded or may not be shown; the reason is kept elsewhere.
    OutputFailed,
}

/// How often the thread looks at the clock: bounds how late a stop is noticed without an answer.
const TICK: Duration = Duration::from_millis(100);
/// Progress worth a heartbeat of its own, in points: a job sends at most ten of these.
const NOTEWORTHY: u8 = 10;

#[derive(Debug, Default)]
struct State {
    progress: u8,
    stop_reason: Option<StopReason>,
    over: bool,
}

/// What the threads of one job share.
#[derive(Debug, Default)]
pub struct Heartbeat {
    state: Mutex<State>,
    changed: Condvar,
    previews: Arc<PendingPreviews>,
}

impl Heartbeat {
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
        if state.stop_reason.is_some() {
            Err(Stopped)
        } else {
            Ok(())
        }
    }

    #[must_use]
    pub fn progress(&self) -> u8 {
        self.lock().progress
    }

    /// What the next heartbeat shows of the pictures.
    #[must_use]
    pub const fn previews(&self) -> &Arc<PendingPreviews> {
        &self.previews
    }

    /// Ends the job early; the first reason counts.
    pub fn stop(&self, stop_reason: StopReason) {
        self.lock().stop_reason.get_or_insert(stop_reason);
        self.changed.notify_all();
    }

    /// Why the job ends early, if it does.
    #[must_use]
    pub fn stop_reason(&self) -> Option<StopReason> {
        self.lock().stop_reason
    }

    /// The job is over: the thread ends.
    pub fn over(&self) {
        self.lock().over = true;
        self.changed.notify_all();
    }

    /// Stops the job if an answer of the edge says so.
    pub fn apply_answer(&self, answer: &ReportReply) {
        if answer.ignored {
            self.stop(StopReason::Stale);
        } else if answer.cancel_requested {
            self.stop(StopReason::Cancelled);
        }
    }

    /// Sends heartbeats until the job is over or stopped.
    pub fn run(
        &self,
        edge: &dyn Edge,
        metrics: &Metrics,
        intervals: &Intervals,
        shutdown: &Shutdown,
        attempt: &Attempt,
    ) {
        let (mut last, mut reported, mut gap) = (Instant::now(), 0, intervals.heartbeat);
        loop {
            let tick = TICK.min(intervals.progress);
            let state = self
                .changed
                .wait_timeout(self.lock(), tick)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
            let (progress, ended) = (state.progress, state.over || state.stop_reason.is_some());
            drop(state);
            if ended {
                return;
            }
            if shutdown.is_due() {
                self.stop(StopReason::Shutdown);
                return;
            }
            let progressed = progress >= reported + NOTEWORTHY
                && last.elapsed() >= intervals.progress
                && gap == intervals.heartbeat;
            if last.elapsed() < gap && !progressed {
                continue;
            }
            let mut report = attempt.report(ReportStatus::Processing);
            report.progress = Some(progress);
            report.vitals = metrics.vitals();
            report.step_previews = self.previews.take();
            last = Instant::now();
            let reply = edge.report(&report);
            metrics.step_previews(PreviewOutcome::of(&reply), report.step_previews.len());
            match reply {
                Ok(answer) => {
                    self.apply_answer(&answer);
                    (reported, gap) = (progress, intervals.heartbeat);
                }
                Err(EdgeError::Permanent { status, code }) => {
                    log::error(
                        "heartbeat_refused",
                        json!({"job_id": attempt.job_id, "status": status, "code": code}),
                    );
                    self.stop(StopReason::Refused);
                }
                Err(keep) => {
                    log::error(
                        "heartbeat_unanswered",
                        json!({"job_id": attempt.job_id, "cause": keep.to_string()}),
                    );
                    gap = keep
                        .retry_after()
                        .unwrap_or(intervals.heartbeat_retry)
                        .min(intervals.heartbeat);
                }
            }
        }
    }
}
