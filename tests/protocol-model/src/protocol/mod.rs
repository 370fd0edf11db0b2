//! Everybody but the database: a client, the edge, the queue, two workers, the sweep, and what goes wrong.
//!
//! One worker is of today's kind: it claims what it pops, sends heartbeats and carries its lease. The other is
//! of the older kind: it pops and works, at most announces that it began, and names no attempt.

mod edge;
pub mod invariants;
mod sweep;
mod task;
mod workers;

use std::hash::Hash;
use std::rc::Rc;

use ourvidz_core::plan::submit::{Submission, SubmitPlan, SubmitSettings, submit};
use ourvidz_core::wire::callback::ReportStatus;
use ourvidz_core::wire::rpc::EnqueueJob;
use ourvidz_core::wire::submit::SubmitRequest;
use ourvidz_core::{ApiError, Id, Moment};
use ourvidz_policy::ExtraTerms;

use crate::database::{Database, Guards, Job, Outbox};
use crate::explorer::{Model, fingerprint};
pub use edge::{Flight, Sent};
pub use sweep::Sweep;
pub use task::{Kind, Task, Worker};

/// Any moment will do: time passes by making things old, not by moving the clock.
const NOW_MS: u64 = 1_767_225_600_000;

/// How often each thing may go wrong, and what the client and the workers may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Bounds {
    /// Messages or answers that get lost.
    pub losses: u8,
    pub doublings: u8,
    /// Crashes of a worker, a request or the sweep between two of its steps, and of Redis with its data.
    pub crashes: u8,
    /// Leases that run out although their holder is alive.
    pub late_leases: u8,
    /// Repetitions of the client's order.
    pub retries: u8,
    pub cancels: u8,
    /// Heartbeats of the worker of today's kind.
    pub heartbeats: u8,
    /// Announcements of the worker of the older kind.
    pub announcements: u8,
    /// Reports of failure and jobs given back.
    pub setbacks: u8,
    /// Pictures settled before their batch is done.
    pub pieces: u8,
    /// Silences of the sweep that are longer than an outage.
    pub outages: u8,
    /// Passes of the sweep that begin before the one of before has ended.
    pub second_sweeps: u8,
}

impl Bounds {
    pub const NOTHING: Self = Self {
        losses: 0,
        doublings: 0,
        crashes: 0,
        late_leases: 0,
        retries: 0,
        cancels: 0,
        heartbeats: 0,
        announcements: 0,
        setbacks: 0,
        pieces: 0,
        outages: 0,
        second_sweeps: 0,
    };
}

