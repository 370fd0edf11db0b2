//! Requests on their way through the edge: each step is one call to a backend.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use ourvidz_core::moment::Nth;
use ourvidz_core::plan::settle::{SettleDecision, settle};
use ourvidz_core::plan::{claim, heartbeat};
use ourvidz_core::wire::callback::{CallbackReport, ReportStatus, WorkerMetadata};
use ourvidz_core::wire::claim::ClaimRequest;
use ourvidz_core::wire::rpc::{CancelJob, Lease, ReportOutcome, Role, SettleJob};
use ourvidz_core::wire::vitals::Vitals;
use ourvidz_core::{Id, Moment, Queue, asset_key};
use ourvidz_policy::ExtraTerms;

use super::task::{Kind, Task, Worker};
use super::{Action, NOW_MS, Protocol, State};
use crate::database::Job;

/// The name of today's worker.
const TODAYS_WORKER: &str = "today";

/// A request and how far it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Flight {
    /// The client's order, for the first or a further time.
    Order(u8),
    /// An order that is recorded, before its hint is pushed.
    Recorded(Id),
    Cancel,
    /// A claim of today's worker.
    Claim(Id),
    /// A heartbeat; from the older worker it is the claim.
    LifeSign(Kind, Task),
    /// A report, and the row that it was decided on, once that is read.
    Report(Sent, Option<Rc<Job>>),
    /// A report that brings the row along as it was when its worker was last told.
    Brought(Sent, Rc<Job>),
}

/// A report as it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sent {
    pub kind: Kind,
    pub task: Task,
    pub status: ReportStatus,
}

/// What a report leads to.
#[derive(Debug, Clone)]
enum Decision {
    /// An answer without a write.
    Answer,
    /// A refusal that lets the worker drop its report.
    Drop,
    Write(Rc<SettleJob>),
}

/// Decisions that were made: the same report on the same row is decided the same, so once is enough.
#[derive(Default)]
pub(super) struct Decisions(RefCell<HashMap<(Sent, Rc<Job>), Decision>>);

/// How a request ends for who sent it.
pub(super) enum Heard {
    /// With an answer that says what to do next.
    Next(Kind, Worker),
    /// With nothing that changes anything.
    Nothing,
}

impl Protocol {
    pub(super) fn edge_steps(&self, state: &State, steps: &mut Vec<(Action, State)>) {
        for (index, flight) in state.flights.iter().enumerate() {
            if state
                .flights
                .iter()
                .take(index)
                .any(|earlier| earlier == flight)
            {
                continue;
            }
            let mut without = state.clone();
            without.flights.remove(index);
            let is_underway = matches!(flight, Flight::Recorded(..) | Flight::Report(_, Some(_)));

            let mut next = without.clone();
            if let Some(Heard::Next(kind, worker)) = self.step(&mut next, flight) {
                // An answer reaches only somebody who waits for it.
                if next.waits_for(kind, flight) {
                    if state.left.losses > 0 {
                        let mut unheard = next.clone();
                        unheard.left.losses -= 1;
                        steps.push((Action::StepUnheard(flight.clone()), unheard));
                    }
                    next.set_worker(kind, worker);
                    next.hear_snapshot(flight);
                }
            }
            steps.push((Action::Step(flight.clone()), next));

            if is_underway && state.left.crashes > 0 {
                let mut next = without.clone();
                next.left.crashes -= 1;
                steps.push((Action::Vanish(flight.clone()), next));
            }
            if !is_underway && state.left.losses > 0 {
                let mut next = without;
                next.left.losses -= 1;
                steps.push((Action::Lose(flight.clone()), next));
            }
            // A doubled order is what the client's retry is.
            let is_order = matches!(flight, Flight::Order(_));
            if !is_underway && !is_order && state.left.doublings > 0 {
                let mut next = state.clone();
                next.left.doublings -= 1;
                next.flights.push(flight.clone());
                steps.push((Action::Double(flight.clone()), next));
            }
        }
    }

