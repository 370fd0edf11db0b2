//! Waiting wins in the end, and by when.

use ourvidz_core::Id;
use ourvidz_core::wire::rpc::Status;
use ourvidz_model::database::{Database, Job, TURN_SECONDS};

/// What waits although it was to go before the job that was claimed as the next. A job's turn is at most how many its
/// owner has unfinished in the queue, and each turn is worth ten minutes: what was ordered so much later never goes
/// first, whatever its owner thinks of it.
pub fn passed_by(database: &Database, claimed: Id) -> Option<String> {
    let claimed = database.jobs.get(&claimed)?;
    let is_beside =
        |job: &Job| job.job_type.queue() == claimed.job_type.queue() && !job.status.is_terminal();
    let turns_of = |user: Id| {
        let own = database.jobs.values();
        own.filter(|job| job.user_id == user && is_beside(job))
            .count() as u64
    };
    let is_passed = |job: &&Job| {
        job.status == Status::Queued
            && is_beside(job)
            && claimed.created_ms >= job.created_ms + turns_of(job.user_id) * TURN_SECONDS * 1000
    };
    let passed = database.jobs.values().find(is_passed)?;
    Some(format!(
        "waiting does not win: {} was claimed before {}",
        claimed.id, passed.id
    ))
}