pub struct Protocol {
    orders: Vec<EnqueueJob>,
    guards: Guards,
    bounds: Bounds,
    settled: edge::Decisions,
    checked: invariants::Checked,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State {
    pub database: Rc<Database>,
    /// Hints on the list, the next to be taken last. Nobody here uses the attempt that they name.
    pub list: Vec<Id>,
    /// Whether Redis knows that it has lists.
    pub remembers: bool,
    /// Requests on their way to the edge or being worked on, in no order.
    pub flights: Vec<Flight>,
    /// Orders that the client has sent.
    pub ordered: u8,
    /// Today's worker and the older one.
    pub workers: [Worker; 2],
    /// Today's worker's job as the edge last told it.
    pub snapshot: Option<Rc<Job>>,
    /// The sweeps that are at work.
    pub sweeps: Vec<Sweep>,
    pub left: Bounds,
}

#[derive(Debug, Clone)]
pub enum Action {
    /// The client sends its order, or sends it again.
    Order,
    /// The client calls the job off.
    Cancel,
    /// The edge takes the next step of a request.
    Step(Flight),
    /// The same, and the answer gets lost.
    StepUnheard(Flight),
    Lose(Flight),
    Double(Flight),
    /// Whoever handles a request vanishes.
    Vanish(Flight),
    /// A worker takes a hint.
    Pop(Kind),
    /// A worker announces itself or sends a heartbeat.
    LifeSign(Kind),
    Report(Kind, ReportStatus),
    /// A worker repeats what nobody answered.
    Repeat(Kind),
    /// A worker stops waiting for the answer to its claim.
    GiveUp(Kind),
    /// A worker crashes and starts anew.
    Crash(Kind),
    /// The sweep takes its next step.
    Sweep,
    /// The sweep is cut off.
    CutOff,
    LeaseEnds,
    /// Redis starts anew with nothing.
    Forget,
    /// Nobody sweeps for longer than an outage.
    Outage,
}

impl Protocol {
    /// One order of `num_images` pictures.
    ///
    /// # Errors
    ///
    /// When the order is none.
    pub fn new(num_images: u8, guards: Guards, bounds: Bounds) -> Result<Self, ApiError> {
        let body = format!(
            r#"{{"jobType":"sdxl_image_fast","metadata":{{"prompt":"a fox","num_images":{num_images}}}}}"#
        );
        let request = SubmitRequest::parse(body.as_bytes())?;
        let extra_terms = ExtraTerms::default();
        let submission = Submission {
            request: &request,
            user_id: Id::from_bytes([0xee; 16]),
            anonymous: false,
            project: None,
            enhanced_prompt: None,
            idempotency_key: Some("one"),
            api_key_id: None,
        };
        let settings = SubmitSettings {
            starting_credits: 100,
            ..SubmitSettings::new(&extra_terms)
        };
        let orders = (0..=bounds.retries)
            .map(|nth| submit(&submission, &settings, &Moment::new(NOW_MS, [nth + 1; 32])))
            // What the worker is to paint decides nothing, and would be part of every state.
            .map(|plan| {
                plan.map(|SubmitPlan { mut rpc, .. }| {
                    rpc.p_payload.metadata.clear();
                    rpc
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            orders,
            guards,
            bounds,
            settled: edge::Decisions::default(),
            checked: invariants::Checked::default(),
        })
    }
}

impl Model for Protocol {
    type State = State;
    type Action = Action;

    fn initial(&self) -> State {
        let mut database = Database::new(NOW_MS, self.guards);
        database.last_pass_ms = Some(NOW_MS);
        State {
            database: database.into(),
            list: Vec::new(),
            remembers: true,
            flights: Vec::new(),
            ordered: 0,
            workers: [Worker::Idle, Worker::Idle],
            snapshot: None,
            sweeps: Vec::new(),
            left: self.bounds,
        }
    }

    fn next(&self, state: &State) -> Vec<(Action, State)> {
        let mut steps = Vec::new();
        // What may still arrive then is looked at all at once, by `broken`.
        if state.is_over() {
            return steps;
        }
        self.client_steps(state, &mut steps);
        self.edge_steps(state, &mut steps);
        for kind in [Kind::Today, Kind::Older] {
            Self::worker_steps(state, kind, &mut steps);
        }
        Self::sweep_steps(state, &mut steps);
        Self::mishaps(state, &mut steps);
        for (_, next) in &mut steps {
            next.settle_down();
        }
        steps
    }

    fn broken(&self, state: &State) -> Option<String> {
        let broken = self.checked.broken(state);
        broken.or_else(|| {
            (state.is_over() && !self.stays_over(state)).then(|| "an ended job changed".to_owned())
        })
    }
}

impl Protocol {
    fn client_steps(&self, state: &State, steps: &mut Vec<(Action, State)>) {
        if usize::from(state.ordered) < self.orders.len() {
            let mut next = state.clone();
            next.ordered += 1;
            next.flights.push(Flight::Order(state.ordered));
            steps.push((Action::Order, next));
        }
        if state.left.cancels > 0 && !state.database.jobs.is_empty() {
            let mut next = state.clone();
            next.left.cancels -= 1;
            next.flights.push(Flight::Cancel);
            steps.push((Action::Cancel, next));
        }
    }

    /// Whether an ended job stays as it is, whatever arrives after its end. What is on the way and what the
    /// workers may still say is tried one by one: if no single message changes anything, no sequence does.
    fn stays_over(&self, state: &State) -> bool {
        let mut late = state.flights.clone();
        late.extend((0u8..).take(self.orders.len()).map(Flight::Order));
        late.push(Flight::Cancel);
        for kind in [Kind::Today, Kind::Older] {
            late.extend(state.worker(kind).may_still_say(kind, state));
        }
        late.into_iter().all(|flight| {
            let mut after = state.clone();
            after.flights = vec![flight];
            while let Some(flight) = after.flights.pop() {
                self.step(&mut after, &flight);
            }
            after.database == state.database
        })
    }

    fn mishaps(state: &State, steps: &mut Vec<(Action, State)>) {
        let database = &state.database;
        let is_held = |job: &Job| job.lease.as_ref().is_some_and(|lease| lease.until_ms > 0);
        let holds_somebody = database.jobs.values().any(is_held);
        // A lost worker's lease runs out by itself; a living one's only by mishap.
        let is_deserted = state
            .workers
            .iter()
            .all(|worker| matches!(worker, Worker::Idle));
        if holds_somebody && (is_deserted || state.left.late_leases > 0) {
            let mut next = state.clone();
            next.left.late_leases -= u8::from(!is_deserted);
            for job in Rc::make_mut(&mut next.database).jobs.values_mut() {
                if let Some(lease) = &mut job.lease {
                    lease.until_ms = 0;
                }
            }
            steps.push((Action::LeaseEnds, next));
        }
        if state.left.crashes > 0 && !state.list.is_empty() {
            let mut next = state.clone();
            next.left.crashes -= 1;
            next.list.clear();
            next.remembers = false;
            steps.push((Action::Forget, next));
        }
        if state.left.outages > 0 && database.last_pass_ms.is_some() {
            let mut next = state.clone();
            next.left.outages -= 1;
            Rc::make_mut(&mut next.database).last_pass_ms = None;
            steps.push((Action::Outage, next));
        }
    }
}

impl State {
    /// Whether the job has ended.
    fn is_over(&self) -> bool {
        let jobs = &self.database.jobs;
        !jobs.is_empty() && jobs.values().all(|job| job.status.is_terminal())
    }

    /// Of versions only counts whether a row that somebody read is still the row.
    fn forget_versions(&mut self) {
        const CURRENT: u64 = 2;
        let versions: Vec<u64> = self.database.jobs.values().map(|job| job.version).collect();
        let on_the_way = self.flights.iter_mut().filter_map(|flight| match flight {
            Flight::Report(_, Some(read)) | Flight::Brought(_, read) => Some(read),
            _ => None,
        });
        for read in on_the_way.chain(self.snapshot.as_mut()) {
            let version = if versions.contains(&read.version) {
                CURRENT
            } else {
                CURRENT - 1
            };
            if read.version != version {
                Rc::make_mut(read).version = version;
            }
        }
        if versions.iter().any(|version| *version != CURRENT) {
            for job in Rc::make_mut(&mut self.database).jobs.values_mut() {
                job.version = CURRENT;
            }
        }
        // A snapshot of before leads to a conflict, and so to a look at the job: the same as none.
        if self.database.guards.compare_and_swap {
            self.snapshot.take_if(|job| job.version != CURRENT);
            for flight in &mut self.flights {
                if let Flight::Brought(sent, job) = flight
                    && job.version != CURRENT
                {
                    *flight = Flight::Report(*sent, None);
                }
            }
        }
    }

    /// Makes states the same that differ in nothing that matters.
    ///
    /// Every pause between two pushes counts as over, so that the sweep repeats whatever it ever would.
    fn settle_down(&mut self) {
        self.forget_versions();
        self.flights.sort_by_cached_key(hash_of);
        self.sweeps.sort_by_cached_key(hash_of);
        let database = &self.database;
        let is_fresh = |job: &Job| {
            job.outbox
                .as_ref()
                .is_some_and(|hint| *hint != aged(hint, database))
        };
        if database.jobs.values().any(is_fresh) || database.lists_lost_ms > LOST_MS {
            let before = Rc::clone(database);
            let database = Rc::make_mut(&mut self.database);
            for hint in database
                .jobs
                .values_mut()
                .filter_map(|job| job.outbox.as_mut())
            {
                *hint = aged(hint, &before);
            }
            database.lists_lost_ms = database.lists_lost_ms.min(LOST_MS);
        }
        if self.is_over() {
            self.list.clear();
            self.left = Bounds::NOTHING;
            self.sweeps.clear();
        }
    }
}

/// When lists were lost, long ago.
const LOST_MS: u64 = 2;

/// A hint after a long time; whether it was pushed before or after Redis lost its lists stays.
fn aged(hint: &Outbox, database: &Database) -> Outbox {
    let was_lost = |pushed_ms| pushed_ms < database.lists_lost_ms;
    Outbox {
        written_ms: 0,
        pushed_ms: hint
            .pushed_ms
            .map(|pushed_ms| LOST_MS - u64::from(was_lost(pushed_ms))),
        pushes: 0,
        ..hint.clone()
    }
}

fn hash_of<T: Hash>(thing: &T) -> u64 {
    fingerprint(thing).0
}
