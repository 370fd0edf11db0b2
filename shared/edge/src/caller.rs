//! Who is calling: a user, an administrator or a worker.

use ourvidz_core::{ApiError, Code};
use ourvidz_sign::jwt::{self, Algorithm, Expectations};

use crate::call::Call;
use crate::key_cache;
use crate::request_limit;
use crate::runtime::Runtime;
pub use crate::user::Caller;

/// The user whose token came with the request.
///
/// # Errors
///
/// `unauthorized` with the reason, `rate_limited` when they ask too often, `unavailable` if the published keys are needed and cannot be had.
pub async fn user<R: Runtime>(call: &Call<R>) -> Result<Caller, ApiError> {
    let token = call.incoming.bearer().ok_or(Code::Unauthorized)?;
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
        token: token.to_owned(),
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
    let caller = user(call).await?;
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
