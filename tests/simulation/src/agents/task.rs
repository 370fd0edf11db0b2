//! What a worker knows of its job.

use std::collections::{BTreeMap, BTreeSet};

use ourvidz_core::wire::rpc::AttemptKey;
use ourvidz_core::{Id, JobType};

/// What a worker knows of its job.
#[derive(Clone)]
pub struct Task {
    pub job: Id,
    pub user: Id,
    pub job_type: JobType,
    pub count: u8,
    /// The attempt and the lease; the older kind has none.
    pub claim: Option<(u32, Id)>,
    /// The hint's token; today's kind signs.
    pub token: Option<String>,
    pub keys: Vec<AttemptKey>,
    /// The job as the edge last told it, to be brought back.
    pub snapshot: Option<String>,
    /// Links to upload by, by key.
    pub links: BTreeMap<String, String>,
    pub uploaded: BTreeSet<String>,
    /// Whether the owner canceled it.
    pub is_canceled: bool,
}
