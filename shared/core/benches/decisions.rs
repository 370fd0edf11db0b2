//! What a request costs before any backend is asked. `npm run bench` runs it.
//!
//! Everything that a request needs is to stay below 50 µs natively, and the policy linear in its text.
#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use ourvidz_core::plan::submit::{Submission, SubmitSettings, submit};
use ourvidz_core::wire::callback::CallbackReport;
use ourvidz_core::wire::submit::SubmitRequest;
use ourvidz_core::{Id, Moment};
use ourvidz_policy::{self as policy, ExtraTerms};
use ourvidz_prompts::clip::ClipTokenizer;
use ourvidz_prompts::negative_prompt::negative_prompt;

const PROMPT: &str = "a woman with long red hair stands on a cliff above the sea at dusk, wind in \
her coat, soft light, film grain, shallow depth of field, a lighthouse far behind her";

const ORDER: &str = r#"{
    "jobType": "sdxl_image_high",
    "metadata": {
        "prompt": "a woman with long red hair stands on a cliff above the sea at dusk, wind in her coat",
        "num_images": 3, "seed": 7, "source": "workspace", "ratio": "1:1"
    },
    "projectId": "0188d1a4-7b3c-4f00-8a11-0123456789ab", "priority": 1
}"#;

const REPORT: &str = r#"{
    "job_id": "0188d1a4-7b3c-4f00-8a11-0123456789ab", "status": "completed", "attempt": 1,
    "leaseId": "0188d1a4-7b3c-4f00-8a11-0123456789ac", "worker_id": "pod-7",
    "assets": ["u/sdxl_j_1_0.png", "u/sdxl_j_1_1.png", "u/sdxl_j_1_2.png"],
    "thumbnails": ["u/sdxl_j_1_0_thumb.jpg", "u/sdxl_j_1_1_thumb.jpg", "u/sdxl_j_1_2_thumb.jpg"],
    "metadata": { "seed": 7, "generation_time": 31.4, "num_images": 3, "gpu": "RTX 6000" }
}"#;

/// Sizes of texts for what is to be linear: a prompt's, and up to the largest body.
const SIZES: [usize; 4] = [1 << 10, 1 << 13, 1 << 15, 1 << 16];

fn main() {
    divan::main();
}

#[divan::bench]
fn parse_order() -> SubmitRequest {
    SubmitRequest::parse(black_box(ORDER.as_bytes())).unwrap()
}

#[divan::bench]
fn parse_report() -> CallbackReport {
    CallbackReport::parse(black_box(REPORT.as_bytes())).unwrap()
}

/// The plan holds the policy check and the negative prompt.
#[divan::bench]
fn plan_order(bencher: Bencher<'_, '_>) {
    let terms = ExtraTerms::none();
    let settings = SubmitSettings::new(&terms);
    let request = SubmitRequest::parse(ORDER.as_bytes()).unwrap();
    let submission = Submission {
        request: &request,
        user_id: Id::from_bytes([1; 16]),
        anonymous: false,
        project: None,
        enhanced_prompt: None,
        idempotency_key: Some("a-key"),
        api_key_id: None,
    };
    let at = Moment::new(1_700_000_000_000, [7; 32]);
    bencher.bench(|| submit(black_box(&submission), &settings, &at).unwrap());
}

#[divan::bench]
fn negative_prompt_of_a_prompt() -> String {
    negative_prompt(black_box(PROMPT)).text
}

#[divan::bench]
fn policy_of_a_prompt(bencher: Bencher<'_, '_>) {
    let terms = ExtraTerms::none();
    bencher.bench(|| policy::check(&[black_box(PROMPT)], &terms));
}

#[divan::bench(args = SIZES)]
fn policy_of_a_long_text(bencher: Bencher<'_, '_>, size: usize) {
    let terms = ExtraTerms::none();
    let text: String = PROMPT.chars().cycle().take(size).collect();
    bencher
        .counter(BytesCount::new(size))
        .bench(|| policy::check(&[black_box(&text)], &terms));
}

#[divan::bench]
fn clip_unpack() -> ClipTokenizer {
    ClipTokenizer::new()
}

#[divan::bench]
fn clip_count(bencher: Bencher<'_, '_>) {
    let tokenizer = ClipTokenizer::shared();
    bencher.bench(|| tokenizer.count(black_box(PROMPT)));
}
