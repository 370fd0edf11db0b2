//! Ten thousand schedules with all guards, and with each guard missing enough of them to notice.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::env;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;

use ourvidz_simulation::{Outcome, Sabotage, run, shortest};

/// Schedules of one run, each with a seed of its own.
const SCHEDULES: u64 = 10_000;
/// A missing guard must show within this many.
const TO_NOTICE: u64 = 3_000;
/// Another number of schedules, for a longer search.
const COUNT: &str = "SIMULATION_SCHEDULES";
/// The seed that alone is run, and so replayed.
const SEED: &str = "SIMULATION_SEED";

/// Lines of a trace that are printed from its beginning and from its end; between them jobs wait to end.
const TRACE_LINES: (usize, usize) = (120, 40);

/// What a failing schedule says: how to replay it, what broke, and the shortest way to it.
fn report(seed: u64, failing: &Outcome, sabotage: Sabotage) -> String {
    let short = shortest(failing, sabotage);
    let failure = short.failure.as_deref().unwrap_or("not found again");
    let (first, last) = TRACE_LINES;
    let mut trace = short.trace;
    if trace.len() > first + last {
        let left_out = trace.len() - first - last;
        trace.splice(
            first..first + left_out,
            [format!("  ({left_out} more lines)")],
        );
    }
    format!(
        "{failure}\n{}\nReplay: {SEED}={seed} cargo test -p ourvidz-simulation",
        trace.join("\n")
    )
}

#[test]
fn no_schedule_breaks_anything() {
    if let Ok(seed) = env::var(SEED) {
        let seed = seed.parse().expect("SIMULATION_SEED is a number");
        let outcome = run(seed, Sabotage::None);
        assert!(
            outcome.failure.is_none(),
            "{}",
            report(seed, &outcome, Sabotage::None)
        );
        return;
    }
    let schedules = env::var(COUNT).map_or(SCHEDULES, |count| {
        count.parse().expect("SIMULATION_SCHEDULES is a number")
    });
    let (next, calls, jobs) = (AtomicU64::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let search = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= schedules {
                return None;
            }
            let outcome = run(seed, Sabotage::None);
            calls.fetch_add(outcome.calls, Ordering::Relaxed);
            jobs.fetch_add(outcome.jobs, Ordering::Relaxed);
            if outcome.failure.is_some() {
                next.store(schedules, Ordering::Relaxed);
                return Some((seed, outcome));
            }
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let failing = thread::scope(|scope| {
        let searches: Vec<_> = (0..threads).map(|_| scope.spawn(search)).collect();
        let found = searches
            .into_iter()
            .filter_map(|each| each.join().expect("a search that ends"));
        found.min_by_key(|(seed, _)| *seed)
    });
    if let Some((seed, outcome)) = failing {
        panic!("{}", report(seed, &outcome, Sabotage::None));
    }
    let (calls, jobs) = (calls.into_inner(), jobs.into_inner());
    println!("{schedules} schedules, {jobs} jobs, {calls} calls to backends");
    assert!(jobs as u64 > schedules, "the schedules do something");
}

#[test]
fn the_same_seed_is_the_same_schedule() {
    for seed in 0..20 {
        assert_eq!(run(seed, Sabotage::None), run(seed, Sabotage::None));
    }
}

fn is_noticed(sabotage: Sabotage, expected: &str) {
    let (seed, failing) = (0..TO_NOTICE)
        .map(|seed| (seed, run(seed, sabotage)))
        .find(|(_, outcome)| outcome.failure.is_some())
        .expect("a bug that nobody would notice");
    let text = report(seed, &failing, sabotage);
    println!("{sabotage:?}, found by seed {seed}: {text}\n");
    assert!(text.starts_with(expected), "{text}");
}

#[test]
fn the_fence_is_needed() {
    is_noticed(Sabotage::Fence, "");
}

#[test]
fn the_compare_and_swap_is_needed() {
    is_noticed(Sabotage::CompareAndSwap, "");
}

#[test]
fn the_unique_key_is_needed() {
    is_noticed(Sabotage::UniqueKey, "one order was answered with two jobs");
}

#[test]
fn the_look_at_the_status_is_needed() {
    is_noticed(Sabotage::ClaimOfQueued, "");
}

#[test]
fn turns_are_needed() {
    is_noticed(Sabotage::Turns, "waiting does not win");
}

#[test]
fn the_files_of_lost_attempts_have_to_be_deleted() {
    is_noticed(Sabotage::Cleaning, "an object is left over");
}

#[test]
fn waiting_jobs_have_to_be_pushed_again() {
    is_noticed(Sabotage::Reminder, "an accepted job does not end");
}
