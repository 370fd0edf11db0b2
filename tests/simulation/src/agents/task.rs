//! What a worker knows of its job.

use std::collections::{BTreeMap, BTreeSet};

use ourvidz_core::wire::rpc::AttemptKey;
use ourvidz_core::{Id, JobType};

/// What a worker knows of its job.
#[derive(Clone)]
pub struct Task {
    /// The job.
    pub job: Id,
    /// Its owner.
    pub user: Id,
    /// What was ordered.
    pub job_type: JobType,
    /// How many.
    pub count: u8,
    /// The attempt and the lease; the older kind has none.
    pub claim: Option<(u32, Id)>,
    /// The hint's token; today's kind signs.
    pub token: Option<String>,
    /// Where its files go.
    pub keys: Vec<AttemptKey>,
    /// Links to upload by, by key.
    pub links: BTreeMap<String, String>,
    /// What is uploaded.
    pub uploaded: BTreeSet<String>,
    /// Whether the owner called it off.
    pub is_canceled: bool,
}
