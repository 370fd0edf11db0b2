//! Jobs that go well, or end as somebody wished.

use ourvidz_policy::ExtraTerms;

use super::*;
use crate::edge::{ReportReply, ReportStatus};
use crate::media::decode_png;
use crate::safety::Judgement;

#[test]
fn a_batch_arrives_picture_by_picture() {
    let bench = Bench::new();
    assert_eq!(
        bench.work(&claim(JOB, "sdxl_image_fast", 3, 4)),
        JobOutcome::Completed
    );
    let expected = "\
processing image0? thumbnail0?
processing assets=1-0.png,-,- thumbnails=1-0.thumb,-,-
processing image1? thumbnail1?
processing assets=1-0.png,1-1.png,- thumbnails=1-0.thumb,1-1.thumb,-
processing image2? thumbnail2?
completed assets=1-0.png,1-1.png,1-2.png thumbnails=1-0.thumb,1-1.thumb,1-2.thumb
";
    assert_eq!(bench.edge.story(), expected);
    let last = bench.edge.last();
    assert_eq!(last.metadata["seed"], 40);
    assert_eq!(last.metadata["num_images"], 3);
    assert_eq!(last.metadata["preview"], true);
    assert!(last.metadata["generation_time"].as_f64().unwrap() > 0.0);
    let pictures: Vec<_> = (0..3)
        .map(|index| bench.edge.file(&format!("1-{index}.png")).unwrap())
        .collect();
    for png in &pictures {
        let picture = decode_png(png).unwrap();
        assert_eq!((picture.width(), picture.height()), (64, 48));
    }
    assert_ne!(pictures[0], pictures[1], "picture 1 has the next seed");
    for report in bench.edge.reports() {
        if report.assets.iter().flatten().count() > 0 {
            let size = (&report.metadata["width"], &report.metadata["height"]);
            assert_eq!(size, (&64.into(), &48.into()), "already the first says it");
        }
        assert_eq!(
            (
                report.attempt,
                report.lease_id.to_string().as_str(),
                report.worker_id.as_str()
            ),
            (1, LEASE, "w1")
        );
    }
}

#[test]
fn a_clip_arrives_with_its_poster() {
    let bench = Bench::new();
    assert_eq!(
        bench.work(&claim(JOB, "video_fast", 1, 2)),
        JobOutcome::Completed
    );
    let expected = "processing video0? poster0?\ncompleted assets=1-0.mp4 poster=1-0.poster\n";
    assert_eq!(bench.edge.story(), expected);
    assert_eq!(&bench.edge.file("1-0.mp4").unwrap()[4..8], b"ftyp");
    assert_eq!(bench.edge.file("1-0.poster").unwrap()[..2], [0xff, 0xd8]);
    assert_eq!(bench.edge.last().metadata["frames"], 9);
}

#[test]
fn progress_is_told_and_never_goes_back() {
    let bench = Bench::new();
    bench.work(&claim(JOB, "sdxl_image_fast", 1, 100));
    let reported: Vec<u8> = bench
        .edge
        .reports()
        .iter()
        .filter_map(|report| report.progress)
        .collect();
    assert!(reported.len() >= 4, "{reported:?}");
    assert!(reported.is_sorted(), "{reported:?}");
}

#[test]
fn a_cancel_ends_the_job_at_the_next_step() {
    let bench = Bench::new();
    bench.edge.on_report(|report| {
        let cancel = report.status == ReportStatus::Processing;
        Some(Ok(ReportReply {
            cancel_requested: cancel,
            ..ReportReply::default()
        }))
    });
    // Left alone it would take twenty seconds.
    let started = std::time::Instant::now();
    let outcome = bench
        .runner()
        .work(&claim(JOB, "sdxl_image_fast", 1, 100), &mut engine(200));
    assert_eq!(outcome, JobOutcome::Cancelled);
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(bench.edge.last().status, ReportStatus::Released);
    assert!(
        bench.edge.last().progress.is_some(),
        "the charge goes by progress"
    );
    assert_eq!(bench.edge.file("1-0.png"), None);
}

