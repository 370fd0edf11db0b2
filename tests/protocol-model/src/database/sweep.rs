//! `sweep_pass` and `sweep_done`.

use ourvidz_core::wire::rpc::{HintToPush, ObjectToDelete, Status, SweepDone, SweepPass, Swept};
use ourvidz_core::{Id, Queue};

use super::{Database, Job, Outbox};

/// The pause before a hint that was pushed is pushed once more; it doubles each time.
const FIRST_REPEAT_SECONDS: u32 = 30;
const MOST_DOUBLINGS: u32 = 5;

/// The pause before an object is to be deleted once more; it grows by as much each time.
const TRY_AGAIN_SECONDS: u32 = 5 * 60;
const MOST_TRIES: u32 = 12;

/// What becomes of a late job.
enum Verdict {
    Requeue,
    End(Status),
}

/// More pushes than this change nothing: the pause between two of them has stopped growing.
const MOST_PUSHES: u32 = 5;

impl Database {
    /// `sweep_pass`.
    pub fn sweep_pass(&mut self, pass: &SweepPass) -> Swept {
        let mut swept = Swept {
            requeued: 0,
            failed: 0,
            canceled: 0,
            extended: 0,
            push: Vec::new(),
            objects: Vec::new(),
        };
        let was_away = self
            .last_pass_ms
            .is_none_or(|last| self.is_older(last, pass.p_outage_seconds));
        if was_away {
            swept.extended = self.extend_expired_leases(pass.p_lease_seconds);
        } else {
            self.end_late_jobs(pass, &mut swept);
        }
        self.last_pass_ms = Some(self.now_ms);
        if pass.p_lists_lost {
            self.lists_lost_ms = self.now_ms;
        }
        for (queue, length) in [
            (Queue::SdxlQueue, pass.p_sdxl_length),
            (Queue::WanQueue, pass.p_wan_length),
        ] {
            swept.push.extend(self.hints_to_push(queue, length));
        }
        swept.objects = self.due_deletions();
        swept
    }

    /// Hands out what is due; what is not reported gone is handed out again, after longer each time.
    fn due_deletions(&mut self) -> Vec<ObjectToDelete> {
        let now_ms = self.now_ms;
        let due = self
            .doomed
            .iter_mut()
            .filter(|(_, object)| object.due_ms <= now_ms);
        due.map(|((bucket, key), object)| {
            object.tries += 1;
            let pause = TRY_AGAIN_SECONDS * object.tries.min(MOST_TRIES);
            object.due_ms = now_ms + u64::from(pause) * 1000;
            ObjectToDelete {
                bucket: bucket.clone(),
                key: key.clone(),
            }
        })
        .collect()
    }

    /// `sweep_done`.
    pub fn sweep_done(&mut self, done: &SweepDone) {
        for pushed in &done.p_pushed {
            let now_ms = self.now_ms;
            let job = self.jobs.get_mut(&pushed.job_id);
            let hint = job.and_then(|job| job.outbox.as_mut());
            if let Some(hint) = hint.filter(|hint| hint.attempt == pushed.attempt) {
                hint.pushed_ms = Some(now_ms);
                hint.pushes = (hint.pushes + 1).min(MOST_PUSHES);
            }
        }
        for object in &done.p_deleted {
            self.doomed
                .remove(&(object.bucket.clone(), object.key.clone()));
        }
    }

    fn extend_expired_leases(&mut self, seconds: u32) -> u32 {
        let until_ms = self.later(seconds);
        let mut spared = 0;
        for lease in self.jobs.values_mut().filter_map(|job| job.lease.as_mut()) {
            if lease.until_ms < until_ms {
                lease.until_ms = until_ms;
                spared += 1;
            }
        }
        spared
    }

