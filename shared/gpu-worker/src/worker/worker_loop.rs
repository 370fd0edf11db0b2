//! The main loop: sleep, wake, claim until the queue is empty, sleep.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ourvidz_core::{Id, Queue};
use serde_json::json;

use super::job::JobRunner;
use crate::chat::ChatQueueReceiver;
use crate::edge::{Claim, ClaimBody, EdgeError};
use crate::engine::Engine;
use crate::hints::{
    HintConnector, HintList, HintListener, HintsUnavailable, TakenHint, WakeReason,
};
use crate::log;
use crate::supervision::SupervisedEngine;

/// Jobs of one queue in a row before the other queues are asked: switching models costs seconds, waiting
/// behind an endless row costs more.
const MOST_IN_A_ROW: u32 = 8;

/// Serves queues until the shutdown.
pub struct WorkerLoop<'a> {
    pub runner: JobRunner<'a>,
    pub queues: &'a [Queue],
    /// Claim exactly the job that a hint names.
    pub claim_hinted: bool,
    /// Where hints come from; none means the timer only.
    pub connect: Option<Arc<HintConnector>>,
    /// Requests to the language model.
    pub chat: Option<&'a ChatQueueReceiver>,
    /// Ends the process, with the engine's thread in it: no other thread can.
    pub end_process: &'a (dyn Fn() + Sync),
}

