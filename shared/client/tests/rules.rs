//! The module as a page sees it: run in Node and in Chromium.
#![cfg(target_arch = "wasm32")]

use js_sys::{Array, Reflect};
use ourvidz_client::{check_policy, job_types, negative_prompt, price, validate_job};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

fn field(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap()
}

fn text(object: &JsValue, name: &str) -> String {
    field(object, name)
        .as_string()
        .unwrap_or_else(|| panic!("{name} is no text"))
}

fn number(object: &JsValue, name: &str) -> f64 {
    field(object, name)
        .as_f64()
        .unwrap_or_else(|| panic!("{name} is no number"))
}

fn json(source: &str) -> JsValue {
    js_sys::JSON::parse(source).unwrap()
}

#[wasm_bindgen_test]
fn the_table_has_ten_plain_objects() {
    let table: Array = job_types().unwrap().unchecked_into();
    assert_eq!(table.length(), 10);
    let first = table.get(0);
    assert_eq!(text(&first, "jobType"), "sdxl_image_fast");
    assert_eq!(text(&first, "queue"), "sdxl_queue");
    assert_eq!(number(&first, "width"), 1024.0);
    assert_eq!(number(&first, "bucketLimitBytes"), 5.0 * 1024.0 * 1024.0);
    let aspects: Array = field(&first, "aspects").unchecked_into();
    assert_eq!(aspects.length(), 9);
    assert_eq!(text(&aspects.get(3), "name"), "3:2");
    assert_eq!(number(&aspects.get(3), "width"), 1216.0);
    let batches: Array = field(&first, "batches").unchecked_into();
    let sizes: Vec<f64> = batches
        .iter()
        .map(|batch| number(&batch, "numImages"))
        .collect();
    assert_eq!(sizes, [1.0, 3.0, 6.0]);
    assert_eq!(number(&batches.get(2), "expectedSeconds"), 29.9);
}

#[wasm_bindgen_test]
fn a_price_is_for_the_whole_batch() {
    assert_eq!(price("sdxl_image_high", 6.0).unwrap(), 12);
    assert_eq!(price("video7b_high_enhanced", 1.0).unwrap(), 9);
}

#[wasm_bindgen_test]
fn what_has_no_price_throws_an_error_with_a_code() {
    let unknown = price("sdxl", 1.0).unwrap_err();
    assert!(unknown.is_instance_of::<js_sys::Error>());
    assert_eq!(text(&unknown, "code"), "unknown_job_type");
    let known: Array = field(&field(&unknown, "details"), "validJobTypes").unchecked_into();
    assert_eq!(known.length(), 10);

    for (job_type, num_images) in [
        ("sdxl_image_fast", 2.0),
        ("sdxl_image_fast", 1.5),
        ("video_fast", 3.0),
    ] {
        let error = price(job_type, num_images).unwrap_err();
        assert_eq!(text(&error, "code"), "invalid_request");
        assert_eq!(
            text(&field(&error, "details"), "field"),
            "metadata.num_images"
        );
    }
}

#[wasm_bindgen_test]
fn a_valid_order_has_no_problem() {
    let body = json(
        r#"{"jobType":"sdxl_image_fast","metadata":{"prompt":"a red fox in snow","num_images":3,"seed":0}}"#,
    );
    assert!(JsValue::from(validate_job(&body).unwrap()).is_undefined());
}

#[wasm_bindgen_test]
fn an_invalid_order_gets_the_answer_of_the_edge() {
    for (body, code, field_name) in [
        (
            r#"{"jobType":"sdxl_image_fast","metadata":{"prompt":"fox","num_images":2}}"#,
            "invalid_request",
            "metadata.num_images",
        ),
        (
            r#"{"jobType":"video_fast","metadata":{"prompt":"fox","seed":-1}}"#,
            "invalid_request",
            "metadata.seed",
        ),
        (
            r#"{"jobType":"video_fast","metadata":{"prompt":"fox"},"colour":"red"}"#,
            "invalid_request",
            "colour",
        ),
        ("[]", "invalid_request", "body"),
    ] {
        let problem = JsValue::from(validate_job(&json(body)).unwrap());
        assert_eq!(text(&problem, "code"), code, "{body}");
        assert_eq!(
            text(&field(&problem, "details"), "field"),
            field_name,
            "{body}"
        );
        assert!(!text(&problem, "message").is_empty());
        assert_eq!(number(&problem, "status"), 400.0);
        assert_eq!(field(&problem, "retryable"), JsValue::FALSE);
    }
    let unknown = JsValue::from(
        validate_job(&json(r#"{"jobType":"gif","metadata":{"prompt":"fox"}}"#)).unwrap(),
    );
    assert_eq!(text(&unknown, "code"), "unknown_job_type");
}

#[wasm_bindgen_test]
fn what_is_not_json_is_refused_and_does_not_throw() {
    let cycle = js_sys::Object::new();
    Reflect::set(&cycle, &"itself".into(), &cycle).unwrap();
    for body in [JsValue::UNDEFINED, cycle.into()] {
        let problem = JsValue::from(validate_job(&body).unwrap());
        assert_eq!(text(&problem, "code"), "invalid_request");
    }
}

#[wasm_bindgen_test]
fn the_negative_prompt_fits_into_the_model() {
    let made = JsValue::from(negative_prompt("a portrait of a sailor", None, None).unwrap());
    assert!(text(&made, "text").contains("bad anatomy"));
    assert!(number(&made, "tokens") > 2.0);
    assert!(number(&made, "tokens") <= number(&made, "maxTokens"));
    assert_eq!(number(&made, "maxTokens"), 77.0);
}

#[wasm_bindgen_test]
fn the_policy_lets_ordinary_texts_pass() {
    let texts = vec![
        "a red fox in snow".to_owned(),
        "two children fly a kite".to_owned(),
    ];
    assert!(JsValue::from(check_policy(texts).unwrap()).is_undefined());
}

#[wasm_bindgen_test]
fn an_order_is_judged_as_a_whole_like_at_the_edge() {
    // Terms come from the policy's own tables; the test writes none.
    let (minor, context) = (term_of("[minor]"), term_of("[sexual]"));
    for body in [
        format!(r#"{{"jobType":"image_fast","metadata":{{"prompt":"{minor} {context}"}}}}"#),
        format!(
            r#"{{"jobType":"image_fast","metadata":{{"prompt":"{minor}","note":"{context}"}}}}"#
        ),
    ] {
        let problem = JsValue::from(validate_job(&json(&body)).unwrap());
        assert_eq!(text(&problem, "code"), "content_policy");
        assert_eq!(number(&problem, "status"), 422.0);
        assert!(
            field(&problem, "details").is_undefined(),
            "no detail helps to get around it"
        );
    }
    let refused = check_policy(vec![minor.to_owned(), context.to_owned()]).unwrap();
    assert_eq!(text(&JsValue::from(refused), "code"), "content_policy");
}

/// The first term of a section of the policy's tables.
fn term_of(section: &str) -> &'static str {
    let tables = include_str!("../../policy/data/policy_terms.txt");
    let mut lines = tables.lines().skip_while(|line| *line != section).skip(1);
    let line = lines
        .find(|line| !line.is_empty() && !line.starts_with('#'))
        .unwrap();
    line.split(',').next().unwrap().trim_end_matches('*').trim()
}
