//! What an order costs, who starts with what, and what the policy sees of it.

use super::*;
use alloc::string::ToString;
use ourvidz_prompts::negative_prompt::{negative_prompt, not_ours};
use serde_json::Value;

fn request(fields: Value) -> SubmitRequest {
    let mut body = json!({ "jobType": "sdxl_image_high", "metadata": { "prompt": "a lake", "num_images": 3 } });
    body.as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    SubmitRequest::parse(body.to_string().as_bytes()).unwrap()
}

fn submission(request: &SubmitRequest) -> Submission<'_> {
    Submission {
        request,
        user_id: Id::from_bytes([1; 16]),
        anonymous: false,
        project: None,
        enhanced_prompt: None,
        idempotency_key: None,
        api_key_id: None,
    }
}

fn at() -> Moment {
    Moment::new(1_700_000_000_000, [7; 32])
}

#[test]
fn the_price_is_the_tables() {
    let terms = ExtraTerms::none();
    let request =
        request(json!({ "metadata": { "prompt": "a lake", "num_images": 6, "credits": -1 } }));
    let plan = submit(&submission(&request), &SubmitSettings::new(&terms), &at()).unwrap();
    assert_eq!(
        (plan.price(), plan.rpc.p_price_each, plan.rpc.p_num_assets),
        (12, 2, 6)
    );
}

#[test]
fn anonymous_accounts_start_with_nothing() {
    let terms = ExtraTerms::none();
    let settings = SubmitSettings {
        starting_credits: 100,
        ..SubmitSettings::new(&terms)
    };
    let request = request(json!({}));
    let credits = |anonymous| {
        let submission = Submission {
            anonymous,
            ..submission(&request)
        };
        submit(&submission, &settings, &at())
            .unwrap()
            .rpc
            .p_starting_credits
    };
    assert_eq!((credits(false), credits(true)), (100, 0));
}

#[test]
fn the_policy_sees_every_text_of_an_order_together() {
    let terms = ExtraTerms::parse("[minor]\nplover\n[sexual]\nheron\n").unwrap();
    let settings = SubmitSettings::new(&terms);
    let refused = |metadata: Value, enhanced: Option<&str>| {
        let request = request(json!({ "metadata": metadata }));
        let submission = Submission {
            enhanced_prompt: enhanced,
            ..submission(&request)
        };
        submit(&submission, &settings, &at()).is_err_and(|error| error.code == Code::ContentPolicy)
    };
    assert!(refused(json!({ "prompt": "plover heron" }), None));
    assert!(refused(
        json!({ "prompt": "plover", "negative_prompt": "heron" }),
        None
    ));
    assert!(!refused(
        json!({ "prompt": "plover", "negative_prompt": "fog", "style": "anime" }),
        None
    ));
    assert!(refused(
        json!({ "prompt": "plover", "a": [{ "b": "heron" }] }),
        None
    ));
    assert!(refused(json!({ "prompt": "plover", "heron": 1 }), None));
    assert!(refused(json!({ "prompt": "plover" }), Some("heron")));
    assert!(!refused(json!({ "prompt": "plover" }), None));
    assert!(!refused(
        json!({ "prompt": "heron", "a": 1 }),
        Some("heron by a lake")
    ));
}

#[test]
fn webhooks_to_the_machine_itself_are_for_development() {
    let terms = ExtraTerms::none();
    let request = request(json!({ "webhookUrl": "http://127.0.0.1:9000/hook" }));
    let result = |allow_local_webhooks| {
        let settings = SubmitSettings {
            allow_local_webhooks,
            ..SubmitSettings::new(&terms)
        };
        submit(&submission(&request), &settings, &at()).map(|plan| plan.rpc.p_webhook_url)
    };
    assert_eq!(result(true).unwrap().unwrap(), "http://127.0.0.1:9000/hook");
    assert!(result(false).is_err());
}

#[test]
fn idempotency_keys_are_visible_ascii() {
    let longest = "k".repeat(limits::MAX_IDEMPOTENCY_KEY_CHARS);
    for key in ["a", "!~", longest.as_str()] {
        assert_eq!(idempotency_key(Some(key)).unwrap(), Some(key));
    }
    assert_eq!(idempotency_key(None).unwrap(), None);
    let too_long = "k".repeat(limits::MAX_IDEMPOTENCY_KEY_CHARS + 1);
    for key in [
        "",
        "a b",
        "ä",
        "a\n",
        "service:redrive:x",
        too_long.as_str(),
    ] {
        assert!(idempotency_key(Some(key)).is_err());
    }
}

#[test]
fn our_own_negative_prompt_is_known_by_being_made_again() {
    let prompt = "two women, nude";
    let negative = negative_prompt(prompt).text;
    assert!(
        ourvidz_policy::check(&[prompt, &negative], &ExtraTerms::none()).is_refused(),
        "it would be refused like any text"
    );
    assert_eq!(not_ours(prompt, &negative), "");
    assert!(
        !not_ours("a lighthouse", &negative).is_empty(),
        "it belongs to its prompt"
    );
    assert_ne!(not_ours(prompt, &(negative + " ")), "", "and to the letter");
}
