//! `job_for_settlement` and `settle_job`.

use ourvidz_core::Id;
use ourvidz_core::wire::rpc::{
    AssetState, AssetUpdate, Lease, ReportOutcome, SettleJob, SettleReply, Settled, Settlement,
    Status,
};
use serde_json::Value;

use super::submit::{asset_id, cancel_cost};
use super::{Asset, Database, Job, Refused};

impl Database {
    /// `job_for_settlement`.
    #[must_use]
    pub fn job_for_settlement(&self, job_id: Id) -> Option<Settlement> {
        Some(self.jobs.get(&job_id)?.settlement())
    }

    /// `settle_job`.
    ///
    /// # Errors
    ///
    /// When the trigger on `jobs` refuses the change.
    pub fn settle_job(&mut self, plan: &SettleJob) -> Result<SettleReply, Refused> {
        let reply = |outcome, (charged, released)| SettleReply {
            outcome,
            charged,
            released,
            version: None,
            lease_until_ms: None,
        };
        let Some(mut job) = self.jobs.get(&plan.p_job_id).cloned() else {
            return Ok(reply(ReportOutcome::NotFound, (0, 0)));
        };
        let is_unclaimed = job.status == Status::Queued && plan.p_status == Status::Processing;
        let is_changed = job.version != plan.p_version || job.status.is_terminal() || is_unclaimed;
        if self.guards.compare_and_swap && is_changed {
            return Ok(reply(ReportOutcome::Conflict, (0, 0)));
        }
        let is_late_result = plan.p_attempt + 1 == job.attempt
            && job.lease.is_none()
            && job.status == Status::Queued;
        let mut after = self.clone();
        if plan.p_attempt != job.attempt && !is_late_result {
            after.note_breach("a report of a lost attempt was settled");
        }
        job.releases +=
            u32::from(plan.p_status == Status::Queued && plan.p_next_attempt == job.attempt);
        job.change(plan.p_status, plan.p_next_attempt)?;
        job.progress = match plan.p_status {
            Status::Completed => 100,
            Status::Queued => 0,
            _ => plan.p_progress.unwrap_or(job.progress),
        };
        let mut changed = job.update_assets(&plan.p_assets);
        if plan.p_status.is_terminal() {
            let reported: Vec<u8> = plan.p_assets.iter().map(|asset| asset.index).collect();
            changed.extend(job.close_assets(&reported));
            changed.sort_unstable();
        }
        if plan.p_status == Status::Processing {
            if let (Some(lease), Some(progress)) = (&mut job.lease, plan.p_progress) {
                lease.progress = lease.progress.max(progress);
            }
        } else {
            job.lease = None;
        }
        if plan.p_status == Status::Queued {
            job.queued_ms = self.now_ms;
            job.put_in_outbox(self.now_ms, false);
        }
        if let Some(digest) = &plan.p_digest {
            let is_known = |(attempt, known, _): &(u32, String, _)| {
                (*attempt, known) == (plan.p_attempt, digest)
            };
            if !job.settlements.iter().any(is_known) {
                let reply = plan.p_reply.to_string();
                job.settlements
                    .push((plan.p_attempt, digest.clone(), reply.into()));
            }
        }
        let money = after.settle_assets(&mut job, &changed, plan.p_price_each, plan.p_charge_used);
        if plan.p_status.is_terminal() {
            after.finish(&mut job);
        }
        let written = SettleReply {
            version: Some(job.version),
            lease_until_ms: job.lease.as_ref().map(|lease| lease.until_ms),
            ..reply(ReportOutcome::Ok, money)
        };
        after.jobs.insert(job.id, job);
        *self = after;
        Ok(written)
    }

