//! The texts of requests that pass the content policy before anything is kept of them.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use ourvidz_core::Code;
use ourvidz_core::judged::judge;
use ourvidz_core::wire::assets::AssetPatch;
use ourvidz_core::wire::projects::ProjectRequest;
use ourvidz_core::wire::submit::SubmitRequest;
use ourvidz_policy::ExtraTerms;
use serde_json::{Value, json};

/// Two words of no language that the terms below make meet.
const REFUSED: &str = "a quibbler frobnicating";

fn terms() -> ExtraTerms {
    ExtraTerms::parse("[minor]\nquibbler\n[sexual]\nfrobnicating").unwrap()
}

#[test]
fn titles_and_prompts_that_are_kept_are_judged() {
    let asset = json!({ "title": REFUSED }).to_string();
    let refused = AssetPatch::parse(asset.as_bytes(), &terms()).unwrap_err();
    assert_eq!(refused.code, Code::ContentPolicy);
    assert!(AssetPatch::parse(asset.as_bytes(), &ExtraTerms::none()).is_ok());
    for tags in [json!([REFUSED]), json!(["a quibbler", "frobnicating"])] {
        let asset = json!({ "add_tags": tags }).to_string();
        let refused = AssetPatch::parse(asset.as_bytes(), &terms()).unwrap_err();
        assert_eq!(refused.code, Code::ContentPolicy);
    }
    for field in ["title", "original_prompt", "enhanced_prompt"] {
        let project = json!({ field: REFUSED }).to_string();
        let refused = ProjectRequest::parse(project.as_bytes(), &terms()).unwrap_err();
        assert_eq!(refused.code, Code::ContentPolicy, "{field}");
    }
}

#[test]
fn an_order_is_judged_with_its_notes_and_with_what_it_goes_beside() {
    let order = |metadata: Value| {
        let body = json!({ "jobType": "sdxl_image_fast", "metadata": metadata }).to_string();
        SubmitRequest::parse(body.as_bytes()).unwrap()
    };
    let halves = order(json!({ "prompt": "a quibbler", "mood": ["frobnicating"] }));
    assert!(judge(&halves, &[], &terms()).is_err());
    let names = order(json!({ "prompt": "a quibbler", "frobnicating": 1 }));
    assert!(judge(&names, &[], &terms()).is_err());
    let one = order(json!({ "prompt": "a quibbler" }));
    assert!(judge(&one, &[], &terms()).is_ok());
    assert!(judge(&one, &["frobnicating"], &terms()).is_err());
}
