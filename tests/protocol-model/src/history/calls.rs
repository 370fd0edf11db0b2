//! What is called next, and with what.

use ourvidz_core::plan::sweep;
use ourvidz_core::timestamp::rfc3339;
use ourvidz_core::wire::payload::{GenerationConfig, WorkerPayload};
use ourvidz_core::wire::rpc::{
    CancelJob, ClaimJob, EnqueueJob, HeartbeatJob, JobForSettlement, SweepDone, SweepPass,
};
use ourvidz_core::{Id, JobType, Queue, limits};
use serde_json::Map;

use super::{Call, History, Task};
use crate::database::Job;

/// More than there are. Which bucket has waited longest is a matter of microseconds, which no model knows.
const ALL_BUCKETS: u32 = 100;

/// Few enough that a user runs out of what is limited within a history.
const USERS: [Id; 3] = [
    Id::from_bytes([0xa1; 16]),
    Id::from_bytes([0xa2; 16]),
    Id::from_bytes([0xa3; 16]),
];
const CREDITS: u32 = 20;
const PROMPT: &str = "a fox";
const WORKERS: [&str; 3] = ["anna", "bert", "carl"];
const KEYS: [&str; 2] = ["first", "second"];
const FINGERPRINTS: [&str; 2] = ["this", "that"];
/// With fewer jobs than this hardly anything can happen.
const FEWEST_OPEN: usize = 3;
/// Once in so many times something is as no sound caller would have it.
const ODD: u32 = 8;

impl History {
    pub(super) fn next_call(&mut self) -> Call {
        let open = self
            .database
            .jobs
            .values()
            .filter(|job| !job.status.is_terminal());
        let fewest = if self.is_hopeless { 1 } else { FEWEST_OPEN };
        if open.count() < fewest {
            return self.order();
        }
        let was_swept = self
            .database
            .last_pass_ms
            .is_some_and(|ms| (20_000..40_000).contains(&(self.database.now_ms - ms)));
        if was_swept && self.random.once_in(2) {
            return self.sweep();
        }
        match self.random.below(20) {
            0..=2 if self.is_hopeless && !self.random.once_in(4) => self.settlement(),
            0..=3 => self.order(),
            4..=7 => self.claim(),
            8..=9 => self.heartbeat(),
            10..=11 => self.read(),
            12..=13 => self.settlement(),
            14..=15 if self.is_hopeless => self.claim(),
            14 => self.settlement(),
            15 => self.cancel(),
            16..=18 => self.sweep(),
            _ => self.sweep_done(),
        }
    }

    pub(super) fn id(&mut self) -> Id {
        let mut bytes = [0; 16];
        for part in bytes.chunks_mut(8) {
            part.copy_from_slice(&self.random.number().to_le_bytes());
        }
        Id::from_random(bytes)
    }

    /// A job, mostly one that has not ended; once in a while one that nobody knows.
    pub(super) fn any_job(&mut self) -> Id {
        let all: Vec<Id> = self.database.jobs.keys().copied().collect();
        let is_open = |job: &&Job| !job.status.is_terminal();
        let open = self.database.jobs.values().filter(is_open);
        let open: Vec<Id> = open.map(|job| job.id).collect();
        let among = if open.is_empty() || self.random.once_in(4) {
            &all
        } else {
            &open
        };
        if self.random.once_in(40) {
            return self.id();
        }
        self.random
            .one_of(among)
            .copied()
            .unwrap_or_else(|| Id::from_bytes([0; 16]))
    }

    fn order(&mut self) -> Call {
        if self.random.once_in(5)
            && let Some(order) = self.random.one_of(&self.known.orders).cloned()
        {
            return Call::Enqueue(Box::new(order));
        }
        // Batches can be delivered in part, and jobs in one queue wait for each other.
        let mut types = JobType::ALL.to_vec();
        if !self.random.once_in(3) {
            types.retain(|job_type| job_type.is_sdxl());
        }
        let job_type = self.random.one_of(&types).copied();
        let job_type = job_type.unwrap_or(JobType::ImageFast);
        let mut sizes: Vec<u8> = (1..=6).filter(|count| job_type.allows(*count)).collect();
        if sizes.len() > 1 && !self.random.once_in(3) {
            sizes.retain(|count| *count > 1);
        }
        let has_key = self.random.once_in(2);
        let (user_id, job_id) = (self.user(), self.id());
        let num_assets = self.random.one_of(&sizes).copied().unwrap_or(1);
        let order = EnqueueJob {
            p_user_id: user_id,
            p_job_id: job_id,
            p_job_type: job_type,
            p_prompt: PROMPT.to_owned(),
            p_num_assets: num_assets,
            p_price_each: job_type.price(),
            p_metadata: Map::new(),
            p_payload: payload(user_id, job_id, job_type, num_assets),
            p_project_id: None,
            p_image_id: None,
            p_video_id: None,
            p_retry_of: None,
            p_priority: i16::try_from(self.random.below(3)).unwrap_or(0) - 1,
            p_idempotency_key: self
                .random
                .one_of(&KEYS)
                .filter(|_| has_key)
                .map(|key| (*key).to_owned()),
            p_fingerprint: self
                .random
                .one_of(&FINGERPRINTS)
                .copied()
                .unwrap_or("")
                .to_owned(),
            p_webhook_url: None,
            p_webhook_events: Vec::new(),
            p_starting_credits: CREDITS,
            p_max_active: if self.random.once_in(6) {
                2
            } else {
                limits::MAX_ACTIVE_JOBS
            },
            p_max_per_minute: limits::MAX_JOBS_PER_MINUTE,
            p_max_queued: if self.random.once_in(6) {
                3
            } else {
                limits::MAX_QUEUED_JOBS
            },
            p_api_key_id: None,
            p_seen: None,
        };
        Call::Enqueue(Box::new(order))
    }

