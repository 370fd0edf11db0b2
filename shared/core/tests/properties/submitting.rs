//! Submits.

use ourvidz_core::plan::submit::{self, Submission, SubmitPlan, SubmitSettings};
use ourvidz_core::wire::rpc::ProjectPrompts;
use ourvidz_core::wire::submit::{SubmitRequest, is_known_key};
use ourvidz_core::{ApiError, Id, Moment};
use ourvidz_policy::ExtraTerms;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::json::disturbed;

const FIELDS: &[&str] = &[
    "jobType",
    "metadata",
    "metadata.prompt",
    "metadata.num_images",
    "metadata.seed",
    "metadata.aspect",
    "metadata.output_format",
    "metadata.output_quality",
    "metadata.negative_prompt",
    "metadata.style",
    "metadata.reference_image_url",
    "metadata.reference_type",
    "metadata.reference_strength",
    "metadata.references",
    "metadata.mood",
    "metadata.queue",
    "projectId",
    "imageId",
    "videoId",
    "priority",
    "enhance",
    "webhookUrl",
    "webhookEvents",
    "dryRun",
];

fn body() -> Value {
    json!({
        "jobType": "sdxl_image_fast",
        "metadata": { "prompt": "a lighthouse", "num_images": 3, "seed": 0, "aspect": "3:2", "output_format": "jpeg",
            "output_quality": 80, "negative_prompt": "fog", "style": "comic", "mood": "calm" },
        "priority": 1,
    })
}

fn plan(request: &SubmitRequest, moment: &Moment) -> Result<SubmitPlan, ApiError> {
    let extra_terms = ExtraTerms::none();
    let project = ProjectPrompts {
        enhanced_prompt: None,
        original_prompt: Some("a beach".to_owned()),
        character_id: None,
    };
    let submission = Submission {
        request,
        user_id: Id::from_bytes([1; 16]),
        anonymous: false,
        project: Some(&project),
        enhanced_prompt: None,
        idempotency_key: None,
        api_key_id: None,
    };
    submit::submit(&submission, &SubmitSettings::new(&extra_terms), moment)
}

proptest! {
    #[test]
    fn what_is_accepted_keeps_every_limit(body in disturbed(body(), FIELDS), entropy: [u8; 32]) {
        let Ok(request) = SubmitRequest::parse(body.to_string().as_bytes()) else { return Ok(()) };
        let moment = Moment::new(1_700_000_000_000, entropy);
        let Ok(plan_once) = plan(&request, &moment) else { return Ok(()) };
        prop_assert_eq!(&plan_once, &plan(&request, &moment).unwrap(), "planning twice");

        let rpc = &plan_once.rpc;
        prop_assert!(request.job_type.allows(rpc.p_num_assets));
        prop_assert!((1..=2000).contains(&rpc.p_prompt.chars().count()));
        prop_assert_eq!(rpc.p_prompt.trim(), rpc.p_prompt.as_str());
        prop_assert!((-10..=10).contains(&rpc.p_priority));
        prop_assert!(request.seed.is_none_or(|seed| seed < 1 << 53));
        prop_assert!(request.references.iter().all(|reference| (0.1..=1.0).contains(&reference.strength)));
        prop_assert_eq!(plan_once.price(), request.job_type.price() * u32::from(rpc.p_num_assets));
        prop_assert!(!json!(rpc).to_string().contains("\\u0000"), "Postgres takes no NUL");
        prop_assert_eq!(&rpc.p_metadata["queue"], request.job_type.queue().as_str());
        prop_assert!(request.extra.keys().all(|key| !is_known_key(key)));
        prop_assert!(json!(request.extra).to_string().len() <= 4096);
    }

    #[test]
    fn the_meaning_does_not_depend_on_the_moment(body in disturbed(body(), FIELDS), one: [u8; 32], other: [u8; 32]) {
        let Ok(request) = SubmitRequest::parse(body.to_string().as_bytes()) else { return Ok(()) };
        let first = plan(&request, &Moment::new(1, one));
        let second = plan(&request, &Moment::new(2, other));
        match (first, second) {
            (Ok(first), Ok(second)) => {
                prop_assert_eq!(first.rpc.p_fingerprint, second.rpc.p_fingerprint);
            }
            (first, second) => prop_assert_eq!(first.err(), second.err()),
        }
    }
}

#[test]
fn another_meaning_has_another_fingerprint() {
    let fingerprint = |change: Value| {
        let mut body = body();
        body.as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        let request = SubmitRequest::parse(body.to_string().as_bytes()).unwrap();
        plan(&request, &Moment::new(1, [0; 32]))
            .unwrap()
            .rpc
            .p_fingerprint
    };
    let same = fingerprint(json!({}));
    assert_eq!(
        same,
        fingerprint(json!({ "priority": 1.0 })),
        "spelling does not matter"
    );
    assert_eq!(
        same,
        fingerprint(json!({ "dryRun": false, "webhookUrl": null }))
    );
    let metadata = |change: Value| {
        let mut metadata = body()["metadata"].clone();
        let map = metadata.as_object_mut().unwrap();
        map.extend(change.as_object().unwrap().clone());
        json!({ "metadata": metadata })
    };
    let spaced = metadata(json!({ "prompt": "  a lighthouse " }));
    assert_eq!(same, fingerprint(spaced));
    for other in [
        json!({ "priority": 2 }),
        json!({ "jobType": "sdxl_image_high" }),
        json!({ "enhance": true }),
        json!({ "webhookUrl": "https://example.com/" }),
        json!({ "imageId": "11111111-1111-4111-8111-111111111111" }),
        metadata(json!({ "seed": 1 })),
        metadata(json!({ "aspect": "2:3" })),
        metadata(json!({ "output_quality": 81 })),
        metadata(json!({ "negative_prompt": "rain" })),
        metadata(json!({ "style": "anime" })),
        metadata(json!({ "seed": 0, "prompt": "A lighthouse" })),
    ] {
        assert_ne!(same, fingerprint(other.clone()), "{other}");
    }
}
