//! Reports of both generations.

use super::*;
use crate::job_type::MAX_ASSETS;
use crate::limits::{
    MAX_KEY_BYTES, MAX_STEP_PREVIEW_BYTES, MAX_STEP_PREVIEWS_BYTES, MAX_WORKER_ERROR_CHARS,
};
use alloc::string::ToString;
use alloc::vec;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

const JOB: &str = "22222222-2222-4222-8222-222222222222";

fn parse(fields: Value) -> Result<CallbackReport, ApiError> {
    let mut body = json!({ "job_id": JOB, "status": "completed" });
    body.as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    CallbackReport::parse(body.to_string().as_bytes())
}

fn keys(report: &CallbackReport) -> Vec<&str> {
    report
        .assets
        .iter()
        .map(|key| key.as_deref().unwrap_or("-"))
        .collect()
}

#[test]
fn older_names_mean_the_same() {
    for fields in [
        json!({ "assets": ["a.png", "b.png"] }),
        json!({ "imageUrls": ["a.png", "b.png"] }),
        json!({ "imageUrls": ["a.png", "b.png"], "filePath": "a.png" }),
        json!({ "assets": ["a.png", "b.png"], "imageUrls": ["a.png", "b.png"], "outputUrl": "a.png" }),
        json!({ "assets": ["a.png", "b.png"], "imageUrls": [], "filePath": "" }),
    ] {
        assert_eq!(
            keys(&parse(fields.clone()).unwrap()),
            ["a.png", "b.png"],
            "{fields}"
        );
    }
    let old =
        br#"{"jobId":"22222222-2222-4222-8222-222222222222","status":"failed","errorMessage":"x"}"#;
    let report = CallbackReport::parse(old).unwrap();
    assert_eq!(
        (
            report.job_id.to_string().as_str(),
            report.error_message.as_deref()
        ),
        (JOB, Some("x"))
    );
}

#[test]
fn names_that_disagree() {
    for fields in [
        json!({ "assets": ["a.png"], "imageUrls": ["b.png"] }),
        json!({ "assets": ["a.png"], "filePath": "b.png" }),
        json!({ "assets": [null, "a.png"], "filePath": "a.png" }),
        json!({ "filePath": "a.png", "outputUrl": "b.png" }),
        json!({ "error_message": "a", "errorMessage": "b" }),
        json!({ "enhancedPrompt": "a", "enhanced_prompt": "b" }),
        json!({ "jobId": "33333333-3333-4333-8333-333333333333" }),
    ] {
        assert_eq!(
            parse(fields.clone()).unwrap_err().code,
            Code::AliasConflict,
            "{fields}"
        );
    }
}

#[test]
fn odd_metadata_loses_no_picture() {
    let report = parse(json!({ "metadata": {
        "seed": 1e30, "generation_time": "fast", "num_images": 99, "error_code": "Not A Code",
        "compel": { "used": false }, "text": "a\u{0}b", "nothing": null, "large": "x".repeat(9_000),
    } }))
    .unwrap();
    let WorkerMetadata {
        seed,
        generation_time,
        num_images,
        error_code,
        other,
    } = report.metadata;
    assert_eq!(
        (seed, generation_time, num_images, error_code),
        (None, None, None, None)
    );
    let kept: Vec<&str> = other.keys().map(String::as_str).collect();
    assert_eq!(
        kept,
        [
            "compel",
            "error_code",
            "generation_time",
            "num_images",
            "seed"
        ]
    );
}

#[test]
fn zero_is_a_number() {
    let metadata = json!({ "metadata": { "seed": 0, "generation_time": 0, "num_images": 1 } });
    let metadata = parse(metadata).unwrap().metadata;
    assert_eq!(
        (metadata.seed, metadata.generation_time),
        (Some(0), Some(0.0))
    );
    assert_eq!(metadata.other, Map::new());
}

#[test]
fn texts_are_cut_and_cleaned_instead_of_refused() {
    let report = parse(json!({
        "error_message": format!("\u{1b}[31m{}\u{0}", "e".repeat(3_000)),
        "enhancedPrompt": "p".repeat(3_000),
    }))
    .unwrap();
    let error = report.error_message.unwrap();
    assert_eq!(error.chars().count(), MAX_WORKER_ERROR_CHARS);
    assert!(!error.chars().any(char::is_control));
    assert_eq!(
        report.enhanced_prompt.unwrap().chars().count(),
        crate::limits::MAX_PROMPT_CHARS
    );
}

#[test]
fn heartbeats_are_told_from_settlements() {
    let is_heartbeat = |fields| parse(fields).unwrap().is_heartbeat();
    assert!(is_heartbeat(
        json!({ "status": "processing", "assets": [null, null] })
    ));
    assert!(!is_heartbeat(
        json!({ "status": "processing", "assets": [null, "a.png"] })
    ));
    assert!(!is_heartbeat(json!({ "status": "released" })));
}

#[test]
fn the_token_names_the_attempt() {
    assert_eq!(
        parse(json!({})).unwrap().of_attempt(2).unwrap().attempt,
        Some(2)
    );
    assert_eq!(
        parse(json!({ "attempt": 2 }))
            .unwrap()
            .of_attempt(2)
            .unwrap()
            .attempt,
        Some(2)
    );
    let error = parse(json!({ "attempt": 1 }))
        .unwrap()
        .of_attempt(2)
        .unwrap_err();
    assert_eq!(error.code, Code::Forbidden);
}

