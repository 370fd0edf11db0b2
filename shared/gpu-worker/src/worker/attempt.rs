//! Who reports about what: the head of every report.

use ourvidz_core::Id;
use ourvidz_core::wire::vitals::Vitals;
use serde::{Deserialize, Serialize};
use serde_json::Map;

use crate::edge::{Claim, JobReport, ReportStatus};

/// One attempt at one job, under one lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    pub job_id: Id,
    pub attempt: u32,
    pub lease_id: Id,
    pub worker_id: String,
    /// The job as the edge last told it, to be brought back with what is settled.
    #[serde(default)]
    pub snapshot: Option<String>,
}

impl Attempt {
    /// The attempt that a claim gave us.
    #[must_use]
    pub fn new(claim: &Claim, worker_id: &str) -> Self {
        Self {
            job_id: claim.job_id,
            attempt: claim.attempt,
            lease_id: claim.lease_id,
            worker_id: worker_id.to_owned(),
            snapshot: claim.snapshot.clone(),
        }
    }

    /// A report with nothing in it yet.
    #[must_use]
    pub fn report(&self, status: ReportStatus) -> JobReport {
        JobReport {
            job_id: self.job_id,
            status,
            attempt: self.attempt,
            lease_id: self.lease_id,
            worker_id: self.worker_id.clone(),
            progress: None,
            upload_requests: Vec::new(),
            step_previews: Vec::new(),
            snapshot: None,
            assets: None,
            thumbnails: None,
            poster: None,
            error_message: None,
            enhanced_prompt: None,
            retryable: None,
            metadata: Map::new(),
            vitals: Vitals::default(),
        }
    }
}