    fn user(&mut self) -> Id {
        let [first, ..] = USERS;
        self.random.one_of(&USERS).copied().unwrap_or(first)
    }

    fn attempt_of(&mut self, job_id: Id) -> u32 {
        let current = self.database.jobs.get(&job_id).map_or(1, |job| job.attempt);
        if self.random.once_in(ODD) {
            1 + self.random.below(4)
        } else {
            current
        }
    }

    fn worker(&mut self) -> String {
        self.random
            .one_of(&WORKERS)
            .copied()
            .unwrap_or("")
            .to_owned()
    }

    fn claim(&mut self) -> Call {
        let named = self.random.once_in(2).then(|| self.any_job());
        let queue_of_job = named
            .and_then(|id| self.database.jobs.get(&id))
            .map(|job| job.job_type.queue());
        let p_queue = match queue_of_job {
            Some(queue) if !self.random.once_in(ODD) => queue,
            _ => self
                .random
                .one_of(&Queue::ALL)
                .copied()
                .unwrap_or(Queue::SdxlQueue),
        };
        Call::Claim(ClaimJob {
            p_worker_id: self.worker(),
            p_queue,
            p_job_id: named,
            p_models: Vec::new(),
            p_lease_id: self.id(),
            p_lease_seconds: limits::LEASE_SECONDS,
            p_uptime_seconds: None,
            p_gpu_used_bytes: None,
            p_gpu_total_bytes: None,
            p_message_id: None,
        })
    }

    /// What a worker believes; sometimes a worker of the older kind that believes nothing, and sometimes it is wrong.
    pub(super) fn task(&mut self) -> Task {
        let by_hint = Task {
            job_id: self.any_job(),
            attempt: None,
            lease_id: None,
            worker_id: None,
        };
        let recent = self.known.tasks.len().saturating_sub(6);
        let recent = self.known.tasks.get(recent..).unwrap_or_default();
        let mut task = match self.random.one_of(recent) {
            Some(task) if !self.random.once_in(4) => task.clone(),
            _ => by_hint,
        };
        match self.random.below(24) {
            0 => task.lease_id = Some(self.id()),
            1 => task.lease_id = None,
            2 => task.attempt = Some(self.attempt_of(task.job_id)),
            3 => task.attempt = None,
            4 => task.worker_id = Some(self.worker()),
            5 => task.worker_id = None,
            _ => {}
        }
        task
    }

    fn heartbeat(&mut self) -> Call {
        let task = self.task();
        let p_progress = self.progress();
        Call::Heartbeat(HeartbeatJob {
            p_job_id: task.job_id,
            p_attempt: task.attempt,
            p_lease_id: task.lease_id,
            p_worker_id: task.worker_id,
            p_progress,
            p_new_lease_id: self.id(),
            p_lease_seconds: limits::LEASE_SECONDS,
            p_legacy_lease_seconds: limits::LEGACY_LEASE_SECONDS,
            p_uptime_seconds: None,
            p_gpu_used_bytes: None,
            p_gpu_total_bytes: None,
            p_message_id: None,
            p_step_preview: p_progress.is_some(),
        })
    }

    pub(super) fn progress(&mut self) -> Option<u8> {
        let percent = u8::try_from(self.random.below(101)).unwrap_or(0);
        (!self.random.once_in(3)).then_some(percent)
    }

    fn read(&mut self) -> Call {
        let p_job_id = self.any_job();
        Call::Read(JobForSettlement { p_job_id })
    }

    fn cancel(&mut self) -> Call {
        let p_job_id = self.any_job();
        let owner = self.database.jobs.get(&p_job_id).map(|job| job.user_id);
        let p_user_id = match owner {
            Some(owner) if !self.random.once_in(ODD) => owner,
            _ => self.user(),
        };
        Call::Cancel(CancelJob {
            p_user_id,
            p_job_id,
            p_dry_run: self.random.once_in(4),
        })
    }

    fn sweep(&mut self) -> Call {
        let lengths = (
            u64::from(self.random.below(4)),
            u64::from(self.random.below(4)),
        );
        let is_readable = !self.random.once_in(6);
        let lists_lost = self.random.once_in(10);
        // With fewer attempts the last one is reached more often.
        let p_max_attempts = 1 + self.random.below(limits::MAX_ATTEMPTS);
        Call::Sweep(SweepPass {
            p_max_attempts,
            ..sweep::pass(lists_lost, is_readable.then_some(lengths), ALL_BUCKETS)
        })
    }

    /// One hint at a time: which of two that are noted at once was noted first, Postgres does not say.
    fn sweep_done(&mut self) -> Call {
        let hint = self.random.one_of(&self.known.hints).cloned();
        let objects = self.known.objects.iter();
        let deleted = objects
            .filter(|_| !self.random.once_in(4))
            .cloned()
            .collect();
        Call::SweepDone(SweepDone {
            p_pushed: hint.into_iter().collect(),
            p_deleted: deleted,
        })
    }
}

fn payload(user_id: Id, job_id: Id, job_type: JobType, num_assets: u8) -> WorkerPayload {
    WorkerPayload {
        id: job_id,
        job_type,
        prompt: PROMPT.to_owned(),
        prompt_suffix: None,
        config: GenerationConfig::preset(job_type, num_assets),
        user_id,
        created_at: rfc3339(0),
        negative_prompt: None,
        video_id: None,
        image_id: None,
        character_id: None,
        model_variant: job_type.model_variant().to_owned(),
        bucket: job_type.bucket().to_owned(),
        metadata: Map::new(),
    }
}
