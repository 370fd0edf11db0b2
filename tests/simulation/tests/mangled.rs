//! Whatever arrives, a handler neither panics nor takes the blame: mangled bodies, headers, tokens and paths.
//!
//! `FUZZ_INPUTS=1000000 cargo test -p ourvidz-simulation --test mangled` looks longer than the usual run does;
//! `FUZZ_SEED=123` tries one input again.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};

use ourvidz_core::wire::assets::{AssetPatch, AssetsQuery};
use ourvidz_core::wire::claim::ClaimReply;
use ourvidz_core::wire::enhance::EnhanceRequest;
use ourvidz_core::wire::job::JobsQuery;
use ourvidz_core::wire::page::{Cursor, Query};
use ourvidz_core::wire::payload::Hint;
use ourvidz_core::wire::projects::ProjectRequest;
use ourvidz_core::wire::reference_upload::ReferenceUploadRequest;
use ourvidz_edge::Incoming;
use ourvidz_policy::ExtraTerms;
use ourvidz_sign::{attempt_token, jwt, webhook};
use ourvidz_simulation::{Calm, Function, Mangler};
use serde_json::{Value, json};

/// Inputs of the usual run, for each kind.
const USUAL_INPUTS: u64 = 3_000;
/// A service that took so many requests is replaced by a fresh one.
const REQUESTS_A_SERVICE: u64 = 64;

fn number(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    Some(text.parse().expect("FUZZ_INPUTS and FUZZ_SEED are numbers"))
}

/// Gives every input of a kind to `look`, and names the seed of the one that it does not survive.
fn all_inputs(kind: &str, mut look: impl FnMut(u64, &Mangler)) {
    let seeds = match number("FUZZ_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("FUZZ_INPUTS").unwrap_or(USUAL_INPUTS),
    };
    let count = seeds.end - seeds.start;
    for seed in seeds {
        let outcome = catch_unwind(AssertUnwindSafe(|| look(seed, &Mangler::new(seed))));
        assert!(outcome.is_ok(), "{kind}: FUZZ_SEED={seed} tries it again");
    }
    println!("{kind}: {count} inputs");
}

/// Asks a service, and expects an answer that is not the service's fault.
struct ServiceUnderTest {
    service: Calm,
    asked: u64,
    accepted: u64,
}

impl ServiceUnderTest {
    fn new() -> Self {
        Self {
            service: Calm::new(),
            asked: 0,
            accepted: 0,
        }
    }

    fn ask(&mut self, function: Function, incoming: Incoming) {
        let shown = incoming.body.escape_ascii().to_string();
        let answer = self.service.ask(function, incoming);
        let status = answer["status"].as_u64();
        assert!(
            status.is_some_and(|status| (200..500).contains(&status)),
            "{function:?} answers {answer} to {shown}"
        );
        assert_eq!(self.service.failure(), None, "after {shown}");
        self.asked += 1;
        self.accepted += u64::from(status == Some(200));
        if self.asked.is_multiple_of(REQUESTS_A_SERVICE) {
            self.service = Calm::new();
        }
    }
}

impl Drop for ServiceUnderTest {
    /// What is refused at the first look tests one line only.
    fn drop(&mut self) {
        println!("{} of {} accepted", self.accepted, self.asked);
        assert!(self.accepted > 0 || self.asked < USUAL_INPUTS);
    }
}

fn reports(service: &Calm) -> Vec<Value> {
    let claim = &service.claimed;
    let keys: Vec<&Value> = claim["keys"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|file| file["role"] == "image")
        .map(|file| &file["key"])
        .collect();
    let of_claim = |more: Value| {
        let mut report = json!({
            "job_id": claim["job_id"], "attempt": claim["attempt"], "leaseId": claim["leaseId"], "worker_id": "w",
        });
        if let (Some(report), Value::Object(more)) = (report.as_object_mut(), more) {
            report.extend(more);
        }
        report
    };
    let wanted = json!([{ "index": 0, "role": "image", "contentType": "image/png", "bytes": 8 }]);
    vec![
        of_claim(json!({ "status": "processing", "progress": 40, "uploadRequests": wanted })),
        of_claim(
            json!({ "status": "completed", "assets": keys, "metadata": { "seed": 7, "generation_time": 3.5 } }),
        ),
        of_claim(
            json!({ "status": "failed", "retryable": true, "error_message": "out of memory" }),
        ),
        of_claim(
            json!({ "status": "processing", "failed_indices": [2], "enhancedPrompt": "a red fox" }),
        ),
        json!({ "jobId": service.waiting, "status": "completed", "imageUrls": ["fox.png"], "errorMessage": null }),
    ]
}

