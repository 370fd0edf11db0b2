//! How long nothing happens. Postgres has a clock of its own, which goes on while a test runs: so no call may come so
//! near to a limit that a slow moment decides it.

use crate::database::{Database, Job, TURN_SECONDS};
use crate::random::Random;

/// The pauses to choose from, in seconds: around each limit that a rule knows. After 35 a lease is over, and the sweep
/// has not been away.
const PAUSES: [u32; 20] = [
    8, 15, 22, 35, 35, 35, 35, 35, 70, 130, 250, 320, 500, 630, 700, 1_000, 1_150, 3_700, 4_000,
    90_150,
];
/// Most of the time it is one of the first.
const SHORT_PAUSES: u32 = 8;
/// One step in so many comes after a pause.
const PAUSE_ONCE_IN: u32 = 3;
const TRIES: u32 = 12;

/// Ages at which a rule changes its mind about something, in seconds.
const LIMITS: [u64; 19] = [
    0, 2, 30, 40, 60, 120, 240, 300, 480, 600, 660, 900, 960, 1_079, 1_110, 1_200, 1_500, 3_600,
    86_400,
];
/// How far a call stays away from them. A step takes some milliseconds, and a stalled machine some seconds.
const MARGIN_MS: u64 = 3_500;

/// Seconds to let pass before the next call.
pub fn pause(random: &mut Random, database: &Database) -> u32 {
    if !random.once_in(PAUSE_ONCE_IN) {
        return 0;
    }
    (0..TRIES)
        .find_map(|_| {
            let most = if random.once_in(6) {
                u32::try_from(PAUSES.len()).unwrap_or(0)
            } else {
                SHORT_PAUSES
            };
            let seconds = PAUSES.get(random.below(most) as usize).copied()?;
            is_clear(database, seconds).then_some(seconds)
        })
        .unwrap_or(0)
}

/// Whether nothing is about to reach a limit then, or has just reached it.
fn is_clear(database: &Database, seconds: u32) -> bool {
    let now_ms = database.now_ms + u64::from(seconds) * 1000;
    let is_clear_of = |moment_ms: u64| {
        LIMITS
            .iter()
            .all(|limit| now_ms.abs_diff(moment_ms + limit * 1000) > MARGIN_MS)
    };
    // Whatever waits comes a turn nearer again and again.
    let turn_ms = TURN_SECONDS * 1000;
    let is_within_a_turn = |job: &Job| {
        let into_turn_ms = now_ms.saturating_sub(job.created_ms) % turn_ms;
        (MARGIN_MS..turn_ms - MARGIN_MS).contains(&into_turn_ms)
    };
    moments(database).into_iter().all(is_clear_of)
        && database
            .jobs
            .values()
            .filter(|job| !job.status.is_terminal())
            .all(is_within_a_turn)
}

/// All that has an age, and all that is due.
fn moments(database: &Database) -> Vec<u64> {
    let of_job = |job: &Job| {
        let lease = job.lease.as_ref();
        let hint = job.outbox.as_ref();
        [
            Some(job.queued_ms),
            Some(job.created_ms),
            lease.map(|lease| lease.until_ms),
            lease.map(|lease| lease.claimed_ms),
            hint.map(|hint| hint.written_ms),
            hint.and_then(|hint| hint.pushed_ms),
        ]
    };
    let of_jobs = database
        .jobs
        .values()
        .filter(|job| !job.status.is_terminal());
    of_jobs
        .flat_map(of_job)
        .flatten()
        .chain(database.last_pass_ms)
        .chain(database.doomed.values().map(|object| object.due_ms))
        .collect()
}
