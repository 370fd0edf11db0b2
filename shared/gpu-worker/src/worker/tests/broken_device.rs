//! A device that fails or hangs: the job goes back, nothing more is claimed, the process ends.

use std::sync::atomic::AtomicBool;

use ourvidz_core::{Model, Queue};

use super::fake_hints::FakeLists;
use super::*;
use crate::edge::ReportStatus;
use crate::engine::{Engine, EngineError, ImageRequest, Observer, ReferencePicture, VideoRequest};
use crate::hints::HintListener;

const OTHERS: [&str; 4] = [
    JOB,
    "0188d1a4-7b3c-4f00-8a11-000000000001",
    "0188d1a4-7b3c-4f00-8a11-000000000002",
    "0188d1a4-7b3c-4f00-8a11-000000000003",
];

/// Does this instead of every picture.
struct Faulty<'a>(&'a (dyn Fn() -> EngineError + Sync));

impl Engine for Faulty<'_> {
    fn name(&self) -> &'static str {
        "faulty"
    }
    fn load(&mut self, _: Model) -> Result<(), EngineError> {
        Ok(())
    }
    fn unload(&mut self, _: Model) {}
    fn loaded(&self) -> Vec<Model> {
        Vec::new()
    }
    fn text_to_image(&mut self, _: &ImageRequest, _: &mut dyn Observer) -> Result<(), EngineError> {
        Err((self.0)())
    }
    fn image_to_image(
        &mut self,
        _: &ImageRequest,
        _: &[ReferencePicture],
        _: &mut dyn Observer,
    ) -> Result<(), EngineError> {
        Err((self.0)())
    }
    fn text_to_video(&mut self, _: &VideoRequest, _: &mut dyn Observer) -> Result<(), EngineError> {
        Err((self.0)())
    }
}

/// Serves four jobs with a device of this fault until the loop ends by itself.
fn serve(bench: &Bench, fault: &(dyn Fn() -> EngineError + Sync), end_process: &(dyn Fn() + Sync)) {
    for job_id in OTHERS {
        bench.edge.offer(claim(job_id, "image_fast", 1, 2));
    }
    let lists = FakeLists::default();
    let listener = HintListener::start(&Queue::ALL, Some(lists.connect()));
    let server = WorkerLoop {
        runner: bench.runner(),
        queues: &Queue::ALL,
        claim_hinted: false,
        connect: Some(lists.connect()),
        chat: None,
        end_process,
    };
    server.run(&mut Faulty(fault), &listener);
}

/// How the reports that settled a job ended it, with what operators read.
fn endings(bench: &Bench) -> Vec<(ReportStatus, Option<String>)> {
    let reports = bench.edge.reports().into_iter();
    reports
        .filter(|report| report.status != ReportStatus::Processing)
        .map(|report| (report.status, report.error_message))
        .collect()
}

fn device(is_sticky: bool) -> EngineError {
    EngineError::Device {
        why: "CUDA_ERROR_ILLEGAL_ADDRESS".to_owned(),
        is_sticky,
    }
}

#[test]
fn a_sticky_failure_gives_the_job_back_and_claims_no_other() {
    let bench = Bench::new();
    serve(&bench, &|| device(true), &|| unreachable!("nothing hangs"));
    let why = Some("CUDA_ERROR_ILLEGAL_ADDRESS".to_owned());
    assert_eq!(endings(&bench), [(ReportStatus::Released, why)]);
    assert!(bench.supervision.broken().is_some());
}

#[test]
fn the_third_passing_failure_in_a_row_is_one_too_many() {
    let bench = Bench::new();
    serve(&bench, &|| device(false), &|| unreachable!("nothing hangs"));
    let statuses: Vec<ReportStatus> = endings(&bench).into_iter().map(|each| each.0).collect();
    let [failed, released] = [ReportStatus::Failed, ReportStatus::Released];
    assert_eq!(statuses, [failed, failed, released]);
}

#[test]
fn an_order_that_is_too_large_breaks_no_device() {
    let bench = Bench::new();
    let memory = || EngineError::OutOfMemory("by 5 MiB".to_owned());
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while endings(&bench).len() < OTHERS.len() {
                std::thread::sleep(Duration::from_millis(1));
            }
            bench.shutdown.request(Duration::ZERO);
        });
        serve(&bench, &memory, &|| unreachable!("nothing hangs"));
    });
    assert_eq!(bench.supervision.broken(), None);
}

#[test]
fn a_kernel_that_hangs_is_ended_and_its_job_given_back() {
    let mut bench = Bench::new();
    // Fifty heartbeats long, so that a busy machine sends one of them.
    bench.supervision = Supervision::new(50 * QUICK.heartbeat);
    let has_ended = AtomicBool::new(false);
    // Nothing reaches the call but the end of the process, which this test survives.
    let hang = || {
        while !has_ended.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(1));
        }
        device(true)
    };
    serve(&bench, &hang, &|| has_ended.store(true, Ordering::Relaxed));
    let first = endings(&bench).swap_remove(0);
    assert_eq!(first.0, ReportStatus::Released);
    let why = first.1.unwrap();
    assert!(
        why.starts_with("the engine hangs in making pictures"),
        "{why}"
    );
    let heartbeats = bench.edge.reports().len() - endings(&bench).len();
    assert!(heartbeats > 0, "the lease was kept while it hung");
}
