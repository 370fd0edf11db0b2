//! Whose webhook is sent soon, and that no worker waits for it.

use ourvidz_rest::Response;

use super::*;

/// The addresses that the sweep was asked at, before the answer and after it.
fn wishes(world: &World, body: &str) -> (usize, Vec<String>) {
    let call = signed(world, body);
    assert!(pollster::block_on(job_callback(&call)).is_ok());
    let before = world.trips(Backend::Sweep);
    for work in call.take_later() {
        pollster::block_on(work);
    }
    let sent = world.sent().into_iter();
    let wishes = sent.filter(|request| request.backend == Backend::Sweep);
    (before, wishes.map(|request| request.url).collect())
}

fn awaited() -> World {
    let world = world_with(true);
    world.put_object("image_fast", KEY, "image/png", &[1; 10]);
    world.on_request(Backend::Sweep, |_| {
        Ok(Response {
            status: 200,
            headers: Vec::new(),
            body: b"{}".to_vec(),
        })
    });
    world
}

#[test]
fn the_end_of_a_job_is_told_after_the_answer() {
    let (before, wishes) = wishes(&awaited(), &completed());
    assert_eq!(before, 0, "the worker has its answer first");
    assert_eq!(wishes.len(), 1);
    assert!(
        wishes[0].ends_with(&format!("/sweep/webhooks/{JOB}")),
        "{wishes:?}"
    );
}

#[test]
fn what_nobody_waits_for_costs_nothing() {
    let world = world();
    world.put_object("image_fast", KEY, "image/png", &[1; 10]);
    assert_eq!(wishes(&world, &completed()).1.len(), 0);
    let requeued = json!({
        "job_id": JOB, "status": "failed", "retryable": true, "attempt": 1, "leaseId": LEASE, "worker_id": "w",
    });
    assert_eq!(
        wishes(&awaited(), &requeued.to_string()).1.len(),
        0,
        "another attempt is no end"
    );
}

#[test]
fn a_sweep_that_is_away_harms_nobody() {
    for fault in [Fault::BeforeWrite, Fault::AfterWrite, Fault::Status(500)] {
        let world = awaited();
        world.take_down(Backend::Sweep, fault);
        assert_eq!(
            wishes(&world, &completed()).1.len(),
            1,
            "asked once; its next pass finds the rest"
        );
    }
}
