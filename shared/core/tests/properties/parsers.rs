//! Parsers of everything that crosses the network.

use ourvidz_core::wire::assets::{AssetPatch, AssetsQuery};
use ourvidz_core::wire::callback::CallbackReport;
use ourvidz_core::wire::claim::{ClaimReply, ClaimRequest};
use ourvidz_core::wire::enhance::EnhanceRequest;
use ourvidz_core::wire::job::JobsQuery;
use ourvidz_core::wire::page::{Cursor, Query};
use ourvidz_core::wire::payload::Hint;
use ourvidz_core::wire::projects::ProjectRequest;
use ourvidz_core::wire::reference_upload::ReferenceUploadRequest;
use ourvidz_core::wire::submit::SubmitRequest;
use ourvidz_core::{ApiError, Code, Id};
use ourvidz_policy::ExtraTerms;
use proptest::prelude::*;

use crate::json::{any_json, text};

/// What each parser says; only errors are of interest here.
fn errors(body: &[u8]) -> Vec<ApiError> {
    // These are read with serde alone, and must not panic either.
    let _ = serde_json::from_slice::<Hint>(body);
    let _ = serde_json::from_slice::<ClaimReply>(body);
    [
        SubmitRequest::parse(body).err(),
        CallbackReport::parse(body).err(),
        ClaimRequest::parse(body).err(),
        EnhanceRequest::parse(body).err(),
        ProjectRequest::parse(body, &ExtraTerms::none()).err(),
        ReferenceUploadRequest::parse(body).err(),
        AssetPatch::parse(body, &ExtraTerms::none()).err(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Statuses that mean that the sender is to blame.
fn is_refusal(code: Code) -> bool {
    matches!(code.status(), 400 | 403 | 413 | 422)
}

proptest! {
    #[test]
    fn any_bytes(body in prop::collection::vec(any::<u8>(), 0..200)) {
        for error in errors(&body) {
            prop_assert!(is_refusal(error.code), "{error:?}");
        }
    }

    #[test]
    fn any_value(body in any_json()) {
        for error in errors(body.to_string().as_bytes()) {
            prop_assert!(is_refusal(error.code), "{error:?}");
        }
    }

    #[test]
    fn refusals_never_repeat_a_value(secret in "[b-df-hj-np-tv-z]{24}") {
        for field in ["jobType", "status", "queue", "job_id", "prompt", "userId", "webhookUrl", "title", "type", "saved"] {
            let body = serde_json::json!({ field: secret, "metadata": { "seed": secret, "num_images": secret } });
            for error in errors(body.to_string().as_bytes()) {
                prop_assert!(!error.to_body("r").to_string().contains(&secret), "{field}: {error:?}");
            }
        }
    }

    #[test]
    fn any_query(name in "(status|type|kind|saved|cursor|limit)", value in text()) {
        let pairs = [(name, value)];
        let _ = JobsQuery::parse(Query(&pairs));
        let _ = AssetsQuery::parse(Query(&pairs));
    }

    #[test]
    fn cursors_come_back(ms in 0u64..253_402_300_800_000, bytes: [u8; 16]) {
        let cursor = Cursor {
            created_at: ourvidz_core::timestamp::rfc3339(ms),
            id: Id::from_bytes(bytes),
        };
        prop_assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
    }

    #[test]
    fn any_cursor(text in text()) {
        let _ = Cursor::decode(&text);
    }
}

#[test]
fn deep_nesting_is_refused_and_not_followed() {
    let body = format!("{}{}", "[".repeat(30_000), "]".repeat(30_000));
    assert_eq!(errors(body.as_bytes()).len(), 7);
}
