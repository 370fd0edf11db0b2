//! `run` with several devices: real processes, killed and asked to end as operators and systems do.
//!
//! Processors stand for GPUs, and the preview engine for the models: who starts whom, when, and who is left is the same.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the helpers of a test fail by panicking like the test itself"
)]

mod fake_edge;
mod workers;

use std::net::TcpListener;

use fake_edge::FakeEdge;
use workers::{FIRST, SECOND, Workers, command, is_there, send};

#[test]
fn a_killed_worker_comes_back_while_the_other_goes_on() {
    let edge = FakeEdge::start();
    let workers = Workers::start("killed", &edge, &[]);
    edge.wait_for_claims(FIRST, 1);
    edge.wait_for_claims(SECOND, 1);
    let (first, second) = (workers.process(FIRST, 0), workers.process(SECOND, 0));
    let before = edge.claims(FIRST);
    send("KILL", &[first]);
    let again = workers.process(FIRST, 1);
    assert_ne!(first, again);
    edge.wait_for_claims(FIRST, before + 1);
    assert!(is_there(second));
    assert_eq!(workers.count("device_worker_started", SECOND), 1);

    send("TERM", &[workers.parent()]);
    assert_eq!(workers.end(), Some(0));
    for device_line in workers.events("worker_stopped") {
        assert_eq!(device_line["device"], "cpu");
    }
    assert_eq!(workers.events("worker_stopped").len(), 2);
    assert!(!is_there(again) && !is_there(second));
}

#[test]
fn a_worker_whose_device_hangs_ends_and_is_started_after_a_pause() {
    let edge = FakeEdge::start();
    edge.offer_job(FIRST);
    let hanging = [("PREVIEW_STEP_MS", "600000"), ("WORKER_STALL_SECONDS", "1")];
    let workers = Workers::start("hanging", &edge, &hanging);
    let ended = workers.wait_for("device_worker_ended", FIRST, 0);
    assert_eq!(ended["cause"], "exit status: 75");
    let pause = workers.wait_for("device_worker_waits", FIRST, 0);
    assert_eq!(pause["pause_seconds"], 5);
    let claims = edge.claims(FIRST);
    workers.process(FIRST, 1);
    edge.wait_for_claims(FIRST, claims + 1);
    assert_eq!(workers.count("device_worker_started", SECOND), 1);
    assert_eq!(edge.reports_with("released"), 1);
}

#[test]
fn a_waiting_worker_does_not_hold_up_the_end() {
    let edge = FakeEdge::start();
    let workers = Workers::start("waiting", &edge, &[]);
    send("KILL", &[workers.process(FIRST, 0)]);
    workers.wait_for("device_worker_waits", FIRST, 0);
    send("TERM", &[workers.parent()]);
    assert_eq!(workers.end(), Some(0));
    assert_eq!(workers.count("device_worker_started", FIRST), 1);
}

#[test]
fn a_signal_to_the_whole_group_gives_the_job_back() {
    let edge = FakeEdge::start();
    edge.offer_job(FIRST);
    let slow = [("PREVIEW_STEP_MS", "300"), ("WORKER_GRACE_SECONDS", "1")];
    let workers = Workers::start("group", &edge, &slow);
    workers.wait_for("job_claimed", "", 0);
    edge.wait_for_claims(SECOND, 1);
    let children = [workers.process(FIRST, 0), workers.process(SECOND, 0)];
    send("TERM", &[workers.parent(), children[0], children[1]]);
    assert_eq!(workers.end(), Some(0));
    assert!(workers.events("worker_aborted").is_empty());
    assert_eq!(edge.reports_with("released"), 1);
}

#[test]
fn a_second_signal_ends_all_at_once() {
    let edge = FakeEdge::start();
    edge.offer_job(FIRST);
    let slow = [
        ("PREVIEW_STEP_MS", "600000"),
        ("WORKER_GRACE_SECONDS", "600"),
    ];
    let workers = Workers::start("twice", &edge, &slow);
    workers.wait_for("job_claimed", "", 0);
    let busy = workers.process(FIRST, 0);
    send("TERM", &[workers.parent()]);
    workers.wait_for("device_worker_ended", SECOND, 0);
    assert!(is_there(busy));
    send("TERM", &[workers.parent()]);
    assert_eq!(workers.end(), Some(130));
    workers.wait_until_gone(busy);
}

#[test]
fn nobody_outlives_a_killed_parent() {
    let edge = FakeEdge::start();
    edge.offer_job(FIRST);
    let busy = [("PREVIEW_STEP_MS", "600000")];
    let workers = Workers::start("orphans", &edge, &busy);
    workers.wait_for("job_claimed", "", 0);
    let children = [workers.process(FIRST, 0), workers.process(SECOND, 0)];
    send("KILL", &[workers.parent()]);
    for child in children {
        workers.wait_until_gone(child);
    }
}

#[test]
fn a_worker_that_cannot_work_ends_all_with_its_status() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let address = format!("127.0.0.1:{}", port - 1);
    let edge = FakeEdge::start();
    let workers = Workers::start("refused", &edge, &[("WORKER_METRICS", &address)]);
    assert_eq!(workers.end(), Some(1));
    assert!(workers.told(&format!("WORKER_METRICS 127.0.0.1:{port}")));
    assert_eq!(workers.count("device_worker_started", SECOND), 1);
    assert!(!is_there(workers.process(FIRST, 0)));
}

#[test]
fn the_doctor_looks_at_each() {
    let edge = FakeEdge::start();
    let spool = std::env::temp_dir().join(format!("ourvidz-{}-doctor", std::process::id()));
    let output = command("doctor", &edge, &spool).output().unwrap();
    std::fs::remove_dir_all(&spool).unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    for worker in [FIRST, SECOND] {
        assert!(told.contains(&format!("worker `{worker}`")), "{told}");
        let folder = spool.join(worker).display().to_string();
        assert!(told.contains(&format!("{folder} is writable")), "{told}");
    }
}

#[test]
fn what_is_wrong_in_the_settings_is_said_before_anything_starts() {
    let edge = FakeEdge::start();
    let workers = Workers::start("wrong", &edge, &[("WORKER_ID", "alone")]);
    assert_eq!(workers.end(), Some(2));
    assert!(workers.told("WORKER_ID: lists 1 for 2 devices (cpu, cpu)"));
    assert!(workers.events("device_worker_started").is_empty());
}