    /// Charges completed assets, releases failed ones, charges what a cancel costs for canceled ones; returns what moved.
    pub(super) fn settle_assets(
        &mut self,
        job: &mut Job,
        changed: &[usize],
        price_each: Option<u32>,
        charge_used: bool,
    ) -> (u32, u32) {
        let price = job.price_each;
        let became = |status| {
            let changed = changed.iter().filter_map(|index| job.assets.get(*index));
            u32::try_from(changed.filter(|asset| asset.status == status).count()).unwrap_or(0)
        };
        let mut charged = price.min(price_each.unwrap_or(price)) * became(Status::Completed);
        if charge_used {
            let delivered = job.charged + charged;
            let progress = job.progress_at_cancel.unwrap_or(0);
            let total = delivered + price * became(Status::Canceled);
            charged += cancel_cost(total, delivered, progress) - delivered;
        }
        let mut all = 0;
        for index in changed {
            if let Some(asset) = job.assets.get_mut(*index) {
                asset.settled += 1;
                all += price;
            }
        }
        let released = all - charged;
        job.charged += charged;
        job.released += released;
        if let Some(account) = self.accounts.get_mut(&job.user_id) {
            account.available += i64::from(released);
            account.held -= i64::from(charged) + i64::from(released);
            account.spent += i64::from(charged);
        }
        (charged, released)
    }

    /// What is left to do when a job has ended.
    pub(super) fn finish(&mut self, job: &mut Job) {
        job.outbox = None;
        job.lease = None;
        self.schedule_deletions(job, job.claim_number() + 1);
    }
}

impl Job {
    /// The same without its history, as a claim gives it away.
    #[must_use]
    pub fn snapshot(&self) -> Settlement {
        Settlement {
            settled: Vec::new(),
            ..self.settlement()
        }
    }

    /// The job as a settlement sees it.
    #[must_use]
    pub fn settlement(&self) -> Settlement {
        let job = self;
        let assets = job.assets.iter().zip(0u8..);
        Settlement {
            job: job.row(job.told_progress()),
            prompt: "a fox".to_owned(),
            assets: assets
                .map(|(asset, image_index)| AssetState {
                    id: asset_id(job.id, image_index),
                    image_index,
                    status: asset.status,
                    url: asset.url.as_deref().map(str::to_owned),
                })
                .collect(),
            lease: job.lease.as_ref().map(|lease| Lease {
                lease_id: lease.lease_id,
                attempt: lease.attempt,
                worker_id: lease.worker_id.clone(),
                until_ms: lease.until_ms,
            }),
            settled: job
                .settlements
                .iter()
                .map(|(attempt, digest, reply)| Settled {
                    attempt: *attempt,
                    digest: digest.clone(),
                    reply: serde_json::from_str(reply).unwrap_or(Value::Null),
                })
                .collect(),
        }
    }

    /// Writes the reported assets that are still open; returns which those were.
    fn update_assets(&mut self, updates: &[AssetUpdate]) -> Vec<usize> {
        let mut changed = Vec::new();
        for update in updates {
            let index = usize::from(update.index);
            let Some(asset) = self.assets.get_mut(index) else {
                continue;
            };
            if asset.status.is_terminal() {
                continue;
            }
            asset.status = update.status;
            asset.url = update.url.as_deref().map(Into::into);
            asset.thumbnail = update.thumbnail_url.as_deref().map(Into::into);
            asset.completions += u8::from(update.status == Status::Completed);
            changed.push(index);
        }
        changed
    }

    /// Ends the assets of an ended job that nothing was reported of; returns which those were.
    pub(super) fn close_assets(&mut self, reported: &[u8]) -> Vec<usize> {
        let closed = match self.status {
            Status::Canceled => Status::Canceled,
            _ => Status::Failed,
        };
        let is_open = |(index, asset): &(usize, &mut Asset)| {
            !asset.status.is_terminal()
                && !reported.iter().any(|known| usize::from(*known) == *index)
        };
        let open = self.assets.iter_mut().enumerate().filter(is_open);
        open.map(|(index, asset)| {
            asset.status = closed;
            index
        })
        .collect()
    }
}