    fn end_late_jobs(&mut self, pass: &SweepPass, swept: &mut Swept) {
        let verdicts: Vec<(Id, Verdict)> = self
            .jobs
            .values()
            .filter_map(|job| Some((job.id, self.outcome_of_late_job(job, pass)?)))
            .collect();
        for (id, verdict) in verdicts {
            let Some(mut job) = self.jobs.get(&id).cloned() else {
                continue;
            };
            let changed = match verdict {
                Verdict::Requeue => job.change(Status::Queued, job.attempt + 1),
                Verdict::End(status) => job.change(status, job.attempt),
            };
            if changed.is_err() {
                self.note_breach("the sweep made a change that the table of states refuses");
                continue;
            }
            job.lease = None;
            match verdict {
                Verdict::Requeue => {
                    swept.requeued += 1;
                    job.progress = 0;
                    job.queued_ms = self.now_ms;
                    job.put_in_outbox(self.now_ms, false);
                }
                Verdict::End(status) => {
                    swept.canceled += u32::from(status == Status::Canceled);
                    swept.failed += u32::from(status != Status::Canceled);
                    if status == Status::Completed {
                        job.progress = 100;
                    }
                    let closed = job.close_assets(&[]);
                    self.settle_assets(&mut job, &closed, None, false);
                    self.finish(&mut job);
                }
            }
            self.jobs.insert(id, job);
        }
    }

    /// What becomes of a job, if it is late.
    fn outcome_of_late_job(&self, job: &Job, pass: &SweepPass) -> Option<Verdict> {
        match (job.status, &job.lease) {
            (Status::Queued, _) => self
                .is_older(job.queued_ms, pass.p_max_queued_seconds)
                .then_some(Verdict::End(Status::Failed)),
            (Status::Processing, lease) => {
                let is_late = lease.as_ref().is_none_or(|lease| {
                    lease.until_ms < self.now_ms
                        || self.is_older(lease.claimed_ms, pass.p_max_running_seconds)
                });
                is_late.then(|| verdict_on_lost(job, pass.p_max_attempts))
            }
            _ => None,
        }
    }

    fn hints_to_push(&self, queue: Queue, length: Option<u64>) -> Vec<HintToPush> {
        let Some(length) = length else {
            return Vec::new();
        };
        let of_queue = |job: &&Job| job.job_type.queue() == queue;
        let waiting = self.jobs.values().filter(of_queue);
        let waiting: Vec<&Job> = waiting.filter(|job| job.status == Status::Queued).collect();
        let (due, pushed): (Vec<&Job>, Vec<&Job>) = waiting
            .iter()
            .partition(|job| job.outbox.as_ref().is_some_and(|hint| self.is_due(hint)));
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let missing = waiting
            .len()
            .saturating_sub(length)
            .saturating_sub(due.len());
        let mut again: Vec<(u64, &Job)> = pushed
            .into_iter()
            .filter_map(|job| Some((self.may_repeat(job.outbox.as_ref()?)?, job)))
            .collect();
        again.sort_by_key(|(pushed_ms, job)| (*pushed_ms, job.id));
        let again = again.into_iter().take(missing).map(|(_, job)| job);
        due.into_iter()
            .chain(again)
            .map(|job| HintToPush {
                job_id: job.id,
                user_id: job.user_id,
                job_type: job.job_type,
                num_assets: job.num_assets(),
                attempt: job.attempt,
                claim: job.claim_number(),
                payload: serde_json::from_str(&job.payload).unwrap_or_default(),
            })
            .collect()
    }

    /// Whether nobody but the sweep pushes a hint, or it went with Redis's lists.
    fn is_due(&self, hint: &Outbox) -> bool {
        hint.pushed_ms
            .is_none_or(|pushed_ms| pushed_ms < self.lists_lost_ms)
    }

    /// When a hint was pushed, if that was long enough ago to do it once more.
    fn may_repeat(&self, hint: &Outbox) -> Option<u64> {
        let pause = FIRST_REPEAT_SECONDS << hint.pushes.min(MOST_DOUBLINGS);
        hint.pushed_ms
            .filter(|pushed_ms| self.is_older(*pushed_ms, pause))
    }
}

/// What had arrived one by one is delivered; the rest gets another attempt while there is one.
fn verdict_on_lost(job: &Job, max_attempts: u32) -> Verdict {
    let delivered = job
        .assets
        .iter()
        .filter(|asset| asset.status == Status::Completed)
        .count();
    if delivered == job.assets.len() {
        Verdict::End(Status::Completed)
    } else if job.cancel_requested {
        Verdict::End(Status::Canceled)
    } else if job.attempt < max_attempts {
        Verdict::Requeue
    } else if delivered > 0 {
        Verdict::End(Status::Completed)
    } else {
        Verdict::End(Status::Failed)
    }
}
