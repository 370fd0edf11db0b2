//! What the tables hold, in a form that both databases can give. What has a time says how far it is from now.

use ourvidz_core::Id;
use serde_json::{Value, json};

use crate::database::{Account, Asset, Database, Job, LeaseRow, Outbox};

/// All that is compared.
pub fn tables(database: &Database) -> Value {
    let at = Clock(database.now_ms);
    json!({
        "jobs": database.jobs.values().map(|job| of_job(job, at)).collect::<Vec<_>>(),
        "accounts": database.accounts.iter().map(of_account).collect::<Vec<_>>(),
        "doomed": database.doomed.iter().map(|((bucket, key), object)| json!({
            "bucket": bucket, "key": key, "due": at.to(object.due_ms), "tries": object.tries,
        })).collect::<Vec<_>>(),
        "last_pass": database.last_pass_ms.map(|ms| at.to(ms)),
        "lists_lost": (database.lists_lost_ms > 0).then(|| at.to(database.lists_lost_ms)),
    })
}

#[derive(Clone, Copy)]
struct Clock(u64);

impl Clock {
    #[expect(
        clippy::cast_possible_wrap,
        reason = "milliseconds of this age fit by far"
    )]
    fn to(self, moment_ms: u64) -> Value {
        json!({ "in_ms": moment_ms as i64 - self.0 as i64 })
    }
}

fn of_job(job: &Job, at: Clock) -> Value {
    let reports = job.settlements.iter();
    json!({
        "id": job.id,
        "status": job.status,
        "attempt": job.attempt,
        "version": job.version,
        "progress": job.progress,
        "cancel_requested": job.cancel_requested,
        "charged": job.charged,
        "released": job.released,
        "queued": at.to(job.queued_ms),
        "assets": job.assets.iter().map(of_asset).collect::<Vec<_>>(),
        "lease": job.lease.as_ref().map(|lease| of_lease(lease, at)),
        "outbox": job.outbox.as_ref().map(|hint| of_hint(hint, at)),
        "recorded": job.recorded,
        "settlements": reports.map(|(attempt, digest, _)| json!([attempt, digest])).collect::<Vec<_>>(),
    })
}

fn of_asset(asset: &Asset) -> Value {
    json!({
        "status": asset.status,
        "url": asset.url.as_deref(),
        "thumbnail_url": asset.thumbnail.as_deref(),
    })
}

fn of_lease(lease: &LeaseRow, at: Clock) -> Value {
    json!({
        "lease_id": lease.lease_id,
        "attempt": lease.attempt,
        "worker_id": lease.worker_id,
        "claimed": at.to(lease.claimed_ms),
        "until": at.to(lease.until_ms),
        "progress": lease.progress,
    })
}

fn of_hint(hint: &Outbox, at: Clock) -> Value {
    json!({
        "attempt": hint.attempt,
        "written": at.to(hint.written_ms),
        "pushed": hint.pushed_ms.map(|ms| at.to(ms)),
        "pushes": hint.pushes,
    })
}

fn of_account((user_id, account): (&Id, &Account)) -> Value {
    json!({
        "user_id": user_id,
        "issued": account.issued,
        "available": account.available,
        "held": account.held,
        "spent": account.spent,
    })
}
