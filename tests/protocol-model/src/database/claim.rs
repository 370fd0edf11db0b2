//! `claim_job` and `heartbeat_job`.

use std::cmp::Reverse;

use ourvidz_core::Id;
use ourvidz_core::wire::rpc::{
    ClaimJob, Claimed, HeartbeatJob, HeartbeatReply, ReportOutcome, Status,
};
use serde_json::Value;

use super::{Database, Job, LeaseRow};

/// What has waited for longer goes before short jobs, so that these cannot starve it.
const LONG_WAIT_SECONDS: u32 = 10 * 60;

/// A worker without heartbeats gets this many times the expected time, if that is longer.
const LEGACY_LEASE_FACTOR: u64 = 3;

impl Database {
    /// `claim_job`.
    pub fn claim_job(&mut self, claim: &ClaimJob) -> Option<Claimed> {
        let is_free = |job: &&Job| {
            job.job_type.queue() == claim.p_queue
                && (job.status == Status::Queued
                    || !self.guards.claim_of_queued && !job.status.is_terminal())
        };
        let mut job = match claim.p_job_id {
            Some(id) => self.jobs.get(&id).filter(is_free),
            None => self.jobs.values().filter(is_free).min_by_key(|job| {
                let has_waited = self.is_older(job.created_ms, LONG_WAIT_SECONDS);
                (
                    self.running_of(job),
                    Reverse(job.priority),
                    Reverse(has_waited),
                    job.job_type.expected_ms(job.num_assets()),
                    job.created_ms,
                    job.id,
                )
            }),
        }?
        .clone();
        let lease = LeaseRow {
            lease_id: claim.p_lease_id,
            attempt: job.attempt,
            worker_id: Some(claim.p_worker_id.clone()),
            until_ms: self.later(claim.p_lease_seconds),
            claimed_ms: self.now_ms,
            progress: 0,
        };
        self.start_attempt(&mut job, lease.clone());
        let claimed = Claimed {
            job_id: job.id,
            user_id: job.user_id,
            job_type: job.job_type,
            num_assets: job.num_assets(),
            attempt: job.attempt,
            lease_id: lease.lease_id,
            lease_until_ms: lease.until_ms,
            payload: serde_json::from_str(&job.payload).unwrap_or(Value::Null),
            keys: job.keys_of(job.attempt),
            settlement: Some(job.snapshot()),
        };
        self.jobs.insert(job.id, job);
        Some(claimed)
    }

    /// The running jobs of the same user in the same queue.
    fn running_of(&self, job: &Job) -> usize {
        let is_beside = |other: &&Job| {
            other.status == Status::Processing
                && other.user_id == job.user_id
                && other.job_type.queue() == job.job_type.queue()
        };
        self.jobs.values().filter(is_beside).count()
    }

    /// How long the lease of a worker lasts that sends no heartbeats.
    pub(super) fn legacy_lease_seconds(job: &Job, least: u32) -> u32 {
        let expected_s = job.job_type.expected_ms(job.num_assets()) * LEGACY_LEASE_FACTOR / 1000;
        least.max(u32::try_from(expected_s).unwrap_or(u32::MAX))
    }

    /// Gives a queued job to a worker.
    pub(super) fn start_attempt(&mut self, job: &mut Job, lease: LeaseRow) {
        if job.lease.is_some() {
            self.note_breach("a job was claimed while somebody held it");
        }
        let attempt = job.attempt;
        if job.change(Status::Processing, attempt).is_err() {
            self.note_breach("an ended job was claimed");
        }
        job.progress = 0;
        job.lease = Some(lease);
        job.outbox = None;
        self.schedule_deletions(job, attempt);
        job.recorded.insert(attempt);
    }

    /// `heartbeat_job`.
    pub fn heartbeat_job(&mut self, beat: &HeartbeatJob) -> HeartbeatReply {
        let Some(mut job) = self.jobs.get(&beat.p_job_id).cloned() else {
            return answer(ReportOutcome::NotFound, None);
        };
        let is_named = beat.p_worker_id.is_some();
        let until_ms = self.later(if is_named {
            beat.p_lease_seconds
        } else {
            Self::legacy_lease_seconds(&job, beat.p_legacy_lease_seconds)
        });
        let is_current = beat.p_attempt.is_none_or(|attempt| attempt == job.attempt);
        let told = beat.p_progress.unwrap_or(0);

        if job.status == Status::Queued && beat.p_lease_id.is_none() && is_current {
            let lease = LeaseRow {
                lease_id: beat.p_new_lease_id,
                attempt: job.attempt,
                worker_id: beat.p_worker_id.clone(),
                until_ms,
                claimed_ms: self.now_ms,
                progress: told,
            };
            self.start_attempt(&mut job, lease);
        } else if job.status.is_terminal() {
            return answer(ReportOutcome::Terminal, Some(&job));
        } else if job.status == Status::Processing
            && (is_current && holds(&job, beat.p_lease_id, is_named) || !self.guards.fence)
        {
            if let Some(lease) = &mut job.lease {
                lease.until_ms = lease.until_ms.max(until_ms);
                lease.progress = lease.progress.max(told);
            }
        } else {
            return answer(ReportOutcome::Stale, Some(&job));
        }
        let reply = answer(ReportOutcome::Ok, Some(&job));
        self.jobs.insert(job.id, job);
        reply
    }
}

/// Whether a heartbeat is the lease holder's: by its id or, among workers of the older kind, by having none.
fn holds(job: &Job, lease_id: Option<Id>, is_named: bool) -> bool {
    job.lease.as_ref().is_some_and(|lease| {
        lease.attempt == job.attempt
            && match lease_id {
                Some(carried) => carried == lease.lease_id,
                None => lease.worker_id.is_none() && !is_named,
            }
    })
}

fn answer(outcome: ReportOutcome, job: Option<&Job>) -> HeartbeatReply {
    let lease = job.and_then(|job| job.lease.as_ref());
    let lease = lease.filter(|_| outcome == ReportOutcome::Ok);
    HeartbeatReply {
        outcome,
        user_id: job.map(|job| job.user_id),
        job_type: job.map(|job| job.job_type),
        num_assets: job.map(Job::num_assets),
        status: job.map(|job| job.status),
        attempt: job.map(|job| job.attempt),
        lease_id: lease.map(|lease| lease.lease_id),
        lease_until_ms: lease.map(|lease| lease.until_ms),
        cancel_requested: job.is_some_and(|job| job.cancel_requested),
    }
}
