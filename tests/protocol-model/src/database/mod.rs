//! The database: jobs, assets, leases, holds and hints, with the guards of the SQL functions.
//!
//! What decides nothing (titles, metadata, events, statistics, positions) is left out. Fields called *ghosts*
//! exist in no table: they remember what happened, so that an invariant can tell.

mod claim;
mod settle;
mod submit;
mod sweep;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use ourvidz_core::timestamp::rfc3339;
use ourvidz_core::wire::rpc::{JobRow, Status};
use ourvidz_core::{Code, Id, JobType, asset_key};
use serde_json::Map;

pub use claim::TURN_SECONDS;

/// An object is deleted only when no upload link to it can be good any more.
const DOOMED_SECONDS: u32 = 11 * 60;

/// The guards that a proof takes out, to show that it would notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Guards {
    /// Reports count only for the current attempt and lease.
    pub fence: bool,
    /// A settlement is written only to the version that it was made from.
    pub compare_and_swap: bool,
    /// One idempotency key makes one job.
    pub unique_key: bool,
    /// Only a queued job can be claimed.
    pub claim_of_queued: bool,
    /// Users take turns, and waiting brings one nearer; without it a priority counts for everybody.
    pub turns: bool,
}

impl Guards {
    /// As in production.
    pub const ALL: Self = Self {
        fence: true,
        compare_and_swap: true,
        unique_key: true,
        claim_of_queued: true,
        turns: true,
    };
}

/// What a function raises: the transaction is undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused(pub Code);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Database {
    pub now_ms: u64,
    /// The guards that are in place.
    pub guards: Guards,
    /// `jobs` with what belongs to each.
    pub jobs: BTreeMap<Id, Job>,
    /// `accounts`.
    pub accounts: BTreeMap<Id, Account>,
    /// `object_deletions` by bucket and key.
    pub doomed: BTreeMap<(String, String), Doomed>,
    /// When the sweep last ran.
    pub last_pass_ms: Option<u64>,
    /// When Redis last lost its lists.
    pub lists_lost_ms: u64,
    /// Ghost: the first thing that must never happen and did.
    pub breach: Option<&'static str>,
}

/// A row of `object_deletions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Doomed {
    /// From when on it may be deleted.
    pub due_ms: u64,
    /// How often the sweep was told to.
    pub tries: u32,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Account {
    /// Given in all.
    pub issued: i64,
    /// What can be spent.
    pub available: i64,
    /// What unfinished jobs hold.
    pub held: i64,
    /// What was charged.
    pub spent: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Job {
    pub id: Id,
    pub user_id: Id,
    pub job_type: JobType,
    /// Credits for one asset.
    pub price_each: u32,
    /// The key of the order, and its fingerprint.
    pub idempotency: (Option<String>, Rc<str>),
    /// The stored payload, as text.
    pub payload: Rc<str>,
    pub status: Status,
    pub attempt: u32,
    /// Grows with each write.
    pub version: u64,
    /// 0 to 100.
    pub progress: u8,
    /// Whether the owner canceled it while it ran.
    pub cancel_requested: bool,
    /// How far it was then.
    pub progress_at_cancel: Option<u8>,
    /// How often it was given back for nothing.
    pub releases: u32,
    /// When it was ordered.
    pub created_ms: u64,
    /// Higher goes first.
    pub priority: i16,
    /// Since when it waits.
    pub queued_ms: u64,
    /// What was charged of what it holds, and what was given back.
    pub charged: u32,
    pub released: u32,
    /// Its asset rows.
    pub assets: Vec<Asset>,
    pub lease: Option<LeaseRow>,
    /// The hint that has to reach its list.
    pub outbox: Option<Outbox>,
    /// The claims whose keys are recorded.
    pub recorded: BTreeSet<u32>,
    /// The reports that were settled: attempt, digest, reply as text.
    pub settlements: Vec<(u32, String, Rc<str>)>,
    /// Ghost: how often it ended.
    pub endings: u8,
}

/// An asset row.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Asset {
    pub status: Status,
    pub url: Option<Rc<str>>,
    pub thumbnail: Option<Rc<str>>,
    /// Ghost: how often what was held for it was settled.
    pub settled: u8,
    /// Ghost: how often it was completed.
    pub completions: u8,
}