#[test]
fn indices_are_a_set() {
    assert_eq!(
        parse(json!({ "failed_indices": [2, 0, 2] }))
            .unwrap()
            .failed_indices,
        vec![0, 2]
    );
    for wrong in [json!([6]), json!([-1]), json!(["0"]), json!(0)] {
        assert!(parse(json!({ "failed_indices": wrong })).is_err());
    }
}

#[test]
fn lists_and_keys_have_limits() {
    let listed = |count: usize| parse(json!({ "assets": vec!["a.png"; count] })).map(drop);
    assert!(listed(MAX_LISTED).is_ok());
    assert_eq!(MAX_LISTED, 24);
    assert!(listed(MAX_LISTED + 1).is_err());
    let long = |bytes: usize| parse(json!({ "assets": ["k".repeat(bytes)] })).map(drop);
    assert!(long(MAX_KEY_BYTES).is_ok());
    assert!(long(MAX_KEY_BYTES + 1).is_err());
}

#[test]
fn a_blank_rewriting_is_none() {
    for blank in ["", " \n"] {
        let report = parse(json!({ "enhancedPrompt": blank })).unwrap();
        assert_eq!(report.enhanced_prompt, None);
    }
}

#[test]
fn metadata_is_kept_while_there_is_room() {
    let half = crate::limits::MAX_WORKER_METADATA_BYTES / 2;
    let metadata = json!({ "first": "x".repeat(half), "second": "x".repeat(half), "third": 1 });
    let other = parse(json!({ "metadata": metadata }))
        .unwrap()
        .metadata
        .other;
    let kept: Vec<&str> = other.keys().map(String::as_str).collect();
    assert_eq!(kept, ["first", "third"]);
}

#[test]
fn an_upload_is_asked_for_by_the_place_of_an_asset() {
    let asked = |index: usize| {
        parse(json!({
            "status": "processing",
            "uploadRequests": [
                { "index": index, "role": "image", "contentType": "image/png", "bytes": 1 },
            ],
        }))
    };
    let last = asked(MAX_ASSETS - 1).unwrap();
    assert_eq!(usize::from(last.upload_requests[0].index), MAX_ASSETS - 1);
    assert_eq!(asked(MAX_ASSETS).unwrap_err().code, Code::InvalidRequest);
}

/// What begins and ends as a JPEG of so many bytes does.
fn jpeg(bytes: usize) -> String {
    let mut jpeg = vec![0; bytes];
    jpeg[..3].copy_from_slice(b"\xff\xd8\xff");
    jpeg[bytes - 2..].copy_from_slice(b"\xff\xd9");
    STANDARD.encode(jpeg)
}

/// The indices of the step previews that are taken of these.
fn previewed(sent: &Value) -> Vec<u8> {
    let report = parse(json!({ "status": "processing", "stepPreviews": sent })).unwrap();
    assert!(report.is_heartbeat());
    let taken = report.step_previews.iter();
    taken.map(|preview| preview.index).collect()
}

#[test]
fn a_step_preview_is_a_small_jpeg_of_an_asset() {
    let good = json!({ "index": 1, "image": jpeg(MAX_STEP_PREVIEW_BYTES), "step": 4 });
    assert_eq!(previewed(&json!([good])), [1]);
    let png = STANDARD.encode(b"\x89PNG\r\n\x1a\n\xff\xd9");
    let half = STANDARD.encode(b"\xff\xd8\xff\xe0 and no end");
    for wrong in [
        json!({ "index": 1, "image": jpeg(MAX_STEP_PREVIEW_BYTES + 3) }),
        json!({ "index": 1, "image": png }),
        json!({ "index": 1, "image": half }),
        json!({ "index": 1, "image": "/9j/ this is no base64" }),
        json!({ "index": 1, "image": "" }),
        json!({ "index": 1, "image": null }),
        json!({ "index": MAX_ASSETS, "image": jpeg(9) }),
        json!({ "index": -1, "image": jpeg(9) }),
        json!({ "image": jpeg(9) }),
        json!("a text"),
        Value::Null,
    ] {
        assert_eq!(
            previewed(&json!([wrong, good])),
            [1],
            "the others stay, and the heartbeat counts: {wrong}"
        );
    }
    for nothing in [json!([]), json!({}), json!("x"), Value::Null] {
        assert!(previewed(&nothing).is_empty(), "{nothing}");
    }
}

#[test]
fn step_previews_are_taken_while_there_is_room() {
    let sent = |sizes: &[usize]| -> Vec<Value> {
        let sizes = sizes.iter().enumerate();
        sizes
            .map(|(index, bytes)| json!({ "index": index, "image": jpeg(*bytes) }))
            .collect()
    };
    let largest = MAX_STEP_PREVIEW_BYTES;
    assert_eq!(MAX_STEP_PREVIEWS_BYTES, 3 * largest);
    let sizes = [largest, largest, largest, 3_000];
    assert_eq!(previewed(&json!(sent(&sizes))), [0, 1, 2]);
    let sizes = [largest, largest, 3_000, largest, 300];
    assert_eq!(
        previewed(&json!(sent(&sizes))),
        [0, 1, 2, 4],
        "a smaller one still fits"
    );
    assert_eq!(previewed(&json!(sent(&[300; 6]))).len(), MAX_ASSETS);
}

#[test]
fn a_report_with_all_its_step_previews_is_a_body_that_is_read() {
    let image = jpeg(MAX_STEP_PREVIEW_BYTES);
    let previews: Vec<Value> = (0..3)
        .map(|index| json!({ "index": index, "image": image }))
        .collect();
    let report = parse(json!({
        "status": "processing", "stepPreviews": previews, "snapshot": "s".repeat(12 * 1024),
    }));
    assert_eq!(report.unwrap().step_previews.len(), 3);
}