#[test]
fn the_first_signal_lets_a_short_job_finish() {
    let bench = Bench::new();
    bench.shutdown.request(Duration::from_secs(60));
    assert_eq!(
        bench.work(&claim(JOB, "sdxl_image_fast", 1, 4)),
        JobOutcome::Completed
    );
}

#[test]
fn a_long_job_is_given_back_when_the_grace_is_over() {
    let bench = Bench::new();
    bench.shutdown.request(Duration::from_millis(50));
    let outcome = bench
        .runner()
        .work(&claim(JOB, "sdxl_image_fast", 1, 100), &mut engine(100));
    assert_eq!(outcome, JobOutcome::Released);
    assert_eq!(bench.edge.last().status, ReportStatus::Released);
}

#[test]
fn a_forbidden_prompt_is_not_worked_on() {
    let mut bench = Bench::new();
    // A term of the operator's stands in for those that are built in.
    bench.terms = ExtraTerms::parse("[minor and sexual]\nforbiddenterm\n").unwrap();
    let mut forbidden = claim(JOB, "sdxl_image_fast", 1, 4);
    forbidden.payload["prompt"] = "a ForbiddenTerm in snow".into();
    assert_eq!(bench.work(&forbidden), JobOutcome::Failed);
    assert_eq!(
        bench.edge.story(),
        "failed \"content_policy\" retryable=false\n"
    );
    assert!(
        !format!("{:?}", bench.edge.reports())
            .to_lowercase()
            .contains("forbiddenterm")
    );
}

pub struct Verdict(pub Judgement);

impl Classifier for Verdict {
    fn judge(&self, png: &[u8]) -> Judgement {
        assert!(decode_png(png).is_ok());
        self.0.clone()
    }
}

#[test]
fn a_picture_that_must_not_be_shown_is_not_uploaded() {
    for (job_type, judgement, expected) in [
        (
            "sdxl_image_fast",
            Judgement::Refused(Vec::new()),
            "failed \"content_policy\" retryable=false\n",
        ),
        (
            "video_fast",
            Judgement::Refused(Vec::new()),
            "failed \"content_policy\" retryable=false\n",
        ),
        (
            "image_fast",
            Judgement::Unknown("x".into()),
            "failed \"classifier_unavailable\" retryable=true\n",
        ),
    ] {
        let mut bench = Bench::new();
        bench.classifier = Some(Arc::new(Verdict(judgement)));
        assert_eq!(bench.work(&claim(JOB, job_type, 1, 4)), JobOutcome::Failed);
        assert_eq!(bench.edge.story(), expected);
    }
}

#[test]
fn operators_read_what_the_classifier_saw() {
    let mut bench = Bench::new();
    let labels = vec!["gore".to_owned(), "weapons:0.93".to_owned()];
    bench.classifier = Some(Arc::new(Verdict(Judgement::Refused(labels))));
    bench.work(&claim(JOB, "image_fast", 1, 4));
    assert_eq!(
        bench.edge.last().error_message.as_deref(),
        Some("the result was refused by the output classifier: gore, weapons:0.93")
    );
}

#[test]
fn an_allowed_picture_passes_the_classifier() {
    let mut bench = Bench::new();
    bench.classifier = Some(Arc::new(Verdict(Judgement::Allowed)));
    assert_eq!(
        bench.work(&claim(JOB, "image_fast", 1, 4)),
        JobOutcome::Completed
    );
}

#[test]
fn a_payload_that_nobody_can_read_fails_for_good() {
    let bench = Bench::new();
    let mut broken = claim(JOB, "sdxl_image_fast", 1, 4);
    broken.payload["config"]["size"] = "large".into();
    assert_eq!(bench.work(&broken), JobOutcome::Failed);
    assert_eq!(
        bench.edge.story(),
        "failed \"bad_payload\" retryable=false\n"
    );
}
