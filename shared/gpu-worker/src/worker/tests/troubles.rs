//! Jobs in an unkind world.

use super::fake_edge::unavailable;
use super::*;
use crate::edge::{EdgeError, ReportReply, ReportStatus, Role};
use crate::engine::{Engine, EngineError, ImageRequest, Observer, ReferencePicture, VideoRequest};
use ourvidz_core::Model;

#[test]
fn a_stale_attempt_stops_and_says_nothing_more() {
    let bench = Bench::new();
    bench.edge.on_report(|_| {
        Some(Ok(ReportReply {
            ignored: true,
            ..ReportReply::default()
        }))
    });
    let outcome = bench
        .runner()
        .work(&claim(JOB, "sdxl_image_fast", 3, 100), &mut engine(50));
    assert_eq!(outcome, JobOutcome::Stale);
    assert_eq!(bench.edge.reports().len(), 1, "{}", bench.edge.story());
}

#[test]
fn a_stale_upload_stops_too() {
    let bench = Bench::new();
    bench.edge.on_report(|report| {
        let late = !report.upload_requests.is_empty();
        late.then(|| {
            Ok(ReportReply {
                ignored: true,
                ..ReportReply::default()
            })
        })
    });
    assert_eq!(
        bench.work(&claim(JOB, "sdxl_image_fast", 3, 4)),
        JobOutcome::Stale
    );
    assert_eq!(bench.spool.waiting(), 0);
}

#[test]
fn a_lease_that_the_edge_does_not_know_is_dropped() {
    let bench = Bench::new();
    bench
        .edge
        .on_report(|_| Some(Err(EdgeError::from_status(404, "not_found", None))));
    let outcome = bench
        .runner()
        .work(&claim(JOB, "sdxl_image_fast", 1, 100), &mut engine(50));
    assert_eq!(outcome, JobOutcome::Dropped);
    assert!(
        bench
            .edge
            .reports()
            .iter()
            .all(|report| report.status == ReportStatus::Processing)
    );
}

#[test]
fn a_result_outlives_an_edge_that_is_down() {
    let bench = Bench::new();
    bench.edge.on_report(|_| Some(Err(unavailable())));
    assert_eq!(
        bench.work(&claim(JOB, "sdxl_image_fast", 3, 4)),
        JobOutcome::Spooled
    );
    assert_eq!(bench.spool.waiting(), 1);
    assert_eq!(
        bench.spool.resend(&bench.edge),
        ResendCounts {
            done: 0,
            waiting: 1
        }
    );

    bench.edge.recover();
    // As after a restart: nothing but the folder is left.
    let spool = Spool::open(&bench.folder).unwrap();
    assert_eq!(
        spool.resend(&bench.edge),
        ResendCounts {
            done: 1,
            waiting: 0
        }
    );
    assert_eq!(spool.waiting(), 0);
    let last = bench.edge.last();
    assert_eq!(last.status, ReportStatus::Completed);
    assert_eq!(last.assets.unwrap().iter().flatten().count(), 3);
    assert_eq!(last.lease_id.to_string(), LEASE);
    assert!(bench.edge.file("1-2.thumb").is_some());
}

#[test]
fn a_short_outage_needs_no_spool() {
    let bench = Bench::new();
    let mut failures = 3;
    bench.edge.on_report(move |report| {
        if report.status != ReportStatus::Completed || failures == 0 {
            return None;
        }
        failures -= 1;
        Some(Err(unavailable()))
    });
    assert_eq!(
        bench.work(&claim(JOB, "sdxl_image_fast", 1, 4)),
        JobOutcome::Completed
    );
    assert_eq!(bench.spool.waiting(), 0);
}

#[test]
fn a_lost_answer_is_replayed() {
    let bench = Bench::new();
    // The edge settles, and its answer gets lost: the worker asks again and hears the same.
    let mut lost = false;
    bench.edge.on_report(move |report| {
        let lose = report.status == ReportStatus::Completed
            && !std::mem::replace(&mut lost, report.status == ReportStatus::Completed);
        lose.then(|| Err(EdgeError::no_answer("reset")))
    });
    assert_eq!(
        bench.work(&claim(JOB, "sdxl_image_fast", 1, 4)),
        JobOutcome::Completed
    );
    let completed = bench
        .edge
        .reports()
        .into_iter()
        .filter(|report| report.status == ReportStatus::Completed)
        .count();
    assert_eq!(completed, 2);
}