fn orders() -> Vec<Value> {
    vec![
        json!({ "jobType": "sdxl_image_fast", "metadata": { "prompt": "a fox", "num_images": 3, "seed": 0 } }),
        json!({ "jobType": "video_fast", "metadata": { "prompt": "a fox", "mood": ["calm"] }, "priority": 2 }),
        json!({
            "jobType": "image_high", "dryRun": true, "webhookUrl": "https://example.com/hook",
            "webhookEvents": ["completed"], "metadata": { "prompt": "a fox" },
        }),
    ]
}

#[test]
fn orders_of_any_kind() {
    let mut service_under_test = ServiceUnderTest::new();
    all_inputs("orders", |_, mangler| {
        let sound = orders();
        let order = sound.get(mangler.below(sound.len())).expect("an order");
        let mut incoming = service_under_test.service.order(order);
        incoming.body = mangler.body(order);
        service_under_test.ask(Function::QueueJob, incoming);
    });
}

#[test]
fn claims_and_reports_of_any_kind() {
    let mut service_under_test = ServiceUnderTest::new();
    all_inputs("claims and reports", |_, mangler| {
        let claim = json!({
            "worker_id": "w", "queue": "sdxl_queue", "job_id": service_under_test.service.waiting, "models": ["sdxl"],
        });
        let sound = reports(&service_under_test.service);
        let (function, body) = match sound.get(mangler.below(sound.len() + 1)) {
            Some(report) => (Function::JobCallback, report),
            None => (Function::ClaimJob, &claim),
        };
        let mut incoming = service_under_test.service.signed(function, body);
        incoming.body = mangler.body(body);
        service_under_test.service.sign(&mut incoming);
        service_under_test.ask(function, incoming);
    });
}

#[test]
fn headers_and_tokens_of_any_kind() {
    let mut service_under_test = ServiceUnderTest::new();
    all_inputs("headers and tokens", |_, mangler| {
        let order = json!({ "jobType": "image_fast", "metadata": { "prompt": "a fox" } });
        let report = reports(&service_under_test.service).swap_remove(0);
        let (function, mut incoming) = if mangler.below(2) == 0 {
            (Function::QueueJob, service_under_test.service.order(&order))
        } else {
            let signed = service_under_test
                .service
                .signed(Function::JobCallback, &report);
            (Function::JobCallback, signed)
        };
        incoming.headers.push(("idempotency-key", "one".to_owned()));
        incoming
            .headers
            .push(("traceparent", "00-0-0-01".to_owned()));
        for _ in 0..=mangler.below(3) {
            let index = mangler.below(incoming.headers.len());
            if let Some((_, value)) = incoming.headers.get_mut(index) {
                *value = mangler.text(value);
            }
        }
        service_under_test.ask(function, incoming);
    });
}

#[test]
fn paths_of_any_kind() {
    let mut service_under_test = ServiceUnderTest::new();
    all_inputs("paths", |_, mangler| {
        let actions = ["", "/cancel", "/retry"];
        let action = actions.get(mangler.below(3)).expect("an action");
        let id = mangler.text(&service_under_test.service.waiting);
        let incoming = service_under_test
            .service
            .question(format!("/api/jobs/{id}{action}"), &json!({}));
        service_under_test.ask(Function::Api, incoming);
    });
}

/// What the other endpoints, the worker and the signatures read, straight from the network.
#[test]
fn texts_of_any_kind() {
    let sound = [
        json!({ "prompt": "a fox", "jobType": "sdxl_image_fast", "userId": null, "seed": 3 }),
        json!({ "title": "foxes", "original_prompt": "a fox", "character_id": null }),
        json!({ "contentType": "image/png", "bytes": 8, "type": "style", "consent": true }),
        json!({ "saved": true, "preferred": false, "title": "fox" }),
    ];
    let service = Calm::new();
    let token = service
        .order(&json!({}))
        .bearer()
        .unwrap_or_default()
        .to_owned();
    all_inputs("texts", |_, mangler| {
        let claimed = &service.claimed;
        let body = sound.get(mangler.below(sound.len() + 1)).unwrap_or(claimed);
        let bytes = mangler.body(body);
        let _ = EnhanceRequest::parse(&bytes);
        let _ = ProjectRequest::parse(&bytes, &ExtraTerms::none());
        let _ = ReferenceUploadRequest::parse(&bytes);
        let _ = AssetPatch::parse(&bytes, &ExtraTerms::none());
        let _ = serde_json::from_slice::<Hint>(&bytes);
        let reply = serde_json::from_slice::<ClaimReply>(&bytes);
        let _ = reply.map(|reply| reply.worker_payload());

        let text = mangler.text(&token);
        let _ = jwt::parse(&text).map(|token| token.verify_hs256(&[b"secret"]).is_ok());
        let _ = attempt_token::parse_secret(&text);
        let _ = webhook::Secret::parse(&text);
        let _ = Cursor::decode(&text);
        let pairs = [
            ("cursor".to_owned(), text.clone()),
            ("limit".to_owned(), text),
        ];
        let _ = JobsQuery::parse(Query(&pairs));
        let _ = AssetsQuery::parse(Query(&pairs));
    });
}
