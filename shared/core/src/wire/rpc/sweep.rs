//! What each minute's pass repairs.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Id, JobType};

/// *edge*: one pass of the sweep over what is late.
///
/// Requeues or fails expired leases (sparing all after an outage), fails what is too old, and returns the
/// hints that need pushing and the objects that need deleting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SweepPass {
    /// Rows of each kind that one pass handles at most.
    pub p_limit: u32,
    /// Whether Redis has forgotten its lists.
    pub p_lists_lost: bool,
    /// Present length of `sdxl_queue`; null when Redis did not answer.
    pub p_sdxl_length: Option<u64>,
    /// Present length of `wan_queue`.
    pub p_wan_length: Option<u64>,
    /// Attempts that a job gets.
    pub p_max_attempts: u32,
    /// A lease that outlives a gap in the ticks this long is extended once instead of expired.
    pub p_outage_seconds: u32,
    /// How long a job may wait.
    pub p_max_queued_seconds: u32,
    /// How long an attempt may run.
    pub p_max_running_seconds: u32,
    /// How long an extended or legacy lease lasts.
    pub p_lease_seconds: u32,
    /// Buckets whose due objects are handed out.
    pub p_buckets: u32,
}

/// What [`SweepPass`] returns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Swept {
    /// Jobs that got another attempt.
    pub requeued: u32,
    /// Jobs that were given up.
    pub failed: u32,
    /// Jobs that were canceled because their worker never answered the cancel.
    pub canceled: u32,
    /// Leases that were extended after an outage.
    pub extended: u32,
    pub push: Vec<HintToPush>,
    pub objects: Vec<ObjectToDelete>,
}

/// A hint that needs pushing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HintToPush {
    pub job_id: Id,
    pub user_id: Id,
    pub job_type: JobType,
    /// Ordered assets.
    pub num_assets: u8,
    pub attempt: u32,
    /// The number of the claim that it is for.
    pub claim: u32,
    pub payload: Map<String, Value>,
}

/// An object that no row needs any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectToDelete {
    /// The logical bucket.
    pub bucket: String,
    pub key: String,
}

/// *edge*: what a pass of the sweep got done outside the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SweepDone {
    /// Jobs whose hints were pushed, with the attempt.
    pub p_pushed: Vec<PushedHint>,
    pub p_deleted: Vec<ObjectToDelete>,
}

/// A hint that was pushed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushedHint {
    pub job_id: Id,
    pub attempt: u32,
}
