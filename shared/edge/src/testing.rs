//! What handlers' tests stand on: a call without a runtime, in a world of fakes.

use std::fs;
use std::path::Path;
use std::rc::Rc;

use ourvidz_core::{ApiError, Moment};
use ourvidz_rest::fakes::World;
use ourvidz_sign::jwk::PublicKey;
use ourvidz_sign::sigv4::{Credentials, Endpoint, Layout};
use serde_json::{Value, json};

use crate::policy_terms::PolicyTerms;
use crate::reply::{Body, Reply};
use crate::settings::{CallbackAuth, Settings};
use crate::{Call, Incoming, Runtime};

/// When tests happen: 2026-01-01T00:00:00Z.
pub const NOW_MS: u64 = 1_767_225_600_000;
/// The user of [`TOKEN`].
pub const USER: &str = "11111111-1111-4111-8111-111111111111";
/// A token of [`USER`]'s, signed with the secret of [`settings`], good until 2100.
pub const TOKEN: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJhdWQiOiJhdXRoZW50aWNhdGVkIiwicm9sZSI6ImF1dGhlbnRpY2F0ZWQiLCJzdWIiOiIxMTExMTExMS0xMTExLTQxMTEtODExMS0xMTExMTExMTExMTEiLCJleHAiOjQxMDI0NDQ4MDB9.IY6x7L6CcVAETj7j5Po7_B3jnSsn6Fb5iPAwFC8361c";
pub const WORKER_SECRET: &str = "whsec_dGVzdHMtc2lnbi13aXRoLXRoaXMtc2VjcmV0LW9ubHk=";

impl Runtime for World {
    async fn verify(
        &self,
        _key: &PublicKey,
        _message: &[u8],
        _signature: &[u8],
    ) -> Result<bool, ApiError> {
        // Handlers' tests sign in with HS256; asymmetric tokens are tested on workerd.
        Ok(false)
    }

    fn now_ms(&self) -> u64 {
        NOW_MS + self.passed_ms()
    }
}

/// The settings of a small deployment.
#[must_use]
pub fn settings() -> Settings {
    Settings {
        supabase_url: "http://supabase.test".into(),
        supabase_anon_key: "anon".into(),
        supabase_jwt_secret: Some("a-secret-of-tests-that-nobody-else-has".into()),
        supabase_jwt_issuer: None,
        edge_db_jwt: "edge".into(),
        redis_url: "http://redis.test".into(),
        redis_token: "redis".into(),
        worker_secrets: vec![WORKER_SECRET.into()],
        token_secrets: vec!["0f".repeat(32)],
        admin_secret: Some("admin".into()),
        public_base_url: "http://edge.test".into(),
        storage: Credentials {
            endpoint: Endpoint::nowhere(),
            region: "auto".into(),
            layout: Layout::Buckets,
            access_key_id: "id".into(),
            secret_access_key: "secret".into(),
        },
        credits_url: None,
        starting_credits: 100,
        allowed_origins: Vec::new(),
        asset_check: true,
        callback_auth: CallbackAuth::Signed,
        admin_mock_images: true,
        security_contact: Some("mailto:security@edge.test".into()),
        debug_responses: false,
        keep_enhanced_prompts: false,
        local_webhooks: false,
        requests_per_minute: u32::MAX,
        webhooks_per_pass: 6,
        policy_terms: PolicyTerms::default(),
        default_num_images: 1,
        chat_worker_url: None,
        chat_worker_key: None,
        chat_worker_model: None,
        wan_worker_url: None,
        wan_worker_key: None,
    }
}

/// A `GET` by [`USER`].
#[must_use]
pub fn get(world: &World, path: &str, query: &[(&str, &str)]) -> Call<World> {
    let query = query
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let mut call = post(
        world,
        path,
        &[("authorization", &format!("Bearer {TOKEN}"))],
        "",
    );
    call.incoming.method = "GET".into();
    call.incoming.query = query.collect();
    call
}

/// A `POST` of JSON with these further headers.
#[must_use]
pub fn post(
    world: &World,
    path: &str,
    headers: &[(&'static str, &str)],
    body: &str,
) -> Call<World> {
    post_with(world, settings(), path, headers, body)
}

/// The same in a deployment with these settings.
#[must_use]
pub fn post_with(
    world: &World,
    settings: Settings,
    path: &str,
    headers: &[(&'static str, &str)],
    body: &str,
) -> Call<World> {
    let mut all = vec![("content-type", "application/json".to_owned())];
    all.extend(
        headers
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned())),
    );
    let incoming = Incoming {
        method: "POST".into(),
        path: path.into(),
        query: Vec::new(),
        headers: all,
        body: body.as_bytes().to_vec(),
    };
    let at = Moment::new(NOW_MS, [7; 32]);
    let runtime = world.invocation();
    Call::new(incoming, at, "r-1".into(), Rc::new(settings), runtime)
}

/// Runs a handler's golden files: each `tests/fixtures/<endpoint>/<case>.request.json` is given to `run`, and
/// what it returns, part by part, is compared with `<case>.<part>.json`, or written to it when the
/// environment says `UPDATE_SNAPSHOTS=1`.
///
/// # Panics
///
/// When a part differs, or when there is no case at all.
#[expect(
    clippy::panic,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]
pub fn golden(endpoint: &str, run: impl Fn(&str, Value) -> Vec<(&'static str, Value)>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/fixtures")
        .join(endpoint);
    let mut cases = 0;
    for entry in fs::read_dir(&folder)
        .expect("the endpoint has fixtures")
        .flatten()
    {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(case) = name.strip_suffix(".request.json") else {
            continue;
        };
        cases += 1;
        let text = fs::read(entry.path()).expect("a readable file");
        let request = serde_json::from_slice(&text).expect("JSON");
        for (part, actual) in run(case, request) {
            let path = folder.join(format!("{case}.{part}.json"));
            let actual = format!("{actual:#}\n");
            if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
                fs::write(&path, actual).expect("a writable file");
            } else if fs::read_to_string(&path).unwrap_or_default() != actual {
                panic!(
                    "{endpoint}/{case}.{part} is now\n{actual}\nIf that is meant: UPDATE_SNAPSHOTS=1"
                );
            }
        }
    }
    assert!(cases > 0, "{endpoint} has no cases");
}

/// The body of an answer, as JSON; null when it has none.
///
/// # Panics
///
/// When it is not JSON.
#[must_use]
#[expect(clippy::expect_used, reason = "a test fails by panicking")]
pub fn json_of(reply: Reply) -> Value {
    match reply.body {
        Body::Whole { bytes, .. } => serde_json::from_slice(&bytes).expect("JSON"),
        Body::Empty | Body::Stream { .. } => Value::Null,
    }
}

/// Status and body, as golden files hold them.
#[must_use]
pub fn answer_of(result: Result<Reply, ApiError>) -> Value {
    match result {
        Ok(reply) => json!({ "status": reply.status, "body": json_of(reply) }),
        Err(error) => json!({ "status": error.code.status(), "body": error.to_body("r-1") }),
    }
}
