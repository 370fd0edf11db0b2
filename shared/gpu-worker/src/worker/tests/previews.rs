//! Step previews: what a job shows of its pictures while it makes them.

use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, channel};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ourvidz_core::limits::{MAX_STEP_PREVIEW_BYTES, MAX_STEP_PREVIEWS_BYTES};
use ourvidz_core::wire::callback::StepPreview;

use super::jobs::Verdict;
use super::*;
use crate::edge::{JobReport, ReportReply, ReportStatus};
use crate::engine::Engine;
use crate::media::{Picture, decode_reference};
use crate::safety::Judgement;
use crate::worker::job_previews::JobPreviews;

/// Steps that are long enough for a look at most of them.
const STEP_MS: u64 = 10;
const STEPS: u32 = 30;

fn curious(classifier: Option<Arc<dyn Classifier>>) -> Bench {
    let mut bench = Bench::new();
    let metrics = Arc::clone(&bench.metrics);
    bench.step_previews = Some(StepPreviewWriter::start(classifier, metrics));
    bench
}

fn work(bench: &Bench, claim: &Claim) -> JobOutcome {
    bench.runner().work(claim, &mut engine(STEP_MS))
}

/// All previews that were sent: index and JPEG.
fn sent(bench: &Bench) -> Vec<(u8, Vec<u8>)> {
    let reports = bench.edge.reports().into_iter();
    let previews = reports.flat_map(|report| report.step_previews);
    previews
        .map(|preview| (preview.index, STANDARD.decode(preview.image).unwrap()))
        .collect()
}

fn count(bench: &Bench, outcome: &str) -> usize {
    let text = bench.metrics.text();
    let name = format!("ourvidz_worker_step_previews_total{{outcome=\"{outcome}\"}} ");
    let line = text.lines().find_map(|line| line.strip_prefix(&name));
    line.unwrap().parse().unwrap()
}

#[test]
fn heartbeats_show_each_picture_of_a_batch() {
    let bench = curious(None);
    let outcome = work(&bench, &claim(JOB, "sdxl_image_fast", 3, STEPS));
    assert_eq!(outcome, JobOutcome::Completed);
    let previews = sent(&bench);
    for index in 0..3 {
        assert!(previews.iter().any(|each| each.0 == index), "{index}");
    }
    for (_, jpeg) in &previews {
        assert!(jpeg.len() <= MAX_STEP_PREVIEW_BYTES);
        let picture = decode_reference(jpeg).unwrap();
        assert_eq!((picture.width(), picture.height()), (8, 6));
    }
    let reports = bench.edge.reports();
    let is_heartbeat = |report: &JobReport| {
        report.status == ReportStatus::Processing
            && report.upload_requests.is_empty()
            && report.assets.is_none()
    };
    let with = reports
        .iter()
        .filter(|report| !report.step_previews.is_empty());
    assert!(with.clone().all(is_heartbeat));
    let progress: Vec<u8> = reports
        .iter()
        .filter_map(|report| report.progress)
        .collect();
    assert!(progress.is_sorted(), "{progress:?}");
    assert_eq!(count(&bench, "sent"), previews.len());
    assert_eq!(count(&bench, "refused"), 0);
}

#[test]
fn a_clip_shows_one_picture() {
    let bench = curious(None);
    assert_eq!(
        work(&bench, &claim(JOB, "video_fast", 1, STEPS)),
        JobOutcome::Completed
    );
    let previews = sent(&bench);
    assert!(!previews.is_empty() && previews.iter().all(|each| each.0 == 0));
}

#[test]
fn nobody_looks_where_nobody_is_to_see_it() {
    let bench = Bench::new();
    work(&bench, &claim(JOB, "sdxl_image_fast", 3, STEPS));
    assert!(sent(&bench).is_empty());
    assert_eq!(count(&bench, "dropped"), 0);
}

#[test]
fn a_job_is_looked_at_no_more_often_than_said() {
    let bench = curious(None);
    let mut runner = bench.runner();
    runner.intervals.step_preview = Duration::from_secs(3600);
    runner.work(
        &claim(JOB, "sdxl_image_fast", 1, STEPS),
        &mut engine(STEP_MS),
    );
    assert_eq!(sent(&bench).len() + count(&bench, "dropped"), 1);
}

#[test]
fn nothing_is_shown_after_a_stop() {
    let bench = curious(None);
    bench.edge.on_report(|report| {
        Some(Ok(ReportReply {
            cancel_requested: !report.step_previews.is_empty(),
            ..ReportReply::default()
        }))
    });
    let outcome = work(&bench, &claim(JOB, "sdxl_image_fast", 1, 100));
    assert_eq!(outcome, JobOutcome::Cancelled);
    let reports = bench.edge.reports();
    let with = reports
        .iter()
        .filter(|report| !report.step_previews.is_empty());
    assert_eq!(with.count(), 1);
    assert_eq!(bench.edge.last().status, ReportStatus::Released);
}

#[test]
fn what_the_classifier_does_not_allow_never_leaves_and_costs_no_job() {
    for judgement in [
        Judgement::Refused(Vec::new()),
        Judgement::Unknown("no answer".to_owned()),
    ] {
        let bench = curious(Some(Arc::new(Verdict(judgement))));
        let outcome = work(&bench, &claim(JOB, "sdxl_image_fast", 1, STEPS));
        assert_eq!(outcome, JobOutcome::Completed);
        assert!(sent(&bench).is_empty());
        assert!(count(&bench, "refused") > 0);
    }
    let bench = curious(Some(Arc::new(Verdict(Judgement::Allowed))));
    work(&bench, &claim(JOB, "sdxl_image_fast", 1, STEPS));
    assert!(!sent(&bench).is_empty());
}

