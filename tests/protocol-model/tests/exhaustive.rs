//! Every state of the protocol within stated bounds: with all guards nothing breaks, with one missing it does.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use ourvidz_model::database::Guards;
use ourvidz_model::explorer::{Explored, explore};
use ourvidz_model::protocol::{Bounds, Protocol};

fn run(name: &str, pictures: u8, guards: Guards, bounds: Bounds) -> Explored {
    let protocol = Protocol::new(pictures, guards, bounds).unwrap();
    let explored = explore(&protocol);
    let Explored {
        states,
        steps,
        depth,
        ..
    } = &explored;
    println!("{name}: {states} states, {steps} steps, {depth} deep; {bounds:?}");
    explored
}

fn holds(name: &str, pictures: u8, bounds: Bounds) {
    let explored = run(name, pictures, Guards::ALL, bounds);
    assert!(explored.failure.is_none(), "{:#?}", explored.failure);
    assert!(explored.states > 1_000, "the model is not stuck");
}

/// Without the guard something breaks, and with it nothing does.
fn is_needed(name: &str, without: Guards, bounds: Bounds) {
    let explored = run(name, 1, without, bounds);
    let failure = explored.failure.expect("a bug that nobody would notice");
    println!("  {}: {:#?}", failure.invariant, failure.steps);
    holds("with the guard", 1, bounds);
}

#[test]
fn messages_get_lost_and_doubled() {
    let bounds = Bounds {
        losses: 1,
        doublings: 1,
        retries: 1,
        cancels: 1,
        ..Bounds::NOTHING
    };
    holds("losses and doublings", 1, bounds);
}

#[test]
fn anything_crashes_anywhere() {
    let bounds = Bounds {
        crashes: 2,
        retries: 1,
        ..Bounds::NOTHING
    };
    holds("crashes", 1, bounds);
}

#[test]
fn all_of_it_at_once() {
    let bounds = Bounds {
        losses: 1,
        doublings: 1,
        crashes: 2,
        ..Bounds::NOTHING
    };
    holds("losses, doublings and crashes", 1, bounds);
}

#[test]
fn batches_arrive_in_pieces_from_slow_workers() {
    let bounds = Bounds {
        late_leases: 1,
        setbacks: 1,
        pieces: 1,
        ..Bounds::NOTHING
    };
    holds("batches in pieces", 3, bounds);
}

#[test]
fn workers_hear_of_cancels_and_sit_through_outages() {
    let bounds = Bounds {
        late_leases: 1,
        cancels: 1,
        heartbeats: 1,
        announcements: 1,
        outages: 1,
        ..Bounds::NOTHING
    };
    holds("cancels and outages", 1, bounds);
}

#[test]
fn sweeps_overtake_each_other() {
    let bounds = Bounds {
        second_sweeps: 1,
        late_leases: 1,
        crashes: 1,
        ..Bounds::NOTHING
    };
    holds("two sweeps at once", 1, bounds);
}

#[test]
fn the_fence_is_needed() {
    let bounds = Bounds {
        setbacks: 1,
        late_leases: 1,
        announcements: 1,
        ..Bounds::NOTHING
    };
    let without = Guards {
        fence: false,
        ..Guards::ALL
    };
    is_needed("without the fence", without, bounds);
}

#[test]
fn the_compare_and_swap_is_needed() {
    let bounds = Bounds {
        setbacks: 1,
        late_leases: 1,
        ..Bounds::NOTHING
    };
    let without = Guards {
        compare_and_swap: false,
        ..Guards::ALL
    };
    is_needed("without the compare-and-swap", without, bounds);
}

#[test]
fn the_unique_key_is_needed() {
    let bounds = Bounds {
        retries: 1,
        ..Bounds::NOTHING
    };
    let without = Guards {
        unique_key: false,
        ..Guards::ALL
    };
    is_needed("without the unique key", without, bounds);
}

#[test]
fn the_look_at_the_status_is_needed() {
    let bounds = Bounds {
        losses: 1,
        doublings: 1,
        ..Bounds::NOTHING
    };
    let without = Guards {
        claim_of_queued: false,
        ..Guards::ALL
    };
    is_needed("without the look at the status", without, bounds);
}