#[test]
fn what_waits_in_the_spool_may_have_become_stale_or_unwanted() {
    let stale = || {
        Some(Ok(ReportReply {
            ignored: true,
            ..ReportReply::default()
        }))
    };
    let unwanted = || Some(Err(EdgeError::from_status(422, "assets_mismatch", None)));
    for answer in [
        stale as fn() -> Option<Result<ReportReply, EdgeError>>,
        unwanted,
    ] {
        let bench = Bench::new();
        bench.edge.on_report(|_| Some(Err(unavailable())));
        assert_eq!(
            bench.work(&claim(JOB, "sdxl_image_fast", 1, 4)),
            JobOutcome::Spooled
        );
        bench.edge.on_report(move |_| answer());
        assert_eq!(
            bench.spool.resend(&bench.edge),
            ResendCounts {
                done: 1,
                waiting: 0
            }
        );
    }
}

#[test]
fn a_spool_entry_that_is_no_delivery_is_left_alone() {
    let bench = Bench::new();
    let place = bench.folder.join("half");
    std::fs::create_dir_all(&place).unwrap();
    std::fs::write(place.join("delivery.json"), "{").unwrap();
    assert_eq!(
        bench.spool.resend(&bench.edge),
        ResendCounts {
            done: 0,
            waiting: 1
        }
    );
    assert!(bench.edge.reports().is_empty());
}

#[test]
fn a_full_spool_lets_the_oldest_go() {
    let bench = Bench::new();
    let one = |number: u8, bytes: usize| {
        let id = format!("0188d1a4-7b3c-4f00-8a11-0000000000{number:02}");
        let attempt = Attempt::new(&claim(&id, "image_fast", 1, 1), "w1");
        let mut delivery = Delivery::new(attempt, 1);
        delivery.add(0, Role::Image, "image/png", vec![7; bytes]);
        delivery.final_status = Some(FinalStatus::Completed);
        delivery
    };
    let mut spool = Spool::open(&bench.folder).unwrap();
    spool.most_bytes = 10_000;
    for number in 1..=3 {
        spool.keep(&one(number, 4_000)).unwrap();
        // The file system's clock has to move on.
        std::thread::sleep(Duration::from_millis(20));
    }
    spool.resend(&bench.edge);
    let settled = bench.edge.reports().into_iter();
    let settled = settled.filter(|report| report.status == ReportStatus::Completed);
    let numbers: Vec<String> = settled.map(|report| report.job_id.to_string()).collect();
    assert_eq!(numbers.len(), 2, "{numbers:?}");
    assert!(
        numbers[0].ends_with("02") && numbers[1].ends_with("03"),
        "{numbers:?}"
    );
}

#[test]
fn what_a_crash_left_half_written_goes_at_the_next_start() {
    let bench = Bench::new();
    let draft = bench.folder.join(".half");
    std::fs::create_dir_all(&draft).unwrap();
    std::fs::write(draft.join("0.bin"), "half a picture").unwrap();
    assert_eq!(bench.spool.waiting(), 0);
    bench.spool.remove_drafts();
    assert!(!draft.exists());
}

#[test]
fn an_address_that_does_not_work_is_asked_for_anew() {
    let bench = Bench::new();
    let mut first = true;
    bench.edge.on_upload(move |_| {
        if std::mem::replace(&mut first, false) {
            Err(EdgeError::from_status(403, "expired", None))
        } else {
            Ok(())
        }
    });
    assert_eq!(
        bench.work(&claim(JOB, "image_fast", 1, 4)),
        JobOutcome::Completed
    );
    assert_eq!(
        bench.edge.story(),
        "processing image0? thumbnail0?\nprocessing image0? thumbnail0?\ncompleted assets=1-0.png thumbnails=1-0.thumb\n"
    );
}

