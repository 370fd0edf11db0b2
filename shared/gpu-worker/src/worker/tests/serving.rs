//! The loop around the jobs: hints, claims, starts and stops.

use ourvidz_core::Queue;

use super::fake_edge::unavailable;
use super::fake_hints::FakeLists;
use super::*;
use crate::edge::{EdgeError, ReportStatus};
use crate::hints::{HintListener, WakeReason, own_list};

const OTHER: &str = "0188d1a4-7b3c-4f00-8a11-ba9876543210";

fn hint(job_id: &str) -> String {
    json!({"id": job_id, "type": "sdxl_image_fast", "prompt": "x", "v": 1}).to_string()
}

/// Serves until `enough` says so, or for ten seconds.
fn serve(bench: &Bench, lists: &FakeLists, claim_hinted: bool, enough: impl Fn() -> bool + Sync) {
    let listener = HintListener::start(&Queue::ALL, Some(lists.connect()));
    let waker = listener.waker();
    let server = WorkerLoop {
        runner: bench.runner(),
        queues: &Queue::ALL,
        claim_hinted,
        connect: Some(lists.connect()),
        chat: None,
        end_process: &|| unreachable!("no engine of these tests hangs"),
    };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let until = std::time::Instant::now() + Duration::from_secs(10);
            while !enough() && std::time::Instant::now() < until {
                std::thread::sleep(Duration::from_millis(1));
            }
            bench.shutdown.request(Duration::ZERO);
            let _ = waker.send(WakeReason::Stop);
        });
        server.run(&mut engine(1), &listener);
    });
    assert!(enough(), "it took too long:\n{}", bench.edge.story());
}

fn completed(bench: &Bench) -> usize {
    bench
        .edge
        .reports()
        .iter()
        .filter(|report| report.status == ReportStatus::Completed)
        .count()
}

#[test]
fn a_hint_wakes_and_is_removed_when_the_queue_is_empty() {
    let (bench, lists) = (Bench::new(), FakeLists::default());
    bench.edge.offer(claim(JOB, "sdxl_image_fast", 1, 2));
    lists.push("sdxl_queue", &hint(JOB));
    let asked_again = || bench.edge.asks().len() >= 4;
    serve(&bench, &lists, false, || {
        completed(&bench) == 1
            && asked_again()
            && lists.length("sdxl_queue") == 0
            && lists.length(&own_list("w1")) == 0
    });
}

#[test]
fn a_doubled_hint_does_the_job_once() {
    let (bench, lists) = (Bench::new(), FakeLists::default());
    bench.edge.offer(claim(JOB, "sdxl_image_fast", 1, 2));
    lists.push("sdxl_queue", &hint(JOB));
    lists.push("sdxl_queue", &hint(JOB));
    let lists_are_empty = || lists.length("sdxl_queue") == 0 && lists.length(&own_list("w1")) == 0;
    serve(&bench, &lists, false, || {
        completed(&bench) == 1 && lists_are_empty()
    });
    assert_eq!(completed(&bench), 1);
}

#[test]
fn work_is_found_without_any_hint() {
    let (bench, lists) = (Bench::new(), FakeLists::default());
    bench.edge.offer(claim(JOB, "sdxl_image_fast", 1, 2));
    bench.edge.offer(claim(OTHER, "image_fast", 1, 2));
    serve(&bench, &lists, false, || completed(&bench) == 2);
    let models: Vec<_> = bench
        .edge
        .asks()
        .into_iter()
        .map(|ask| ask.models)
        .collect();
    assert!(
        models[0].is_empty() && models.contains(&vec!["sdxl"]),
        "{models:?}"
    );
}

#[test]
fn a_refused_claim_waits_and_goes_on() {
    let (bench, lists) = (Bench::new(), FakeLists::default());
    bench.edge.refuse_claims([
        unavailable(),
        EdgeError::from_status(401, "unauthorized", None),
        EdgeError::from_status(429, "rate_limited", Some(Duration::from_millis(3))),
        EdgeError::from_status(403, "forbidden", None),
    ]);
    bench.edge.offer(claim(JOB, "sdxl_image_fast", 1, 2));
    serve(&bench, &lists, false, || completed(&bench) == 1);
}

#[test]
fn a_restart_gives_back_what_it_held_and_resends_what_waits() {
    let (bench, lists) = (Bench::new(), FakeLists::default());
    // The life before: a hint in hand, a result in the spool.
    lists.push(&own_list("w1"), &hint(OTHER));
    bench.edge.on_report(|_| Some(Err(unavailable())));
    assert_eq!(
        bench.work(&claim(JOB, "sdxl_image_fast", 1, 2)),
        JobOutcome::Spooled
    );
    bench.edge.recover();

    bench.edge.offer(claim(OTHER, "sdxl_image_fast", 1, 2));
    serve(&bench, &lists, false, || {
        completed(&bench) == 2 && lists.length(&own_list("w1")) == 0
    });
    assert_eq!(bench.spool.waiting(), 0);
}

#[test]
fn beside_legacy_workers_only_the_hinted_job_is_claimed() {
    let (bench, lists) = (Bench::new(), FakeLists::default());
    bench.edge.offer(claim(OTHER, "sdxl_image_fast", 1, 2));
    bench.edge.offer(claim(JOB, "sdxl_image_fast", 1, 2));
    lists.push("sdxl_queue", &hint(JOB));
    serve(&bench, &lists, true, || completed(&bench) == 1);
    assert!(
        bench
            .edge
            .asks()
            .iter()
            .all(|ask| ask.job_id == Some(JOB.parse().unwrap()))
    );
}