    /// One step of a request; the answer, if it ends with this step.
    pub(super) fn step(&self, state: &mut State, flight: &Flight) -> Option<Heard> {
        let fresh = state.fresh();
        let database = Rc::make_mut(&mut state.database);
        match flight {
            Flight::Order(nth) => {
                let enqueued = database
                    .enqueue_job(self.orders.get(usize::from(*nth))?)
                    .ok()?;
                if !enqueued.replayed {
                    state.flights.push(Flight::Recorded(enqueued.job.id));
                }
                None
            }
            Flight::Recorded(job) => {
                state.list.insert(0, *job);
                None
            }
            Flight::Cancel => {
                let (job_id, user_id) = database
                    .jobs
                    .values()
                    .next()
                    .map(|job| (job.id, job.user_id))?;
                let cancellation = CancelJob {
                    p_user_id: user_id,
                    p_job_id: job_id,
                    p_dry_run: false,
                };
                database.cancel_job(&cancellation).ok()?;
                None
            }
            Flight::Claim(job_id) => {
                let request = ClaimRequest {
                    worker_id: TODAYS_WORKER.to_owned(),
                    queue: Queue::SdxlQueue,
                    job_id: Some(*job_id),
                    models: Vec::new(),
                    vitals: Vitals::default(),
                };
                let claimed = database.claim_job(&claim::claim(&request, &fresh));
                let number = database.jobs.get(job_id).map_or(0, Job::claim_number);
                // A refused claim does no work.
                let worker = claimed.map_or(Worker::Idle, |claimed| {
                    Worker::Works(Task {
                        job: claimed.job_id,
                        attempt: claimed.attempt,
                        claim: number,
                        lease: Some(claimed.lease_id),
                    })
                });
                Some(Heard::Next(Kind::Today, worker))
            }
            Flight::LifeSign(kind, task) => {
                let sent = Sent {
                    kind: *kind,
                    task: *task,
                    status: ReportStatus::Processing,
                };
                let report = CallbackReport {
                    assets: Vec::new(),
                    ..report_of(sent, 0)
                };
                let outcome = database.heartbeat_job(&heartbeat::heartbeat(&report, &fresh));
                let reply = heartbeat::reply(&report, &outcome, NOW_MS).ok()?;
                let stops = reply.ignored && *kind == Kind::Today;
                Some(if stops {
                    Heard::Next(*kind, Worker::Idle)
                } else {
                    Heard::Nothing
                })
            }
            Flight::Report(sent, None) => {
                let job = Rc::new(database.jobs.get(&sent.task.job)?.clone());
                if let Decision::Write(_) = self.decide(*sent, &job) {
                    state.flights.push(Flight::Report(*sent, Some(job)));
                    return None;
                }
                Some(Heard::Next(sent.kind, after(*sent, false)))
            }
            Flight::Report(sent, Some(job)) => {
                let Decision::Write(plan) = self.decide(*sent, job) else {
                    return None;
                };
                settled(state, *sent, &plan)
            }
            Flight::Brought(sent, job) => match self.decide(*sent, job) {
                Decision::Write(plan) => settled(state, *sent, &plan),
                // Only the row itself can tell what else becomes of it.
                Decision::Answer | Decision::Drop => {
                    state.flights.push(Flight::Report(*sent, None));
                    None
                }
            },
        }
    }

    /// What the edge makes of a report, by its own function.
    fn decide(&self, sent: Sent, job: &Rc<Job>) -> Decision {
        let known = self
            .settled
            .0
            .borrow()
            .get(&(sent, Rc::clone(job)))
            .cloned();
        known.unwrap_or_else(|| {
            let decision = self.decide_anew(sent, job);
            self.settled
                .0
                .borrow_mut()
                .insert((sent, Rc::clone(job)), decision.clone());
            decision
        })
    }

    fn decide_anew(&self, sent: Sent, job: &Job) -> Decision {
        let mut context = job.settlement();
        let report = report_of(sent, job.assets.len());
        if !self.guards.fence && !job.status.is_terminal() {
            // Without the fence every report is taken for the holder's.
            context.job.attempt = report.attempt.unwrap_or(job.attempt);
            context.lease = Some(Lease {
                lease_id: report.lease_id.unwrap_or(job.id),
                attempt: context.job.attempt,
                worker_id: report.worker_id.clone(),
                until_ms: NOW_MS,
            });
        }
        match settle(&report, &context, &ExtraTerms::default(), NOW_MS) {
            Ok(SettleDecision::Write(settling)) => Decision::Write(Rc::new(settling.rpc)),
            Ok(SettleDecision::Replay(_) | SettleDecision::Ignore(_)) => Decision::Answer,
            Err(_) => Decision::Drop,
        }
    }
}

/// Writes a settlement; on a row that has changed the report is decided anew, after a look.
fn settled(state: &mut State, sent: Sent, plan: &SettleJob) -> Option<Heard> {
    match Rc::make_mut(&mut state.database).settle_job(plan) {
        Ok(reply) if reply.outcome == ReportOutcome::Conflict => {
            state.flights.push(Flight::Report(sent, None));
            None
        }
        Ok(_) => Some(Heard::Next(sent.kind, after(sent, true))),
        // 5xx: the worker keeps its report.
        Err(_) => Some(Heard::Nothing),
    }
}