/// A row of `leases`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LeaseRow {
    pub lease_id: Id,
    pub attempt: u32,
    /// Whose; none for workers of the older kind.
    pub worker_id: Option<String>,
    pub until_ms: u64,
    pub claimed_ms: u64,
    /// 0 to 100.
    pub progress: u8,
}

/// A row of `outbox`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Outbox {
    /// The attempt that needs its hint.
    pub attempt: u32,
    pub written_ms: u64,
    /// When it was last pushed; none where nobody but the sweep does.
    pub pushed_ms: Option<u64>,
    pub pushes: u32,
}

impl Database {
    /// A database with nothing in it.
    #[must_use]
    pub const fn new(now_ms: u64, guards: Guards) -> Self {
        Self {
            now_ms,
            guards,
            jobs: BTreeMap::new(),
            accounts: BTreeMap::new(),
            doomed: BTreeMap::new(),
            last_pass_ms: None,
            lists_lost_ms: 0,
            breach: None,
        }
    }

    fn later(&self, seconds: u32) -> u64 {
        self.now_ms + u64::from(seconds) * 1000
    }

    fn is_older(&self, moment_ms: u64, seconds: u32) -> bool {
        moment_ms + u64::from(seconds) * 1000 < self.now_ms
    }

    /// Remembers the first thing that must never happen.
    fn note_breach(&mut self, breach: &'static str) {
        self.breach.get_or_insert(breach);
    }

    /// Dooms the recorded files of claims before this one, except those that a row shows.
    fn schedule_deletions(&mut self, job: &Job, before: u32) {
        let due_ms = self.later(DOOMED_SECONDS);
        for claim in job.recorded.range(..before) {
            for file in job.keys_of(*claim) {
                let shown = |asset: &Asset| {
                    asset.url.as_deref() == Some(&*file.key)
                        || asset.thumbnail.as_deref() == Some(&*file.key)
                };
                if !job.assets.iter().any(shown) {
                    let doomed = Doomed { due_ms, tries: 0 };
                    self.doomed.entry((file.bucket, file.key)).or_insert(doomed);
                }
            }
        }
    }
}

impl Job {
    /// The trigger on `jobs`: what has ended stays, an attempt never goes back, each write is seen.
    fn change(&mut self, status: Status, attempt: u32) -> Result<(), Refused> {
        let is_allowed = status == self.status || self.status.may_become(status);
        let is_next = attempt == self.attempt + 1 && status == Status::Queued;
        if !is_allowed || (attempt != self.attempt && !is_next) {
            return Err(Refused(Code::Internal));
        }
        if status.is_terminal() && !self.status.is_terminal() {
            self.endings += 1;
        }
        self.status = status;
        self.attempt = attempt;
        self.version += 1;
        Ok(())
    }

    fn put_in_outbox(&mut self, now_ms: u64, pushed_by_writer: bool) {
        self.outbox = Some(Outbox {
            attempt: self.attempt,
            written_ms: now_ms,
            pushed_ms: pushed_by_writer.then_some(now_ms),
            pushes: 0,
        });
    }

    /// How many assets were ordered.
    #[must_use]
    pub fn num_assets(&self) -> u8 {
        u8::try_from(self.assets.len()).unwrap_or(u8::MAX)
    }

    /// Which of its claims this is, or will be.
    #[must_use]
    pub const fn claim_number(&self) -> u32 {
        self.attempt + self.releases
    }

    fn keys_of(&self, claim: u32) -> Vec<ourvidz_core::wire::rpc::AttemptKey> {
        let (count, main) = (self.num_assets(), self.job_type.file_type());
        asset_key::claim_keys(self.user_id, self.id, self.job_type, claim, count, main)
    }

    fn row(&self, progress: u8) -> JobRow {
        JobRow {
            id: self.id,
            user_id: self.user_id,
            job_type: self.job_type,
            status: self.status,
            attempt: self.attempt,
            version: self.version,
            releases: self.releases,
            progress,
            num_assets: self.num_assets(),
            cancel_requested: self.cancel_requested,
            metadata: Map::new(),
            created_at: rfc3339(0),
            webhook: false,
        }
    }
}
