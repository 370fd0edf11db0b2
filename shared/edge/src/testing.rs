//! What handlers' tests stand on: a call without a runtime, in a world of fakes.

use std::rc::Rc;

use ourvidz_core::sign::jwk::PublicKey;
use ourvidz_core::sign::sigv4::{Credentials, Endpoint, Layout};
use ourvidz_core::{ApiError, Moment};
use ourvidz_rest::fakes::World;

use crate::settings::{CallbackAuth, Settings};
use crate::{Call, Incoming, Runtime};

/// When tests happen: 2026-01-01T00:00:00Z.
pub const NOW_MS: u64 = 1_767_225_600_000;
/// The user of [`TOKEN`].
pub const USER: &str = "11111111-1111-4111-8111-111111111111";
/// A token of [`USER`]'s, signed with the secret of [`settings`], good until 2100.
pub const TOKEN: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJhdWQiOiJhdXRoZW50aWNhdGVkIiwicm9sZSI6ImF1dGhlbnRpY2F0ZWQiLCJzdWIiOiIxMTExMTExMS0xMTExLTQxMTEtODExMS0xMTExMTExMTExMTEiLCJleHAiOjQxMDI0NDQ4MDB9.IY6x7L6CcVAETj7j5Po7_B3jnSsn6Fb5iPAwFC8361c";
/// What workers sign with.
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
        starting_credits: 100,
        allowed_origins: Vec::new(),
        asset_check: true,
        callback_auth: CallbackAuth::Signed,
        admin_mock_images: true,
        debug_responses: false,
        default_num_images: 1,
        chat_worker_url: None,
        chat_worker_key: None,
        chat_worker_model: None,
        wan_worker_url: None,
        wan_worker_key: None,
    }
}

/// A `POST` of JSON with these further headers.
#[must_use]
pub fn post(
    world: &World,
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
    Call::new(
        incoming,
        at,
        "r-1".into(),
        Rc::new(settings()),
        world.clone(),
    )
}
