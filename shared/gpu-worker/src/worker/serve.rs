//! The main loop: sleep, wake, claim until the queue is empty, sleep.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ourvidz_core::Queue;
use serde_json::json;

use super::job::{Outcome, Workshop};
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
}

impl Server<'_> {
    /// Works until the stop is asked for.
    pub fn run(&self, engine: &mut dyn Engine, listener: &Listener) {
        let mut hints = self.connect.as_ref().map(|connect| connect());
        self.return_old_hints(hints.as_deref_mut());
        std::thread::scope(|scope| {
            scope.spawn(|| self.keep_spool());
            // Work may have piled up, and its hints may be lost.
            let mut wake = Wake::Timer;
            while !self.workshop.stop.is_asked() && wake != Wake::Stop {
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
                wake = listener.sleep(self.workshop.pace.timer);
            }
        });
    }

    /// Claims and works until no queue has anything, or the stop is asked for.
    fn drain(&self, engine: &mut dyn Engine, hint: Option<&Hint>) {
        let mut queues = self.queues.to_vec();
        if let Some(hint) = hint {
            // The queue that called is asked first.
            queues.sort_by_key(|queue| *queue != hint.queue);
        }
        let mut named = hint.filter(|_| self.claim_hinted).and_then(Hint::job_id);
        let mut unanswered = 0;
        let mut empty = 0;
        while empty < queues.len() {
            let Some(&queue) = queues.first() else { return };
            let mut row = 0;
            while row < MOST_IN_A_ROW {
                if self.workshop.stop.is_asked() {
                    return;
                }
                match self.claim(queue, named.take(), engine) {
                    Ok(Some(claim)) => {
                        (empty, unanswered) = (0, 0);
                        row += 1;
                        if self.workshop.work(&claim, engine) == Outcome::Spooled {
                            // The edge is down: claiming on would only be refused.
                            break;
                        }
                    }
                    Ok(None) => break,
                    Err(Refusal::Drop { status, code }) => {
                        log::error(
                            "claim_refused",
                            json!({"queue": queue.as_str(), "status": status, "code": code}),
                        );
                        break;
                    }
                    Err(keep) => {
                        log::error(
                            "claim_unanswered",
                            json!({"queue": queue.as_str(), "cause": keep.to_string()}),
                        );
                        let wait = keep
                            .retry_after()
                            .unwrap_or_else(|| self.workshop.pace.retry(unanswered));
                        unanswered += 1;
                        self.workshop.stop.sleep(wait.min(self.workshop.pace.timer));
                        // The hint stays ours meanwhile: it is not put away before the edge has answered.
                    }
                }
            }
            empty = if row == 0 { empty + 1 } else { 0 };
            queues.rotate_left(1);
        }
    }

    fn claim(
        &self,
        queue: Queue,
        job_id: Option<String>,
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

    /// Delivers what waits in the spool, at once after a start and then as often as a lease allows.
    fn keep_spool(&self) {
        let mut tried = 0;
        while !self.workshop.stop.is_asked() {
            let resent = self.workshop.spool.resend(self.workshop.edge);
            self.workshop.metrics.set_spooled(resent.waiting);
            tried = if resent.waiting == 0 { 0 } else { tried + 1 };
            let pause: Duration = self.workshop.pace.retry(tried);
            self.workshop.stop.sleep(pause);
        }
    }
}
