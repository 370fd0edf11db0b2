//! What everybody in a schedule shares: the clock, the decisions, the first broken invariant, the trace.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use ourvidz_core::wire::rpc::Status;
use ourvidz_core::{Id, Moment};
use ourvidz_edge::testing::NOW_MS;
use ourvidz_model::database::{Database, Guards};
use ourvidz_model::explorer::{Fingerprint, fingerprint};
use ourvidz_model::protocol::invariants;
use ourvidz_model::random::mixed;
use ourvidz_rest::Backend;
use ourvidz_rest::fakes::Fault;

use crate::choices::Choices;

/// The guard that a test takes out, to show that the schedules would notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// None: as in production.
    None,
    /// Every report is shown a row that makes it the holder's.
    Fence,
    /// A settlement is written whatever has happened to the row meanwhile.
    CompareAndSwap,
    /// An idempotency key may make several jobs.
    UniqueKey,
    /// What somebody works on can be claimed.
    ClaimOfQueued,
    /// A priority passes everybody.
    Turns,
    /// A lost attempt's files are not named to the sweep.
    Cleaning,
    /// The database forgets which jobs wait without a hint.
    Reminder,
}

impl Sabotage {
    /// What is left of the database's guards.
    pub fn guards(self) -> Guards {
        Guards {
            fence: self != Self::Fence,
            compare_and_swap: self != Self::CompareAndSwap,
            unique_key: self != Self::UniqueKey,
            claim_of_queued: self != Self::ClaimOfQueued,
            turns: self != Self::Turns,
        }
    }
}

/// The backends that may be away.
pub const BACKENDS: [Backend; 3] = [Backend::Database, Backend::Redis, Backend::Storage];

pub struct Scene {
    pub choices: Choices,
    /// What a test has broken.
    pub sabotage: Sabotage,
    /// The backends that are away.
    pub away: RefCell<Vec<Backend>>,
    now_ms: Cell<u64>,
    requests: Cell<u64>,
    failure: RefCell<Option<String>>,
    trace: Option<RefCell<Vec<String>>>,
    /// Attempts that were handed out and not given back.
    handed_out: RefCell<BTreeSet<(Id, u32)>>,
    /// Jobs as they were when they ended.
    ended: RefCell<BTreeMap<Id, Fingerprint>>,
    /// Buckets and keys that were uploaded to by links.
    uploads: RefCell<BTreeSet<(String, String)>>,
}

impl Scene {
    /// A scene; the trace is kept only for somebody to read.
    pub fn new(choices: Choices, sabotage: Sabotage, is_traced: bool) -> Self {
        Self {
            choices,
            sabotage,
            away: RefCell::default(),
            now_ms: Cell::new(NOW_MS),
            requests: Cell::new(0),
            failure: RefCell::default(),
            trace: is_traced.then(RefCell::default),
            handed_out: RefCell::default(),
            ended: RefCell::default(),
            uploads: RefCell::default(),
        }
    }

    pub fn now_ms(&self) -> u64 {
        self.now_ms.get()
    }

    pub fn let_pass(&self, seconds: u32) {
        self.now_ms
            .set(self.now_ms.get() + u64::from(seconds) * 1000);
    }

    /// The moment of the next request, with random bytes that are the same in each run.
    pub fn moment(&self) -> Moment {
        let number = self.requests.get() + 1;
        self.requests.set(number);
        let mut entropy = [0; 32];
        for (part, place) in (0u64..).zip(entropy.chunks_mut(8)) {
            place.copy_from_slice(&mixed(number * 4 + part).to_le_bytes());
        }
        Moment::new(self.now_ms(), entropy)
    }

    /// Adds a line to the trace.
    pub fn tell(&self, line: impl FnOnce() -> String) {
        if let Some(trace) = self
            .trace
            .as_ref()
            .filter(|_| self.failure.borrow().is_none())
        {
            let seconds = (self.now_ms() - NOW_MS) / 1000;
            trace
                .borrow_mut()
                .push(format!("{seconds:>6} s  {}", line()));
        }
    }

    pub fn trace(&self) -> Vec<String> {
        let trace = self.trace.as_ref();
        trace.map_or_else(Vec::new, |trace| trace.borrow().clone())
    }

    /// Something happened that never may. The first of these counts.
    pub fn fail(&self, invariant: impl Into<String>) {
        let invariant = invariant.into();
        self.tell(|| format!("BROKEN: {invariant}"));
        self.failure.borrow_mut().get_or_insert(invariant);
    }

    pub fn failure(&self) -> Option<String> {
        self.failure.borrow().clone()
    }

    /// How the next call to a backend fails, if it does.
    pub fn fault(&self, backend: Backend) -> Option<Fault> {
        if self.away.borrow().contains(&backend) {
            let is_refused = self.choices.below(2) == 0;
            return Some(if is_refused {
                Fault::BeforeWrite
            } else {
                Fault::Status(503)
            });
        }
        match self.choices.below(24) {
            21 => Some(Fault::BeforeWrite),
            22 => Some(Fault::AfterWrite),
            23 => Some(Fault::Status(500)),
            _ => None,
        }
    }

    /// An attempt is handed to somebody.
    pub fn hand_out(&self, job: Id, attempt: u32) {
        if !self.handed_out.borrow_mut().insert((job, attempt)) {
            self.fail("an attempt was handed to two workers");
        }
    }

    /// An attempt was given back untouched, and may be handed out again.
    pub fn take_back(&self, job: Id, attempt: u32) {
        self.handed_out.borrow_mut().remove(&(job, attempt));
    }

    /// A worker uploaded a file by a link.
    pub fn remember_upload(&self, bucket: &str, key: &str) {
        let name = (bucket.to_owned(), key.to_owned());
        self.uploads.borrow_mut().insert(name);
    }

    /// The files that were uploaded by links.
    pub fn uploads(&self) -> BTreeSet<(String, String)> {
        self.uploads.borrow().clone()
    }

    /// Looks at everything that must hold after each write.
    pub fn check(&self, database: &Database) {
        if let Some(broken) = invariants::of_database(database) {
            self.fail(broken);
        }
        let mut ended = self.ended.borrow_mut();
        for job in database.jobs.values() {
            if matches!(job.status, Status::Queued | Status::Processing) {
                continue;
            }
            let print = fingerprint(job);
            if *ended.entry(job.id).or_insert(print) != print {
                self.fail("an ended job changed");
            }
        }
    }
}
