//! The two workers.

use std::rc::Rc;

use ourvidz_core::wire::callback::ReportStatus;

use super::edge::{Flight, Sent};
use super::task::{Kind, Task, Worker};
use super::{Action, Protocol, State};

impl Kind {
    const fn index(self) -> usize {
        match self {
            Self::Today => 0,
            Self::Older => 1,
        }
    }
}

impl Worker {
    /// Every message that a worker may send without hearing anything new.
    pub(super) fn may_still_say(self, kind: Kind, state: &State) -> Vec<Flight> {
        match self {
            Self::Idle => Vec::new(),
            Self::Asks(job) => vec![Flight::Claim(job)],
            Self::Works(task) | Self::Reports(task, _) => {
                let bare = |status| Flight::Report(Sent { kind, task, status }, None);
                let mut all = Vec::from(ReportStatus::ALL.map(bare));
                all.extend(ReportStatus::ALL.map(|status| state.report(kind, task, status)));
                all.push(Flight::LifeSign(kind, task));
                all
            }
        }
    }
}

impl State {
    pub(super) fn worker(&self, kind: Kind) -> Worker {
        let [today, older] = self.workers;
        match kind {
            Kind::Today => today,
            Kind::Older => older,
        }
    }

    pub(super) fn set_worker(&mut self, kind: Kind, worker: Worker) {
        if let Some(place) = self.workers.get_mut(kind.index()) {
            *place = worker;
        }
        if kind == Kind::Today && matches!(worker, Worker::Idle | Worker::Asks(_)) {
            self.snapshot = None;
        }
    }

    /// A report as the worker sends it: with what it was told of its job, if it was told.
    fn report(&self, kind: Kind, task: Task, status: ReportStatus) -> Flight {
        let sent = Sent { kind, task, status };
        match &self.snapshot {
            Some(job) if kind == Kind::Today => Flight::Brought(sent, Rc::clone(job)),
            _ => Flight::Report(sent, None),
        }
    }

    fn hears_from(&self, kind: Kind) -> bool {
        self.flights
            .iter()
            .any(|flight| flight.kind() == Some(kind))
    }
}

impl Protocol {
    pub(super) fn worker_steps(state: &State, kind: Kind, steps: &mut Vec<(Action, State)>) {
        let worker = state.worker(kind);
        match worker {
            Worker::Idle => pop(state, kind, steps),
            Worker::Asks(_) if !state.hears_from(kind) => {
                steps.push((Action::GiveUp(kind), with(state, kind, Worker::Idle, None)));
            }
            Worker::Asks(_) => {}
            Worker::Works(task) => work(state, kind, task, steps),
            Worker::Reports(task, status) if !state.hears_from(kind) => {
                let flight = state.report(kind, task, status);
                steps.push((
                    Action::Repeat(kind),
                    with(state, kind, worker, Some(flight)),
                ));
            }
            Worker::Reports(..) => {}
        }
        if worker != Worker::Idle && state.left.crashes > 0 {
            let mut next = with(state, kind, Worker::Idle, None);
            next.left.crashes -= 1;
            steps.push((Action::Crash(kind), next));
        }
    }
}

fn pop(state: &State, kind: Kind, steps: &mut Vec<(Action, State)>) {
    let Some(job) = state.list.last().copied() else {
        return;
    };
    let task = Task {
        job,
        attempt: 0,
        claim: 0,
        lease: None,
    };
    let mut next = match kind {
        Kind::Today => with(state, kind, Worker::Asks(job), Some(Flight::Claim(job))),
        Kind::Older => with(state, kind, Worker::Works(task), None),
    };
    next.list.pop();
    steps.push((Action::Pop(kind), next));
}

fn work(state: &State, kind: Kind, task: Task, steps: &mut Vec<(Action, State)>) {
    let busy = Worker::Works(task);
    let mut heartbeat = |left: fn(&mut State) -> &mut u8| {
        let mut next = with(state, kind, busy, Some(Flight::LifeSign(kind, task)));
        if let Some(fewer) = left(&mut next).checked_sub(1) {
            *left(&mut next) = fewer;
            steps.push((Action::LifeSign(kind), next));
        }
    };
    match kind {
        Kind::Today => heartbeat(|state| &mut state.left.heartbeats),
        Kind::Older => heartbeat(|state| &mut state.left.announcements),
    }
    if state.hears_from(kind) {
        return;
    }
    let mut report = |status, change: fn(&mut State)| {
        let flight = state.report(kind, task, status);
        let mut next = with(state, kind, Worker::Reports(task, status), Some(flight));
        change(&mut next);
        steps.push((Action::Report(kind, status), next));
    };
    report(ReportStatus::Completed, |_| {});
    if state.left.setbacks > 0 {
        report(ReportStatus::Failed, |next| next.left.setbacks -= 1);
        if kind == Kind::Today {
            report(ReportStatus::Released, |next| next.left.setbacks -= 1);
        }
    }
    if state.left.pieces > 0 && kind == Kind::Today {
        report(ReportStatus::Processing, |next| next.left.pieces -= 1);
    }
}

fn with(state: &State, kind: Kind, worker: Worker, flight: Option<Flight>) -> State {
    let mut next = state.clone();
    next.set_worker(kind, worker);
    next.flights.extend(flight);
    next
}

impl Flight {
    /// Whose request it is, if a worker waits for the answer.
    fn kind(&self) -> Option<Kind> {
        match self {
            Self::Claim(_) => Some(Kind::Today),
            Self::LifeSign(kind, _) => Some(*kind),
            Self::Report(sent, _) | Self::Brought(sent, _) => Some(sent.kind),
            _ => None,
        }
    }
}
