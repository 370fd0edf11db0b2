//! Random histories of the database's functions, for `tests/sql/histories.test.mjs` to repeat on Postgres.
//!
//! Where a rule is SQL's, [`Database`] is a copy of it, and a copy may drift. So each history says step by step how
//! long nothing happened, which function was called with what, what it returned, and what the tables held then; the
//! test does the same on Postgres and compares. A history is chosen by the model's own state, so that most calls
//! reach a rule, and by what workers and requests would know: of earlier leases, attempts and versions too.

mod calls;
mod settling;
mod time;
mod view;

use ourvidz_core::Id;
use ourvidz_core::wire::rpc::{
    CancelJob, ClaimJob, EnqueueJob, HeartbeatJob, JobForSettlement, ObjectToDelete, PushedHint,
    Rpc, SettleJob, Settlement, SweepDone, SweepPass,
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::database::{Database, Guards, Refused};
use crate::random::Random;

/// Any moment will do: only differences are compared.
const BEGINNING_MS: u64 = 1_767_225_600_000;

/// What happens between two calls when nothing is said: something, so that no two moments are the same.
const BETWEEN_CALLS_MS: u64 = 1;

/// One history, as far as it has been told.
pub struct History {
    random: Random,
    database: Database,
    known: Known,
    /// Whether workers hardly ever finish a job, so that it comes to its last attempt.
    is_hopeless: bool,
}

/// What those who call remember, and may be wrong about by now.
#[derive(Default)]
struct Known {
    orders: Vec<EnqueueJob>,
    tasks: Vec<Task>,
    rows: Vec<Settlement>,
    settled: Vec<SettleJob>,
    hints: Vec<PushedHint>,
    objects: Vec<ObjectToDelete>,
}

/// What a worker believes to work on.
#[derive(Debug, Clone)]
struct Task {
    job_id: Id,
    attempt: Option<u32>,
    lease_id: Option<Id>,
    worker_id: Option<String>,
}

/// A call with its arguments.
enum Call {
    Enqueue(Box<EnqueueJob>),
    Claim(ClaimJob),
    Heartbeat(HeartbeatJob),
    Read(JobForSettlement),
    Settle(Box<SettleJob>),
    Cancel(CancelJob),
    Sweep(SweepPass),
    SweepDone(SweepDone),
}

/// A step, as the test reads it.
#[derive(Serialize)]
pub struct Step {
    /// For how long nothing happened before, in seconds.
    pub after_seconds: u32,
    /// The function.
    pub function: &'static str,
    /// Its arguments by name.
    pub arguments: Value,
    /// The model's clock, in milliseconds since 1970.
    pub now_ms: u64,
    /// What it returned; nothing when it raised.
    pub reply: Option<Value>,
    /// The code that it raised.
    pub refused: Option<&'static str>,
    /// The tables afterwards.
    pub state: Value,
}

impl History {
    /// The history of a seed.
    #[must_use]
    pub fn of_seed(seed: u64) -> Self {
        let mut database = Database::new(BEGINNING_MS, Guards::ALL);
        database.last_pass_ms = Some(BEGINNING_MS);
        let mut random = Random::of_seed(seed);
        Self {
            is_hopeless: random.once_in(3),
            random,
            database,
            known: Known::default(),
        }
    }

    /// The model's clock.
    #[must_use]
    pub const fn now_ms(&self) -> u64 {
        self.database.now_ms
    }

    /// What happens next.
    pub fn step(&mut self) -> Step {
        self.database.now_ms += BETWEEN_CALLS_MS;
        let after_seconds = time::pause(&mut self.random, &self.database);
        self.database.now_ms += u64::from(after_seconds) * 1000;
        let call = self.next_call();
        let (function, arguments) = call.named();
        let reply = self.make(call);
        Step {
            after_seconds,
            function,
            arguments,
            now_ms: self.database.now_ms,
            refused: reply.as_ref().err().map(|refused| refused.0.as_str()),
            reply: reply.ok(),
            state: view::tables(&self.database),
        }
    }

    /// Calls the model's function, and remembers what the caller would.
    fn make(&mut self, call: Call) -> Result<Value, Refused> {
        let Self {
            database, known, ..
        } = self;
        match call {
            Call::Enqueue(order) => {
                let reply = database.enqueue_job(&order);
                known.orders.push(*order);
                Ok(json!(reply?))
            }
            Call::Claim(claim) => {
                let claimed = database.claim_job(&claim);
                known.tasks.extend(claimed.as_ref().map(|claimed| Task {
                    job_id: claimed.job_id,
                    attempt: Some(claimed.attempt),
                    lease_id: Some(claimed.lease_id),
                    worker_id: Some(claim.p_worker_id),
                }));
                Ok(json!(claimed))
            }
            Call::Heartbeat(beat) => {
                let reply = database.heartbeat_job(&beat);
                if let (Some(lease_id), true) = (reply.lease_id, beat.p_lease_id.is_none()) {
                    known.tasks.push(Task {
                        job_id: beat.p_job_id,
                        attempt: reply.attempt,
                        lease_id: Some(lease_id),
                        worker_id: beat.p_worker_id,
                    });
                }
                Ok(json!(reply))
            }
            Call::Read(question) => {
                let rows = database.job_for_settlement(question.p_job_id);
                known.rows.extend(rows.clone());
                Ok(json!(rows))
            }
            Call::Settle(plan) => {
                let reply = database.settle_job(&plan);
                known.settled.push(*plan);
                Ok(json!(reply?))
            }
            Call::Cancel(order) => Ok(json!(database.cancel_job(&order)?)),
            Call::Sweep(pass) => {
                let swept = database.sweep_pass(&pass);
                known.hints = swept.push.iter().map(hint_of).collect();
                known.objects.clone_from(&swept.objects);
                Ok(json!(swept))
            }
            Call::SweepDone(done) => {
                database.sweep_done(&done);
                Ok(Value::Null)
            }
        }
    }
}

impl Call {
    fn named(&self) -> (&'static str, Value) {
        fn named<R: Rpc>(call: &R) -> (&'static str, Value) {
            (R::NAME, json!(call))
        }
        match self {
            Self::Enqueue(call) => named(&**call),
            Self::Claim(call) => named(call),
            Self::Heartbeat(call) => named(call),
            Self::Read(call) => named(call),
            Self::Settle(call) => named(&**call),
            Self::Cancel(call) => named(call),
            Self::Sweep(call) => named(call),
            Self::SweepDone(call) => named(call),
        }
    }
}

fn hint_of(hint: &ourvidz_core::wire::rpc::HintToPush) -> PushedHint {
    PushedHint {
        job_id: hint.job_id,
        attempt: hint.attempt,
    }
}
