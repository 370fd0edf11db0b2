//! `enqueue_job` and `cancel_job`.

use ourvidz_core::wire::rpc::{AssetRef, CancelJob, Canceled, EnqueueJob, Enqueued, Status};
use ourvidz_core::{Code, Format, Id};
use serde_json::json;

use super::{Asset, Database, Job, Refused};

impl Database {
    /// `enqueue_job`.
    ///
    /// # Errors
    ///
    /// As the SQL function.
    pub fn enqueue_job(&mut self, order: &EnqueueJob) -> Result<Enqueued, Refused> {
        if self.guards.unique_key
            && order.p_idempotency_key.is_some()
            && let Some(job) = self.job_of_key(order)
        {
            if *job.idempotency.1 != *order.p_fingerprint {
                return Err(Refused(Code::IdempotencyMismatch));
            }
            return Ok(enqueued(job, true));
        }
        let starting = i64::from(order.p_starting_credits);
        let asked_before = self.jobs.get(&order.p_job_id);
        if let Some(job) = asked_before.filter(|job| job.user_id == order.p_user_id) {
            return Ok(enqueued(job, false));
        }
        self.check_limits(order)?;
        let mut account = self.accounts.get(&order.p_user_id).cloned();
        let account = account.get_or_insert(super::Account {
            issued: starting,
            available: starting,
            ..super::Account::default()
        });
        let price = i64::from(order.p_price_each) * i64::from(order.p_num_assets);
        if account.available < price {
            return Err(Refused(Code::InsufficientCredits));
        }
        account.available -= price;
        account.held += price;
        self.accounts.insert(order.p_user_id, account.clone());

        let mut job = Job {
            id: order.p_job_id,
            user_id: order.p_user_id,
            job_type: order.p_job_type,
            price_each: order.p_price_each,
            idempotency: (
                order.p_idempotency_key.clone(),
                order.p_fingerprint.as_str().into(),
            ),
            payload: json!(order.p_payload).to_string().into(),
            status: Status::Queued,
            attempt: 1,
            version: 1,
            progress: 0,
            cancel_requested: false,
            progress_at_cancel: None,
            releases: 0,
            created_ms: self.now_ms,
            priority: order.p_priority,
            queued_ms: self.now_ms,
            charged: 0,
            released: 0,
            assets: (0..order.p_num_assets).map(|_| Asset::new()).collect(),
            lease: None,
            outbox: None,
            recorded: std::collections::BTreeSet::new(),
            settlements: Vec::new(),
            endings: 0,
        };
        job.put_in_outbox(self.now_ms, true);
        let answer = enqueued(&job, false);
        self.jobs.insert(job.id, job);
        Ok(answer)
    }

    fn check_limits(&self, order: &EnqueueJob) -> Result<(), Refused> {
        let count = |counts: &dyn Fn(&Job) -> bool| {
            let counted = self.jobs.values().filter(|job| counts(job));
            u32::try_from(counted.count()).unwrap_or(u32::MAX)
        };
        let queue = order.p_job_type.queue();
        let unfinished = count(&|job| job.user_id == order.p_user_id && !job.status.is_terminal());
        let queued = count(&|job| job.job_type.queue() == queue && job.status == Status::Queued);
        if unfinished >= order.p_max_active {
            return Err(Refused(Code::TooManyActiveJobs));
        }
        if queued >= order.p_max_queued {
            return Err(Refused(Code::QueueFull));
        }
        Ok(())
    }

    fn job_of_key(&self, order: &EnqueueJob) -> Option<&Job> {
        self.jobs.values().find(|job| {
            job.user_id == order.p_user_id && job.idempotency.0 == order.p_idempotency_key
        })
    }

    /// `cancel_job`.
    ///
    /// # Errors
    ///
    /// As the SQL function.
    pub fn cancel_job(&mut self, order: &CancelJob) -> Result<Canceled, Refused> {
        let found = self.jobs.get(&order.p_job_id);
        let Some(mut job) = found.filter(|job| job.user_id == order.p_user_id).cloned() else {
            return Err(Refused(Code::NotFound));
        };
        match job.status {
            Status::Completed | Status::Failed => return Err(Refused(Code::StateConflict)),
            Status::Queued if !order.p_dry_run => {
                let attempt = job.attempt;
                job.change(Status::Canceled, attempt)?;
                let changed = job.close_assets(&[]);
                self.settle_assets(&mut job, &changed, None, false);
                self.finish(&mut job);
                self.jobs.insert(job.id, job.clone());
            }
            Status::Processing if !order.p_dry_run && !job.cancel_requested => {
                job.progress_at_cancel = Some(job.told_progress());
                job.cancel_requested = true;
                let (status, attempt) = (job.status, job.attempt);
                job.change(status, attempt)?;
                self.jobs.insert(job.id, job.clone());
            }
            Status::Queued | Status::Processing | Status::Canceled => {}
        }
        Ok(job.canceled())
    }
}

impl Job {
    /// The answer to a cancel.
    fn canceled(&self) -> Canceled {
        let total = self.charged + self.held();
        let progress = match self.status {
            Status::Processing => self
                .progress_at_cancel
                .unwrap_or_else(|| self.told_progress()),
            _ => 0,
        };
        Canceled {
            status: self.status,
            cancel_requested: self.cancel_requested && self.status == Status::Processing,
            cancel_cost: cancel_cost(total, self.charged, progress),
            charged: self.charged,
            released: self.released,
        }
    }

    /// How far it is; heartbeats tell it to the lease alone.
    pub(super) fn told_progress(&self) -> u8 {
        let told = self.lease.as_ref().map_or(0, |lease| lease.progress);
        self.progress.max(told)
    }

    /// What it holds still.
    #[must_use]
    pub fn held(&self) -> u32 {
        u32::from(self.num_assets()) * self.price_each - self.charged - self.released
    }
}

/// What a canceled job costs: what was delivered, or its share of what can still be had.
pub(super) fn cancel_cost(total: u32, delivered: u32, progress: u8) -> u32 {
    delivered.max((total * u32::from(progress)).div_ceil(100))
}

impl Asset {
    const fn new() -> Self {
        Self {
            status: Status::Queued,
            url: None,
            thumbnail: None,
            settled: 0,
            completions: 0,
        }
    }
}

fn enqueued(job: &Job, replayed: bool) -> Enqueued {
    let reference = |image_index| AssetRef {
        id: asset_id(job.id, image_index),
        image_index,
    };
    let is_video = job.job_type.format() == Format::Video;
    Enqueued {
        replayed,
        job: job.row(job.progress),
        images: (0..if is_video { 0 } else { job.num_assets() })
            .map(reference)
            .collect(),
        video: is_video.then(|| reference(0)),
        position: Some(1),
        eta_seconds: Some(1),
        queue_length: Some(1),
        remaining: 1,
        reset_seconds: 1,
    }
}

/// The id of an asset row.
pub(super) fn asset_id(job: Id, index: u8) -> Id {
    let mut bytes = *job.as_bytes();
    bytes[15] ^= index + 1;
    Id::from_bytes(bytes)
}