/// Says nothing until the test lets go of it, or for long.
struct Hanging {
    release: Mutex<Receiver<()>>,
    has_answered: Arc<AtomicBool>,
}

impl Classifier for Hanging {
    fn judge(&self, _: &[u8]) -> Judgement {
        let _ = self
            .release
            .lock()
            .unwrap()
            .recv_timeout(Duration::from_secs(30));
        self.has_answered.store(true, Ordering::Relaxed);
        Judgement::Allowed
    }
}

#[test]
fn a_classifier_that_hangs_holds_up_neither_heartbeat_nor_job() {
    let (let_go, release) = channel();
    let has_answered = Arc::new(AtomicBool::new(false));
    let bench = curious(Some(Arc::new(Hanging {
        release: Mutex::new(release),
        has_answered: Arc::clone(&has_answered),
    })));
    // The second one finds the thread busy with a picture of the first.
    for job_id in [JOB, "0188d1a4-7b3c-4f00-8a11-0123456789ac"] {
        let outcome = work(&bench, &claim(job_id, "sdxl_image_fast", 3, STEPS));
        assert_eq!(outcome, JobOutcome::Completed);
    }
    assert!(!has_answered.load(Ordering::Relaxed), "the jobs waited");
    let reports = bench.edge.reports();
    let heartbeats = reports.iter().filter(|report| {
        report.status == ReportStatus::Processing && report.upload_requests.is_empty()
    });
    assert!(heartbeats.count() > 4);
    assert!(sent(&bench).is_empty());
    drop(let_go);
}

/// Looks at a batch of six without a job around it, as often as anybody wants.
fn looks(bench: &Bench, look: impl FnOnce(&Heartbeat, &mut JobPreviews<'_>)) {
    let heartbeat = Heartbeat::default();
    let writer = bench.step_previews.as_ref().unwrap();
    let order = Order::preset(ourvidz_core::JobType::SdxlImageFast, "x", "", 1, 6);
    let info = engine(0).info(ourvidz_core::Model::Sdxl);
    let intervals = Intervals {
        progress: Duration::ZERO,
        step_preview: Duration::ZERO,
        ..QUICK
    };
    let mut previews = JobPreviews::new(writer, &heartbeat, &intervals, &order, info);
    assert!(previews.are_wanted());
    look(&heartbeat, &mut previews);
}

/// Waits until the thread has done what it was given.
fn wait_for(previews: &mut JobPreviews<'_>) {
    while !previews.are_wanted() {
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_thread_that_is_busy_drops_what_it_cannot_hold() {
    let (let_go, release) = channel();
    let bench = curious(Some(Arc::new(Hanging {
        release: Mutex::new(release),
        has_answered: Arc::default(),
    })));
    looks(&bench, |_, previews| {
        for index in 0..100 {
            previews.show(index, Picture::new(16, 16));
        }
        assert!(!previews.are_wanted(), "it is busy");
    });
    // Six wait, and one is in its hands, or will be.
    let dropped = count(&bench, "dropped");
    assert!((93..=94).contains(&dropped), "{dropped}");
    drop(let_go);
}

#[test]
fn a_whole_batch_of_noise_fits_into_one_heartbeat() {
    let bench = curious(None);
    looks(&bench, |heartbeat, previews| {
        for index in 0..6 {
            let mut noise = vec![0; 128 * 128 * 3];
            getrandom::fill(&mut noise).unwrap();
            previews.show(index, Picture::from_rgb(128, 128, noise).unwrap());
        }
        wait_for(previews);
        let taken = heartbeat.previews().take();
        assert_eq!(taken.len(), 6);
        let bytes = |preview: &StepPreview| STANDARD.decode(&preview.image).unwrap().len();
        let all: usize = taken.iter().map(bytes).sum();
        assert!(all <= MAX_STEP_PREVIEWS_BYTES, "{all}");
        assert!(heartbeat.previews().take().is_empty(), "each is sent once");
    });
}

#[test]
fn the_newest_is_sent_and_nothing_once_the_pictures_come() {
    let bench = curious(None);
    looks(&bench, |heartbeat, previews| {
        for side in [16, 24] {
            previews.show(0, Picture::new(side, side));
            wait_for(previews);
        }
        assert_eq!(count(&bench, "dropped"), 1);
        let [newest] = &heartbeat.previews().take()[..] else {
            panic!("one is there");
        };
        let newest = decode_reference(&STANDARD.decode(&newest.image).unwrap()).unwrap();
        assert_eq!(newest.width(), 24);

        previews.show(1, Picture::new(16, 16));
        wait_for(previews);
        previews.end();
        previews.show(2, Picture::new(16, 16));
        wait_for(previews);
        assert!(heartbeat.previews().take().is_empty());
        assert_eq!(count(&bench, "dropped"), 3);
    });
}

#[test]
fn nobody_looks_at_a_job_that_is_stopped() {
    let bench = curious(None);
    looks(&bench, |heartbeat, previews| {
        heartbeat.stop(StopReason::Cancelled);
        assert!(!previews.are_wanted());
    });
}