impl State {
    /// What today's worker is told of its job with an answer: a claim's, or that of a report with which it goes on.
    fn hear_snapshot(&mut self, flight: &Flight) {
        let Worker::Works(task) = self.worker(Kind::Today) else {
            return;
        };
        let tells = match flight {
            Flight::Claim(_) => true,
            Flight::Report(sent, _) | Flight::Brought(sent, _) => sent.kind == Kind::Today,
            _ => false,
        };
        if tells {
            let job = self.database.jobs.get(&task.job);
            self.snapshot = job.map(|job| Rc::new(job.clone()));
        }
    }

    /// A moment whose ids nobody remembers.
    fn fresh(&self) -> Moment {
        let known = self.known_leases();
        let moments = (1..=u8::MAX).map(|entropy| Moment::new(NOW_MS, [entropy; 32]));
        let mut unknown = moments.filter(|moment| !known.contains(&moment.fresh_id(Nth::First)));
        unknown.next().unwrap_or(Moment::new(NOW_MS, [0; 32]))
    }

    fn known_leases(&self) -> Vec<Id> {
        let of_job = |job: &Job| job.lease.as_ref().map(|lease| lease.lease_id);
        let of_flight = |flight: &Flight| match flight {
            Flight::Report(sent, read) => {
                [sent.task.lease, read.as_ref().and_then(|job| of_job(job))]
            }
            Flight::Brought(sent, job) => [sent.task.lease, of_job(job)],
            Flight::LifeSign(_, task) => [task.lease, None],
            _ => [None, None],
        };
        let of_worker = |worker: &Worker| match worker {
            Worker::Works(task) | Worker::Reports(task, _) => task.lease,
            Worker::Idle | Worker::Asks(_) => None,
        };
        let in_rows = self.database.jobs.values().filter_map(of_job);
        let on_the_way = self.flights.iter().flat_map(of_flight).flatten();
        in_rows
            .chain(on_the_way)
            .chain(self.workers.iter().filter_map(of_worker))
            .collect()
    }

    fn waits_for(&self, kind: Kind, flight: &Flight) -> bool {
        match (self.worker(kind), flight) {
            (Worker::Asks(job), Flight::Claim(claimed)) => job == *claimed,
            (Worker::Works(task), Flight::LifeSign(_, told)) => task == *told,
            (Worker::Reports(task, status), Flight::Report(sent, _) | Flight::Brought(sent, _)) => {
                task == sent.task && status == sent.status
            }
            _ => false,
        }
    }
}

/// What a worker does once its report is answered: a batch that is taken bit by bit goes on.
fn after(sent: Sent, is_taken: bool) -> Worker {
    if is_taken && sent.status == ReportStatus::Processing {
        Worker::Works(sent.task)
    } else {
        Worker::Idle
    }
}

/// The report as the worker writes it. The older one names its files itself.
fn report_of(sent: Sent, num_assets: usize) -> CallbackReport {
    let Sent { kind, task, status } = sent;
    let user = Id::from_bytes([0xee; 16]);
    let count = u8::try_from(num_assets).unwrap_or(u8::MAX);
    let names = (0..count).map(|index| match kind {
        Kind::Older => Some(format!("{user}/sdxl_{}_old{index}.png", task.job)),
        Kind::Today => {
            let job_type = ourvidz_core::JobType::SdxlImageFast;
            let (job, claim, main) = (task.job, task.claim, job_type.file_type());
            let keys = asset_key::claim_keys(user, job, job_type, claim, count, main);
            let is_it = |file: &&ourvidz_core::wire::rpc::AttemptKey| {
                file.index == index && file.role == Role::Image
            };
            keys.iter().find(is_it).map(|file| file.key.clone())
        }
    });
    let done = match status {
        ReportStatus::Completed => usize::from(count),
        ReportStatus::Processing => 1,
        ReportStatus::Failed | ReportStatus::Released => 0,
    };
    let is_today = kind == Kind::Today;
    CallbackReport {
        job_id: task.job,
        status,
        attempt: is_today.then_some(task.attempt),
        lease_id: task.lease,
        worker_id: is_today.then(|| TODAYS_WORKER.to_owned()),
        assets: names.take(done).collect(),
        thumbnails: Vec::new(),
        poster: None,
        failed_indices: Vec::new(),
        error_message: None,
        retryable: true,
        enhanced_prompt: None,
        progress: None,
        upload_requests: Vec::new(),
        step_previews: Vec::new(),
        snapshot: None,
        vitals: Vitals::default(),
        metadata: WorkerMetadata::default(),
    }
}