#[test]
fn an_upload_that_is_refused_for_good_fails_the_job() {
    let bench = Bench::new();
    bench.edge.on_report(|report| {
        let asks = !report.upload_requests.is_empty();
        asks.then(|| Err(EdgeError::from_status(413, "too_large", None)))
    });
    assert_eq!(
        bench.work(&claim(JOB, "image_fast", 1, 4)),
        JobOutcome::Failed
    );
    assert_eq!(bench.edge.last().metadata["error_code"], "upload_refused");
    assert_eq!(bench.edge.last().retryable, Some(false));
}

#[test]
fn another_file_in_its_place_asks_for_another_attempt_at_once() {
    let bench = Bench::new();
    bench
        .edge
        .on_upload(|_| Err(EdgeError::from_status(412, "storage", None)));
    assert_eq!(
        bench.work(&claim(JOB, "image_fast", 1, 4)),
        JobOutcome::Failed
    );
    assert_eq!(
        bench.edge.story(),
        "processing image0? thumbnail0?\nfailed \"upload_conflict\" retryable=true\n"
    );
}

#[test]
fn storage_that_is_down_for_a_moment_costs_no_picture() {
    let bench = Bench::new();
    let mut failures = 3;
    bench.edge.on_upload(move |target| {
        if target.role == Role::Image && failures > 0 {
            failures -= 1;
            return Err(unavailable());
        }
        Ok(())
    });
    assert_eq!(
        bench.work(&claim(JOB, "sdxl_image_fast", 3, 4)),
        JobOutcome::Completed
    );
    assert_eq!(
        bench.edge.last().assets.unwrap().iter().flatten().count(),
        3
    );
}

#[test]
fn a_stop_during_an_outage_keeps_the_result() {
    let bench = Bench::new();
    bench.edge.on_report(|_| Some(Err(unavailable())));
    bench.shutdown.request(Duration::from_secs(60));
    assert_eq!(
        bench.work(&claim(JOB, "image_fast", 1, 4)),
        JobOutcome::Spooled
    );
}

/// An engine that does everything wrong.
struct Broken(fn() -> Result<(), EngineError>);

impl Engine for Broken {
    fn name(&self) -> &'static str {
        "broken"
    }
    fn load(&mut self, _: Model) -> Result<(), EngineError> {
        Ok(())
    }
    fn unload(&mut self, _: Model) {}
    fn loaded(&self) -> Vec<Model> {
        Vec::new()
    }
    fn text_to_image(
        &mut self,
        _: &ImageRequest,
        observer: &mut dyn Observer,
    ) -> Result<(), EngineError> {
        let result = (self.0)();
        if result.is_ok() {
            observer.picture(0, crate::media::Picture::new(64, 48))?;
        }
        result
    }
    fn image_to_image(
        &mut self,
        _: &ImageRequest,
        _: &[ReferencePicture],
        _: &mut dyn Observer,
    ) -> Result<(), EngineError> {
        Err(EngineError::Unsupported("references"))
    }
    fn text_to_video(&mut self, _: &VideoRequest, _: &mut dyn Observer) -> Result<(), EngineError> {
        Err(EngineError::Unsupported("video"))
    }
}

#[test]
fn a_broken_engine_costs_its_job_and_nothing_else() {
    for (fault, expected) in [
        (
            (|| panic!("no memory")) as fn() -> Result<(), EngineError>,
            "failed \"generation_failed\" retryable=true\n",
        ),
        (
            || Err(EngineError::Failed("lost device".into())),
            "failed \"generation_failed\" retryable=true\n",
        ),
        (
            || Err(EngineError::Unsupported("this")),
            "failed \"unsupported\" retryable=false\n",
        ),
        (|| Ok(()), "failed \"blank_result\" retryable=true\n"),
    ] {
        let bench = Bench::new();
        let outcome = bench
            .runner()
            .work(&claim(JOB, "image_fast", 1, 4), &mut Broken(fault));
        assert_eq!(
            (outcome, bench.edge.story().as_str()),
            (JobOutcome::Failed, expected)
        );
    }
}
