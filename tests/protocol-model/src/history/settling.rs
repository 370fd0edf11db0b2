//! Settlements: planned by the edge's own function from rows that may be old, or made up, so that what the edge would
//! never plan is tried on the database too.

use ourvidz_core::asset_key;
use ourvidz_core::plan::settle::{SettleDecision, settle};
use ourvidz_core::wire::callback::{CallbackReport, ReportStatus, WorkerMetadata};
use ourvidz_core::wire::rpc::{AssetUpdate, Role, SettleJob, Status};
use ourvidz_core::wire::vitals::Vitals;
use ourvidz_policy::ExtraTerms;
use serde_json::{Map, json};

use super::{Call, History, Task};

impl History {
    pub(super) fn settlement(&mut self) -> Call {
        let plan = match self.random.below(8) {
            0 => self.repeated(),
            1..=4 if !self.is_hopeless => self.planned(),
            _ => None,
        };
        Call::Settle(Box::new(plan.unwrap_or_else(|| self.made_up())))
    }

    fn repeated(&mut self) -> Option<SettleJob> {
        self.random.one_of(&self.known.settled).cloned()
    }

    /// What the edge makes of a worker's report.
    fn planned(&mut self) -> Option<SettleJob> {
        let task = self.task();
        let mut rows: Vec<_> = self.known.rows.iter().collect();
        rows.retain(|rows| rows.job.id == task.job_id);
        let newest = self.database.job_for_settlement(task.job_id);
        let rows = match rows.last() {
            Some(rows) if self.random.once_in(3) => (*rows).clone(),
            _ => newest?,
        };
        let report = self.report(&task, rows.job.num_assets);
        match settle(&report, &rows, &ExtraTerms::default(), self.database.now_ms) {
            Ok(SettleDecision::Write(settling)) => Some(settling.rpc),
            Ok(SettleDecision::Replay(_) | SettleDecision::Ignore(_)) | Err(_) => None,
        }
    }

    fn report(&mut self, task: &Task, count: u8) -> CallbackReport {
        let status = self.random.one_of(&ReportStatus::ALL).copied();
        let status = status.unwrap_or(ReportStatus::Completed);
        let assets = (0..count)
            .map(|index| {
                let is_there = status == ReportStatus::Completed || self.random.once_in(2);
                self.key(task, index).filter(|_| is_there)
            })
            .collect();
        let is_done = matches!(status, ReportStatus::Completed | ReportStatus::Processing);
        CallbackReport {
            job_id: task.job_id,
            status,
            attempt: task.attempt,
            lease_id: task.lease_id,
            worker_id: task.worker_id.clone(),
            assets: if is_done { assets } else { Vec::new() },
            thumbnails: Vec::new(),
            poster: None,
            failed_indices: Vec::new(),
            error_message: None,
            retryable: self.random.once_in(2),
            enhanced_prompt: None,
            progress: self.progress(),
            upload_requests: Vec::new(),
            step_previews: Vec::new(),
            snapshot: None,
            vitals: Vitals::default(),
            metadata: WorkerMetadata::default(),
        }
    }

    /// The key that was assigned to an asset of the worker's attempt.
    fn key(&self, task: &Task, index: u8) -> Option<String> {
        let job = self.database.jobs.get(&task.job_id)?;
        let place = asset_key::AssetSlot {
            user_id: job.user_id,
            job_id: job.id,
            job_type: job.job_type,
            claim: task.attempt.unwrap_or(job.attempt) + job.releases,
            index,
        };
        Some(place.key(Role::main_of(job.job_type), job.job_type.file_type()))
    }

    fn made_up(&mut self) -> SettleJob {
        let task = self.task();
        let job = self.database.jobs.get(&task.job_id);
        let (version, attempt, count) = job.map_or((1, 1, 1), |job| {
            (job.version, job.attempt, job.num_assets())
        });
        let p_version = match self.random.below(6) {
            0 => version.saturating_sub(1),
            _ => version,
        };
        let p_status = self.random.one_of(&Status::ALL).copied();
        let p_status = p_status.filter(|_| !self.is_hopeless);
        let p_status = p_status.unwrap_or(Status::Processing);
        let p_next_attempt = match (p_status, self.random.below(10)) {
            (Status::Queued, 0..=5) | (_, 0) => attempt + 1,
            (_, 1) => attempt + 2,
            _ => attempt,
        };
        let has_digest = !self.random.once_in(3);
        SettleJob {
            p_job_id: task.job_id,
            p_version,
            p_attempt: task.attempt.unwrap_or(attempt),
            p_worker_id: task.worker_id.clone(),
            p_status,
            p_next_attempt,
            p_metadata: Map::new(),
            p_assets: (0..count)
                .filter_map(|index| self.update(&task, index))
                .collect(),
            p_progress: self.progress(),
            p_charge_used: self.random.once_in(2),
            // More than what is held for it, too.
            p_price_each: self.random.once_in(3).then(|| self.random.below(4)),
            p_error_code: (p_status == Status::Failed).then(|| "worker_failed".to_owned()),
            p_error_message: (p_status == Status::Failed).then(|| "It failed.".to_owned()),
            p_worker_error: None,
            p_generation_ms: None,
            p_digest: has_digest.then(|| format!("digest-{}", self.random.below(3))),
            p_reply: json!({ "number": self.random.below(1_000) }),
        }
    }

    fn update(&mut self, task: &Task, index: u8) -> Option<AssetUpdate> {
        let status = match self.random.below(8) {
            0..=2 => Status::Completed,
            3 => Status::Failed,
            4 => Status::Canceled,
            _ => return None,
        };
        let is_done = status == Status::Completed;
        Some(AssetUpdate {
            index,
            status,
            url: self.key(task, index).filter(|_| is_done),
            thumbnail_url: None,
            title: None,
            metadata: Map::new(),
        })
    }
}
