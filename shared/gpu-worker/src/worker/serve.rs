//! The main loop: sleep, wake, claim until the queue is empty, sleep.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ourvidz_core::{Id, Queue};
use serde_json::json;

use super::job::Workshop;
use crate::chat::Counter;
use crate::edge::{Claim, ClaimAsk, Refusal};
use crate::engine::Engine;
use crate::hints::{Connect, Hint, Hints, HintsDown, Listener, Wake};
use crate::log;

/// Jobs of one queue in a row before the other queues are asked: switching models costs seconds, waiting
/// behind an endless row costs more.
const MOST_IN_A_ROW: u32 = 8;

/// A worker that serves queues until it is told to stop.
pub struct Server<'a> {
    /// What jobs are worked on with.
    pub workshop: Workshop<'a>,
    /// The queues.
    pub queues: &'a [Queue],
    /// Claim exactly the job that a hint names.
    pub claim_hinted: bool,
    /// Where hints come from; none means the timer only.
    pub connect: Option<Arc<Connect>>,
    /// Where those wait who want to talk to the language model.
    pub chat: Option<&'a Counter>,
}

impl Server<'_> {
    /// Works until the stop is asked for.
    pub fn run(&self, engine: &mut dyn Engine, listener: &Listener) {
        let mut hints = self.connect.as_ref().map(|connect| connect());
        self.return_old_hints(hints.as_deref_mut());
        std::thread::scope(|scope| {
            let workshop = &self.workshop;
            scope.spawn(|| keep_spool(workshop));
            // Work may have piled up, and its hints may be lost.
            let mut wake = Wake::Timer;
            let mut asked = Instant::now();
            while !self.workshop.stop.is_asked() && wake != Wake::Stop {
                // However many want to talk, the timer goes on.
                let rest = self.workshop.pace.timer.saturating_sub(asked.elapsed());
                if wake == Wake::Chat && !rest.is_zero() {
                    self.talk(engine);
                    wake = listener.sleep(rest);
                    continue;
                }
                let hint = if let Wake::Hint(hint) = wake {
                    Some(hint)
                } else {
                    None
                };
                self.drain(engine, hint.as_ref());
                if let (Some(hint), Some(hints)) = (&hint, hints.as_deref_mut()) {
                    self.put_hint_away(hints, hint);
                }
                if self.workshop.stop.is_asked() {
                    break;
                }
                asked = Instant::now();
                wake = listener.sleep(self.workshop.pace.timer);
            }
        });
    }

    /// Answers those who wait for the language model.
    fn talk(&self, engine: &mut dyn Engine) {
        if let Some(counter) = self.chat {
            counter.serve_waiting(engine);
        }
    }

    /// Claims and works until no queue has anything, or the stop is asked for.
    fn drain(&self, engine: &mut dyn Engine, hint: Option<&Hint>) {
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
        while !self.workshop.stop.is_asked() {
            match self.claim(queue, job_id, engine) {
                Ok(Some(claim)) => {
                    self.workshop.work(&claim, engine);
                    self.talk(engine);
                    return true;
                }
                Ok(None) => return false,
                Err(Refusal::Drop { status, code }) => {
                    let queue = queue.as_str();
                    log::error(
                        "claim_refused",
                        json!({"queue": queue, "status": status, "code": code}),
                    );
                    return false;
                }
                // The hint stays ours meanwhile: it is not put away before the edge has answered.
                Err(keep) => {
                    let (queue, cause) = (queue.as_str(), keep.to_string());
                    log::error("claim_unanswered", json!({"queue": queue, "cause": cause}));
                    let wait = keep
                        .retry_after()
                        .unwrap_or_else(|| self.workshop.pace.retry(unanswered));
                    unanswered += 1;
                    self.workshop.stop.sleep(wait.min(self.workshop.pace.timer));
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
    ) -> Result<Option<Claim>, Refusal> {
        let ask = ClaimAsk {
            worker_id: self.workshop.worker_id.to_owned(),
            queue: queue.as_str().to_owned(),
            job_id,
            models: engine
                .loaded()
                .into_iter()
                .map(ourvidz_core::Model::as_str)
                .collect(),
            vitals: self.workshop.metrics.vitals(),
        };
        let asked = Instant::now();
        let claimed = self.workshop.edge.claim(&ask);
        self.workshop.metrics.claimed(&claimed, asked.elapsed());
        claimed
    }

    /// The queue was found empty: the hint has done its work. When we stop before that, another worker gets it.
    fn put_hint_away(&self, hints: &mut dyn Hints, hint: &Hint) {
        let done = if self.workshop.stop.is_asked() {
            hints.give_back(hint)
        } else {
            hints.remove(hint)
        };
        if let Err(HintsDown(cause)) = done {
            // It goes back to the queue at the next start, and does no harm there.
            log::error("hint_not_removed", json!({"cause": cause}));
        }
    }

    fn return_old_hints(&self, hints: Option<&mut (dyn Hints + 'static)>) {
        match hints.map(Hints::give_back_all) {
            None | Some(Ok(0)) => {}
            Some(Ok(count)) => log::info("old_hints_returned", json!({"count": count})),
            Some(Err(HintsDown(cause))) => log::error("hints_down", json!({"cause": cause})),
        }
    }
}

/// Delivers what waits in the spool, at once after a start and then as often as a lease allows.
fn keep_spool(workshop: &Workshop<'_>) {
    let mut tried = 0;
    while !workshop.stop.is_asked() {
        let resent = workshop.spool.resend(workshop.edge);
        workshop.metrics.set_spooled(resent.waiting);
        tried = if resent.waiting == 0 { 0 } else { tried + 1 };
        let pause: Duration = workshop.pace.retry(tried);
        workshop.stop.sleep(pause);
    }
}
