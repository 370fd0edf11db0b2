//! The signed formats against an independent implementation: `tests/fixtures/signatures/make_vectors.py` made the
//! vectors with Python's libraries.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use ourvidz_sign::sigv4::{Credentials, Endpoint, Layout, Method, Presign, presign};
use ourvidz_sign::{attempt_token, jwt, webhook};
use ourvidz_values::fingerprint::{canonical_json, fingerprint};
use ourvidz_values::timestamp::{parse_rfc3339, rfc3339};
use serde_json::Value;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const VECTORS: &str = include_str!("../../../tests/fixtures/signatures/vectors.json");

/// Runs a check on every vector of a kind, of which there must be some.
fn for_each(kind: &str, check: impl Fn(&Value, u64)) {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    let cases = vectors[kind].as_array().unwrap();
    assert!(cases.len() >= 3, "{kind}");
    for case in cases {
        check(case, vectors["now_s"].as_u64().unwrap());
    }
}

fn text<'a>(case: &'a Value, field: &str) -> &'a str {
    case[field].as_str().unwrap()
}

#[test]
fn webhooks() {
    for_each("webhooks", |case, now_s| {
        let secret = webhook::Secret::parse(text(case, "secret")).unwrap();
        let (id, body) = (text(case, "id"), text(case, "body").as_bytes());
        let signature = text(case, "signature");
        assert_eq!(webhook::sign(&secret, id, now_s, body), signature);
        let timestamp = case["timestamp"].to_string();
        let verified = webhook::verify(&[secret], id, &timestamp, signature, body, now_s);
        assert_eq!(verified, Ok(()));
    });
}

#[test]
fn worker_secrets() {
    for_each("worker_secrets", |case, _| {
        let shared = webhook::Secret::parse(text(case, "shared")).unwrap();
        let own = webhook::derive_worker_secret(&shared, text(case, "worker_id"));
        assert_eq!(own.expose(), text(case, "secret"));
    });
}

#[test]
fn attempt_tokens() {
    for_each("attempt_tokens", |case, _| {
        let secret = attempt_token::parse_secret(text(case, "secret")).unwrap();
        let job = text(case, "job").parse().unwrap();
        let attempt = u32::try_from(case["attempt"].as_u64().unwrap()).unwrap();
        let token = text(case, "token");
        assert_eq!(attempt_token::issue(&secret, job, attempt), token);
        assert_eq!(attempt_token::verify(&[&secret], token, job), Some(attempt));
    });
}

#[test]
fn access_tokens() {
    for_each("access_tokens", |case, now_s| {
        let token = jwt::parse(text(case, "token")).unwrap();
        let verified = token
            .verify_hs256(&[text(case, "secret").as_bytes()])
            .unwrap();
        let caller = jwt::check_claims(&verified, &jwt::Expectations::default(), now_s).unwrap();
        assert_eq!(caller.user_id.to_string(), text(case, "user_id"));
        assert_eq!(caller.is_admin, case["is_admin"]);
        assert_eq!(caller.is_anonymous, case["is_anonymous"]);
    });
}

#[test]
fn presigned() {
    for_each("presigned", |case, _| {
        let credentials = Credentials {
            endpoint: Endpoint::parse(text(case, "endpoint")).unwrap(),
            region: text(case, "region").to_owned(),
            layout: Layout::parse(text(case, "layout")).unwrap(),
            access_key_id: text(case, "access_key_id").to_owned(),
            secret_access_key: text(case, "secret_access_key").to_owned(),
        };
        let method = [Method::Get, Method::Head, Method::Put, Method::Delete]
            .into_iter()
            .find(|method| method.as_str() == text(case, "method"))
            .unwrap();
        let headers = case["headers"].as_array().unwrap();
        let headers: Vec<(&str, &str)> = headers
            .iter()
            .map(|header| (header[0].as_str().unwrap(), header[1].as_str().unwrap()))
            .collect();
        let request = Presign {
            method,
            bucket: text(case, "bucket"),
            key: text(case, "key"),
            expires_s: u32::try_from(case["expires_s"].as_u64().unwrap()).unwrap(),
            headers: &headers,
        };
        let url = presign(&credentials, &request, case["now_ms"].as_u64().unwrap());
        assert_eq!(url, text(case, "url"));
    });
}

#[test]
fn fingerprints() {
    for_each("fingerprints", |case, _| {
        assert_eq!(canonical_json(&case["value"]), text(case, "canonical"));
        assert_eq!(fingerprint(&case["value"]), text(case, "sha256"));
    });
}

#[test]
fn moments() {
    for_each("moments", |case, _| {
        let ms = case["ms"].as_u64().unwrap();
        assert_eq!(rfc3339(ms), text(case, "text"));
        assert_eq!(parse_rfc3339(text(case, "text")), Some(ms));
    });
}