impl WorkerLoop<'_> {
    /// Works until the stop is asked for.
    pub fn run(&self, engine: &mut dyn Engine, listener: &HintListener) {
        let mut hints = self.connect.as_ref().map(|connect| connect());
        self.return_old_hints(hints.as_deref_mut());
        let has_ended = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let (runner, end_process) = (&self.runner, self.end_process);
            scope.spawn(|| resend_spool(runner));
            scope.spawn(|| {
                let pause = runner.intervals.watch;
                runner.supervision.watch(pause, &has_ended, |stall| {
                    runner.release_current(stall);
                    end_process();
                });
            });
            // Work may have piled up, and its hints may be lost.
            let mut wake = WakeReason::Timer;
            let mut asked = Instant::now();
            while !self.runner.shutdown.is_requested() && wake != WakeReason::Stop {
                // However many ask the language model, the timer goes on.
                let rest = self.runner.intervals.timer.saturating_sub(asked.elapsed());
                if wake == WakeReason::Chat && !rest.is_zero() {
                    self.serve_chat(engine);
                    wake = listener.sleep(rest);
                    continue;
                }
                let hint = if let WakeReason::Hint(hint) = wake {
                    Some(hint)
                } else {
                    None
                };
                self.drain(engine, hint.as_ref());
                if let (Some(hint), Some(hints)) = (&hint, hints.as_deref_mut()) {
                    self.acknowledge_hint(hints, hint);
                }
                if self.runner.shutdown.is_requested() {
                    break;
                }
                asked = Instant::now();
                wake = listener.sleep(self.runner.intervals.timer);
            }
            has_ended.store(true, Ordering::Relaxed);
        });
    }

    /// Answers the requests that wait for the language model.
    fn serve_chat(&self, engine: &mut dyn Engine) {
        if let Some(requests) = self.chat {
            let runner = &self.runner;
            let mut engine = SupervisedEngine::new(engine, runner.supervision, runner.metrics);
            requests.serve_waiting(&mut engine);
        }
        self.stop_if_broken();
    }

    /// A broken device fails whatever comes next, so nothing more is claimed.
    fn stop_if_broken(&self) {
        if let Some(cause) = self.runner.supervision.broken() {
            log::error("device_broken", json!({"cause": cause}));
            self.runner.shutdown.request(Duration::ZERO);
        }
    }

    /// Claims and works until no queue has anything, or the stop is asked for.
    fn drain(&self, engine: &mut dyn Engine, hint: Option<&TakenHint>) {
        if self.claim_hinted {
            // A job whose hint another worker may hold must not be claimed past it.
            if let Some((hint, job_id)) = hint.and_then(|hint| Some((hint, hint.job_id()?))) {
                self.work_on_next(hint.queue, Some(job_id), engine);
            }
            return;
        }
        let mut queues = self.queues.to_vec();
        if let Some(hint) = hint {
            // The queue that called is asked first.
            queues.sort_by_key(|queue| *queue != hint.queue);
        }
        // A hint of a job that is long done says nothing about the other queues.
        let mut enough = if hint.is_some() { 1 } else { queues.len() };
        let mut empty = 0;
        while empty < enough {
            let Some(&queue) = queues.first() else { return };
            let row = (0..MOST_IN_A_ROW)
                .take_while(|_| self.work_on_next(queue, None, engine))
                .count();
            if row == 0 {
                empty += 1;
            } else {
                (empty, enough) = (0, queues.len());
            }
            queues.rotate_left(1);
        }
    }

    /// Claims one job and works on it. False when there was none, or the worker is to stop.
    fn work_on_next(&self, queue: Queue, job_id: Option<Id>, engine: &mut dyn Engine) -> bool {
        let mut unanswered = 0;
        while !self.runner.shutdown.is_requested() {
            match self.claim(queue, job_id, engine) {
                Ok(Some(claim)) => {
                    self.runner.work(&claim, engine);
                    self.stop_if_broken();
                    if !self.runner.shutdown.is_requested() {
                        self.serve_chat(engine);
                    }
                    return true;
                }
                Ok(None) => return false,
                Err(EdgeError::Permanent { status, code }) => {
                    let queue = queue.as_str();
                    log::error(
                        "claim_refused",
                        json!({"queue": queue, "status": status, "code": code}),
                    );
                    return false;
                }
                // The hint stays ours meanwhile: it is not acknowledged before the edge has answered.
                Err(keep) => {
                    let (queue, cause) = (queue.as_str(), keep.to_string());
                    log::error("claim_unanswered", json!({"queue": queue, "cause": cause}));
                    let wait = keep
                        .retry_after()
                        .unwrap_or_else(|| self.runner.intervals.retry(unanswered));
                    unanswered += 1;
                    self.runner
                        .shutdown
                        .sleep(wait.min(self.runner.intervals.timer));
                }
            }
        }
        false
    }

    fn claim(
        &self,
        queue: Queue,
        job_id: Option<Id>,
        engine: &dyn Engine,
    ) -> Result<Option<Claim>, EdgeError> {
        let ask = ClaimBody {
            worker_id: self.runner.worker_id.to_owned(),
            queue: queue.as_str().to_owned(),
            job_id,
            models: engine
                .loaded()
                .into_iter()
                .map(ourvidz_core::Model::as_str)
                .collect(),
            vitals: self.runner.metrics.vitals(),
        };
        let asked = Instant::now();
        let claimed = self.runner.edge.claim(&ask);
        self.runner.metrics.claimed(&claimed, asked.elapsed());
        claimed
    }

    /// The queue was found empty: the hint is acknowledged. When we stop before that, another worker gets it.
    fn acknowledge_hint(&self, hints: &mut dyn HintList, hint: &TakenHint) {
        let done = if self.runner.shutdown.is_requested() {
            hints.give_back(hint)
        } else {
            hints.remove(hint)
        };
        if let Err(HintsUnavailable(cause)) = done {
            // It goes back to the queue at the next start, and does no harm there.
            log::error("hint_not_removed", json!({"cause": cause}));
        }
    }

    fn return_old_hints(&self, hints: Option<&mut (dyn HintList + 'static)>) {
        match hints.map(HintList::give_back_all) {
            None | Some(Ok(0)) => {}
            Some(Ok(count)) => log::info("old_hints_returned", json!({"count": count})),
            Some(Err(HintsUnavailable(cause))) => log::error("hints_down", json!({"cause": cause})),
        }
    }
}

/// Delivers what waits in the spool, at once after a start and then as often as a lease allows.
fn resend_spool(runner: &JobRunner<'_>) {
    let mut tried = 0;
    while !runner.shutdown.is_requested() {
        let resent = runner.spool.resend(runner.edge);
        runner.metrics.set_spooled(resent.waiting);
        tried = if resent.waiting == 0 { 0 } else { tried + 1 };
        let pause: Duration = runner.intervals.retry(tried);
        runner.shutdown.sleep(pause);
    }
}
