//! The protocol against an edge and a list of hints that live in memory, at a hundredfold pace.

mod blank;
mod broken_device;
mod fake_edge;
mod fake_hints;
mod jobs;
mod previews;
mod references;
mod rewriting;
mod serving;
mod troubles;
mod unsigned;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use ourvidz_policy::ExtraTerms;
use serde_json::json;

use super::*;
use crate::config::CredentialsChoice;
use crate::credentials::ContentCredentials;
use crate::edge::Claim;
use crate::engine::preview::PreviewEngine;
use crate::metrics::Metrics;
use crate::safety::Classifier;
use crate::supervision::Supervision;
use fake_edge::FakeEdge;

/// Milliseconds where production has seconds.
const QUICK: Intervals = Intervals {
    heartbeat: Duration::from_millis(20),
    heartbeat_retry: Duration::from_millis(5),
    progress: Duration::from_millis(2),
    step_preview: Duration::from_millis(4),
    retry_first: Duration::from_millis(2),
    retry_longest: Duration::from_millis(10),
    patience: Duration::from_millis(60),
    timer: Duration::from_millis(30),
    watch: Duration::from_millis(1),
};

const JOB: &str = "0188d1a4-7b3c-4f00-8a11-0123456789ab";
const LEASE: &str = "22222222-2222-4222-8222-222222222222";
const USER: &str = "11111111-1111-4111-8111-111111111111";

/// One worker's belongings, with a spool in a folder of its own that goes away with it.
struct Bench {
    edge: FakeEdge,
    shutdown: Shutdown,
    metrics: Arc<Metrics>,
    terms: ExtraTerms,
    folder: std::path::PathBuf,
    spool: Spool,
    classifier: Option<Arc<dyn Classifier>>,
    step_previews: Option<StepPreviewWriter>,
    credentials: Option<ContentCredentials>,
    supervision: Supervision,
}

impl Bench {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!(
            "ourvidz-worker-test-{}-{number}",
            std::process::id()
        ));
        Self {
            edge: FakeEdge::default(),
            shutdown: Shutdown::default(),
            metrics: Arc::default(),
            terms: ExtraTerms::none(),
            spool: Spool::open(&folder).unwrap(),
            folder,
            classifier: None,
            step_previews: None,
            credentials: ContentCredentials::open(
                &CredentialsChoice::Development,
                crate::log::now_ms,
            )
            .unwrap(),
            // No test takes this long.
            supervision: Supervision::new(Duration::from_secs(60)),
        }
    }

    fn runner(&self) -> JobRunner<'_> {
        JobRunner {
            edge: &self.edge,
            worker_id: "w1",
            policy_terms: &self.terms,
            classifier: self.classifier.as_deref(),
            step_previews: self.step_previews.as_ref(),
            credentials: self.credentials.as_ref(),
            spool: &self.spool,
            shutdown: &self.shutdown,
            metrics: &self.metrics,
            intervals: QUICK,
            bounds: crate::config::SizeLimits::default(),
            supervision: &self.supervision,
            current: std::sync::Mutex::default(),
        }
    }

    /// Works on a job with an engine whose steps take two milliseconds.
    fn work(&self, claim: &Claim) -> JobOutcome {
        self.runner().work(claim, &mut engine(2))
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn engine(step_ms: u64) -> PreviewEngine {
    PreviewEngine::new(Duration::from_millis(step_ms))
}

/// A claim of small pictures, so that the tests test the protocol and not the painting.
fn claim(job_id: &str, job_type: &str, images: u8, steps: u32) -> Claim {
    let video = job_type.starts_with("video");
    Claim {
        success: true,
        job_id: job_id.parse().unwrap(),
        attempt: 1,
        lease_id: LEASE.parse().unwrap(),
        lease_until: String::new(),
        job_type: job_type.parse().unwrap(),
        num_images: images,
        payload: json!({
            "id": job_id,
            "type": job_type,
            "prompt": "a red fox in snow",
            "config": {
                "size": "64*48",
                "sample_steps": steps,
                "sample_guide_scale": 6.5,
                "sample_solver": "euler",
                "sample_shift": 5.0,
                "frame_num": if video { 9 } else { 1 },
                "enhance_prompt": false,
                "seed": 40,
                "expected_time": 1.0,
                "content_type": if video { "video" } else { "image" },
                "file_extension": if video { "mp4" } else { "png" },
                "num_images": images,
            },
            "user_id": USER,
            "created_at": "2026-11-21T10:00:00.000Z",
            "model_variant": "x",
            "bucket": job_type,
        }),
        keys: Vec::new(),
        references: Vec::new(),
        snapshot: None,
    }
}
