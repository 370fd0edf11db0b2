//! How every schedule ends: calm returns, and then each accepted job must end and nothing be left over.

use std::collections::BTreeSet;

use ourvidz_core::wire::rpc::Status;
use ourvidz_model::database::Job;

use super::Schedule;

/// Between two sweeps of the calm; below the gap that counts as an outage.
const PAUSE_S: u32 = 35;
/// Three attempts by workers of the older kind, each lost after its quarter of an hour, and the longest pause
/// between two pushes before each.
const ROUNDS_WITH_WORKERS: u32 = 300;
/// A job that nobody wants may wait for a day.
const A_DAY_S: u32 = 24 * 60 * 60 + 1;
/// Without any worker: up to three attempts run out, an hour each at most, then the day passes.
const ROUNDS_WITHOUT_WORKERS: u32 = 12;
/// After the longest life of an upload link: what is doomed may be deleted now.
const LINKS_END_S: u32 = 12 * 60;
/// Requests that arrive once more, long after they were answered.
const LATE_REQUESTS: usize = 20;
/// Objects are deleted by one pass, and a second one finds what the first left.
const CLEANING_PASSES: u32 = 2;

pub fn end(schedule: &mut Schedule) {
    // One schedule in four goes on with every worker dead.
    let with_workers = !schedule.scene.choices.once_in(4);
    schedule.scene.choices.calm_down();
    schedule.scene.away.borrow_mut().clear();
    schedule.scene.tell(|| {
        let workers = if with_workers {
            ""
        } else {
            ", and every worker is gone"
        };
        format!("calm{workers}")
    });
    schedule.finish_round(with_workers);
    schedule.repeat_orders();
    come_to_an_end(schedule, with_workers);

    let late: Vec<_> = schedule
        .sent
        .iter()
        .rev()
        .take(LATE_REQUESTS)
        .cloned()
        .collect();
    for message in late {
        schedule.send_again(message);
    }
    come_to_an_end(schedule, with_workers);
    schedule.let_pass(LINKS_END_S);
    for _ in 0..CLEANING_PASSES {
        schedule.let_pass(PAUSE_S);
        schedule.sweep_now();
        schedule.finish_round(with_workers);
    }
    nothing_is_left(schedule);
}

fn come_to_an_end(schedule: &mut Schedule, with_workers: bool) {
    let rounds = if with_workers {
        ROUNDS_WITH_WORKERS
    } else {
        ROUNDS_WITHOUT_WORKERS
    };
    schedule.finish_round(with_workers);
    for round in 0..rounds {
        if all_have_ended(schedule) || schedule.scene.failure().is_some() {
            return;
        }
        // After a gap the first pass spares everybody, so each second one comes soon.
        let is_gap = !with_workers && round % 2 == 0;
        schedule.let_pass(if is_gap { A_DAY_S } else { PAUSE_S });
        schedule.sweep_now();
        schedule.finish_round(with_workers);
    }
    if !all_have_ended(schedule) {
        schedule.scene.fail("an accepted job does not end");
    }
}

fn all_have_ended(schedule: &Schedule) -> bool {
    let database = schedule.database.borrow();
    database.jobs.values().all(has_ended)
}

fn has_ended(job: &Job) -> bool {
    !matches!(job.status, Status::Queued | Status::Processing)
}

/// What must hold at the very end.
fn nothing_is_left(schedule: &Schedule) {
    let scene = &schedule.scene;
    let database = schedule.database.borrow();
    scene.check(&database);
    if schedule
        .known_jobs()
        .iter()
        .any(|job| !database.jobs.contains_key(job))
    {
        scene.fail("an accepted job is lost");
    }
    if database.accounts.values().any(|account| account.held != 0) {
        scene.fail("a hold is left open");
    }
    let mut shown = BTreeSet::new();
    for job in database.jobs.values() {
        let bucket = job.job_type.bucket();
        let assets = job.assets.iter();
        let keys = assets.flat_map(|asset| [&asset.url, &asset.thumbnail]);
        for key in keys.flatten() {
            let is_ours = key.starts_with(&job.user_id.to_string());
            if is_ours && schedule.world.object(bucket, key).is_none() {
                scene.fail("a row shows an object that is not there");
            }
            shown.insert((bucket.to_owned(), key.to_string()));
        }
    }
    for (bucket, key) in scene.uploads() {
        let is_there = schedule.world.object(&bucket, &key).is_some();
        if is_there && !shown.contains(&(bucket, key.clone())) {
            scene.fail(format!("an object is left over: {key}"));
        }
    }
}
