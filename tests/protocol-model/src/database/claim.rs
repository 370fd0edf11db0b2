//! `claim_job` and `heartbeat_job`.

use std::cmp::Reverse;

use ourvidz_core::state::fence::{CurrentAttempt, FenceCheck, Intent, ReportOrigin, check_fence};
use ourvidz_core::wire::rpc::{
    ClaimJob, Claimed, HeartbeatJob, HeartbeatReply, ReportOutcome, Status,
};
use serde_json::Value;

use super::{Database, Job, LeaseRow};

/// Having waited for so long brings a job a turn nearer.
pub const TURN_SECONDS: u64 = 10 * 60;

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
                (
                    self.turn_of(job),
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
            keys: job.keys_of(job.claim_number()),
            settlement: Some(job.snapshot()),
        };
        self.jobs.insert(job.id, job);
        Some(claimed)
    }

    /// How many of its owner's jobs would run with it, less what it has waited.
    #[must_use]
    pub fn turn_of(&self, job: &Job) -> i64 {
        if !self.guards.turns {
            return -i64::from(job.priority);
        }
        let place = |job: &Job| {
            let expected_ms = job.job_type.expected_ms(job.num_assets());
            (Reverse(job.priority), expected_ms, job.created_ms, job.id)
        };
        let goes_first = |other: &&Job| match other.status {
            Status::Processing => true,
            Status::Queued => place(other) <= place(job),
            _ => false,
        };
        let beside = self.jobs.values().filter(|other| {
            other.user_id == job.user_id && other.job_type.queue() == job.job_type.queue()
        });
        let waited = (self.now_ms - job.created_ms) / 1000 / TURN_SECONDS;
        beside.filter(goes_first).count().cast_signed() as i64 - waited.cast_signed()
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
        let claim = job.claim_number();
        self.schedule_deletions(job, claim);
        job.recorded.insert(claim);
    }

    /// `heartbeat_job`.
    pub fn heartbeat_job(&mut self, beat: &HeartbeatJob) -> HeartbeatReply {
        let Some(mut job) = self.jobs.get(&beat.p_job_id).cloned() else {
            return answer(ReportOutcome::NotFound, None);
        };
        let until_ms = self.later(if beat.p_worker_id.is_some() {
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
        } else if job.status == Status::Processing && (keeps(&job, beat) || !self.guards.fence) {
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

/// Whether a heartbeat is the lease holder's.
fn keeps(job: &Job, beat: &HeartbeatJob) -> bool {
    let settlement = job.settlement();
    let standing = CurrentAttempt::of(&settlement.job, settlement.lease.as_ref());
    let origin = ReportOrigin {
        attempt: beat.p_attempt,
        lease_id: beat.p_lease_id,
        worker_id: beat.p_worker_id.as_deref(),
        intent: Intent::Keep,
    };
    matches!(check_fence(standing, origin), FenceCheck::Open { .. })
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
        claim: job.map(Job::claim_number),
        lease_id: lease.map(|lease| lease.lease_id),
        lease_until_ms: lease.map(|lease| lease.until_ms),
        cancel_requested: job.is_some_and(|job| job.cancel_requested),
    }
}
