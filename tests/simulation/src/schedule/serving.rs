//! The edge: requests arrive, run from call to call, and are answered.

use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use serde_json::{Value, json};

use super::{LONGEST_LIFE_MS, MOST_SWEEPS, Schedule, Task};
use crate::requests::{self, Message, Sender};
use crate::runtime::Simulated;

impl Schedule {
    /// Lets one of the running requests go on to its next call.
    pub(super) fn run_one(&mut self) {
        if let Some(index) = self.pick(self.running.len()) {
            self.run_task(index);
        }
    }

    pub(super) fn run_task(&mut self, index: usize) {
        let mut context = Context::from_waker(Waker::noop());
        let now_ms = self.scene.now_ms();
        let Some(task) = self.running.get_mut(index) else {
            return;
        };
        if now_ms > task.started_ms + LONGEST_LIFE_MS {
            let number = task.number;
            self.scene.tell(|| format!("#{number} has run out of time"));
            self.running.remove(index);
            return;
        }
        let Poll::Ready(done) = task.future.as_mut().poll(&mut context) else {
            return;
        };
        let task = self.running.remove(index);
        for work in done.later {
            let future = requests::afterwards(work);
            self.running.push(Task {
                number: task.number,
                from: Sender::Nobody,
                is_sweep: false,
                started_ms: self.scene.now_ms(),
                future,
            });
        }
        if let Some(answer) = done.answer {
            self.answer(task.number, task.from, &answer);
        }
    }

    pub(super) fn answer(&mut self, number: u32, to: Sender, answer: &Value) {
        let is_lost = self.scene.choices.once_in(12);
        self.scene.tell(|| {
            let lost = if is_lost { "  (nobody hears it)" } else { "" };
            let (status, ignored) = (&answer["status"], answer["body"]["ignored"] == true);
            let ignored = if ignored { " ignored" } else { "" };
            format!("#{number} answers {status}{ignored}{lost}")
        });
        if answer["status"] == 500 {
            self.scene
                .fail(format!("a handler failed: {}", answer["body"]["code"]));
        }
        if is_lost {
            return;
        }
        match to {
            Sender::Order { order, .. } => {
                if let Some(order) = self.orders.get_mut(order) {
                    order.hear(&self.scene, answer);
                }
            }
            Sender::Worker { worker, ticket } => {
                let worker = self.workers.get_mut(worker);
                if let Some(worker) = worker.filter(|worker| worker.awaited() == Some(ticket)) {
                    worker.hear(answer);
                }
            }
            Sender::Nobody => {}
        }
    }

    pub(super) fn send(&mut self, message: Message) {
        self.scene.tell(|| message.label.clone());
        self.sent.push(message.clone());
        self.wire.push(message);
    }

    /// One of the requests on the way arrives.
    pub(super) fn deliver(&mut self) {
        if let Some(index) = self.pick(self.wire.len()) {
            let message = self.wire.remove(index);
            self.start(message);
        }
    }

    pub(super) fn start(&mut self, message: Message) {
        self.tasks += 1;
        self.scene
            .tell(|| format!("#{} arrives: {}", self.tasks, message.label));
        let body = serde_json::from_slice(&message.incoming.body).unwrap_or_default();
        let runtime = self.runtime(body);
        let from = message.from;
        let future = requests::handle(message, Rc::clone(&self.settings), runtime);
        self.running.push(Task {
            number: self.tasks,
            from,
            is_sweep: false,
            started_ms: self.scene.now_ms(),
            future,
        });
    }

    pub(super) fn runtime(&self, body: Value) -> Simulated {
        Simulated {
            scene: Rc::clone(&self.scene),
            world: self.world.invocation(),
            number: self.tasks,
            body: Rc::new(body),
        }
    }

    pub(super) fn sweep(&mut self) {
        let sweeps = self.running.iter().filter(|task| task.is_sweep).count();
        if sweeps >= MOST_SWEEPS {
            return;
        }
        self.tasks += 1;
        self.scene
            .tell(|| format!("#{} is a pass of the sweep", self.tasks));
        let future = requests::sweep(Rc::clone(&self.settings), self.runtime(json!({})));
        self.running.push(Task {
            number: self.tasks,
            from: Sender::Nobody,
            is_sweep: true,
            started_ms: self.scene.now_ms(),
            future,
        });
    }
}
