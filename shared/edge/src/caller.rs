//! Who is calling: a user, a program with a user's key, an administrator or a worker.

use ourvidz_core::api_key::{self, KeyScope};
use ourvidz_core::{ApiError, Code};
use ourvidz_sign::jwt::{self, Algorithm, Expectations};

use crate::api_keys;
use crate::call::Call;
use crate::key_cache;
use crate::request_limit;
use crate::runtime::Runtime;
pub use crate::user::{Caller, UserProof};

/// How long what a key has opened may last, in seconds: as a token of Supabase does.
const KEY_SECONDS: u64 = 3_600;

/// The user whose token came with the request, or whose key: that one has to have the scope, where there is one.
///
/// # Errors
///
/// `unauthorized` with the reason, `forbidden` for a key without the scope, `rate_limited` when they ask too often,
/// `unavailable` if the published keys are needed and cannot be had.
pub async fn user<R: Runtime>(
    call: &Call<R>,
    scope: impl Into<Option<KeyScope>>,
) -> Result<Caller, ApiError> {
    let bearer = call.incoming.bearer().ok_or(Code::Unauthorized)?;
    if api_key::is_meant(bearer) {
        by_key(call, bearer, scope.into()).await
    } else {
        by_token(call, bearer).await
    }
}

/// A user who is signed in: what no key may do.
///
/// # Errors
///
/// As [`user`]; `forbidden` for a key.
pub async fn signed_in<R: Runtime>(call: &Call<R>) -> Result<Caller, ApiError> {
    let bearer = call.incoming.bearer().ok_or(Code::Unauthorized)?;
    if api_key::is_meant(bearer) {
        return Err(Code::Forbidden.into());
    }
    by_token(call, bearer).await
}

/// Each key has a limit of its own, so that a program that asks without end does not close its user's page.
async fn by_key<R: Runtime>(
    call: &Call<R>,
    key: &str,
    scope: Option<KeyScope>,
) -> Result<Caller, ApiError> {
    let key = api_keys::admitted(call, key, scope).await?;
    call.note("userId", key.user_id.to_string());
    request_limit::admit(
        "requests",
        key.id,
        call.settings.requests_per_minute,
        call.at.now_ms,
    )?;
    let lasts_until_s = call.at.now_s().saturating_add(KEY_SECONDS);
    Ok(Caller {
        user_id: key.user_id,
        is_admin: false,
        is_anonymous: false,
        expires_at_s: key
            .expires_at_s
            .map_or(lasts_until_s, |end_s| end_s.min(lasts_until_s)),
        proof: UserProof::ApiKey(key.id),
    })
}

async fn by_token<R: Runtime>(call: &Call<R>, token: &str) -> Result<Caller, ApiError> {
    let unverified = jwt::parse(token)?;
    let verified = match unverified.header().algorithm {
        Algorithm::Hs256 => {
            let secret = call
                .settings
                .supabase_jwt_secret
                .as_deref()
                .unwrap_or_default();
            unverified.verify_hs256(&[secret.as_bytes()])?
        }
        Algorithm::Es256 | Algorithm::Rs256 => {
            let key = key_cache::key_for(call, unverified.header()).await?;
            let valid = call
                .runtime
                .verify(&key, unverified.signing_input(), unverified.signature())
                .await?;
            unverified.accept(&key, valid)?
        }
    };
    let expected = Expectations {
        issuer: call.settings.supabase_jwt_issuer.clone(),
    };
    let user = jwt::check_claims(&verified, &expected, call.at.now_s())?;
    call.note("userId", user.user_id.to_string());
    request_limit::admit(
        "requests",
        user.user_id,
        call.settings.requests_per_minute,
        call.at.now_ms,
    )?;
    Ok(Caller {
        user_id: user.user_id,
        is_admin: user.is_admin,
        is_anonymous: user.is_anonymous,
        expires_at_s: user.expires_at_s,
        proof: UserProof::Token(token.to_owned()),
    })
}

/// An administrator, by claim or by the deployment's secret; returns the name for the audit.
///
/// # Errors
///
/// `unauthorized` without credentials, `forbidden` for everyone else.
pub async fn admin<R: Runtime>(call: &Call<R>) -> Result<String, ApiError> {
    if let Some(sent) = call.incoming.header("x-admin-secret") {
        let known = call.settings.admin_secret.as_deref();
        return if known.is_some_and(|known| same(known, sent)) {
            Ok("admin-secret".to_owned())
        } else {
            Err(Code::Unauthorized.into())
        };
    }
    let caller = signed_in(call).await?;
    if caller.is_admin {
        Ok(caller.user_id.to_string())
    } else {
        Err(Code::Forbidden.into())
    }
}

/// Compares secrets by their digests, so that the time says nothing about where they differ.
fn same(known: &str, sent: &str) -> bool {
    use ourvidz_core::fingerprint::sha256_hex;
    !known.is_empty() && sha256_hex(known.as_bytes()) == sha256_hex(sent.as_bytes())
}
