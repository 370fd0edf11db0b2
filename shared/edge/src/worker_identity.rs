//! Which worker is calling, and how it proves that.

use ourvidz_core::{ApiError, Code, Id};
use ourvidz_sign::attempt_token;
use ourvidz_sign::webhook::{self, Secret};
use serde_json::json;

use crate::call::Call;
use crate::settings::CallbackAuth;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// Signed with the deployment's secret, or with the worker's own: every job.
    Signature,
    /// The token of one attempt of one job.
    Attempt(u32),
    /// None was asked for.
    Open,
}

/// Checks a worker's signature over the body. `worker_id` is who it says it is: a worker may sign with its
/// own secret, which is derived from the shared one and its name.
///
/// # Errors
///
/// `unauthorized`, `misconfigured` if the secrets are not of their form.
pub fn signed<R>(call: &Call<R>, worker_id: Option<&str>) -> Result<Proof, ApiError> {
    let header = |name: &str| call.incoming.header(name);
    let (Some(id), Some(timestamp), Some(signature)) = (
        header("webhook-id"),
        header("webhook-timestamp"),
        header("webhook-signature"),
    ) else {
        return Err(refused("signature_missing"));
    };
    let shared = secrets(call)?;
    let own = worker_id.into_iter().flat_map(|worker_id| {
        shared
            .iter()
            .map(move |secret| webhook::derive_worker_secret(secret, worker_id))
    });
    let all: Vec<Secret> = own.chain(shared.iter().cloned()).collect();
    webhook::verify(
        &all,
        id,
        timestamp,
        signature,
        &call.incoming.body,
        call.at.now_s(),
    )
    .map(|()| Proof::Signature)
    .map_err(|error| refused("signature_invalid").with_cause(format!("signature: {error:?}")))
}

/// The id of a signed message, which the database lets count once; none where nothing was signed.
#[must_use]
pub fn message_id<R>(call: &Call<R>) -> Option<String> {
    call.incoming.header("webhook-signature")?;
    call.incoming.header("webhook-id").map(str::to_owned)
}

/// Checks what a callback about `job` came with: a signature, or the attempt's token.
///
/// # Errors
///
/// `unauthorized`.
pub fn of_callback<R>(call: &Call<R>, job: Id, worker_id: Option<&str>) -> Result<Proof, ApiError> {
    if call.incoming.header("webhook-signature").is_some() {
        return signed(call, worker_id);
    }
    if let Some(token) = call.incoming.bearer() {
        let secrets = token_secrets(call)?;
        let secrets: Vec<&[u8]> = secrets.iter().map(Vec::as_slice).collect();
        return attempt_token::verify(&secrets, token, job)
            .map(Proof::Attempt)
            .ok_or_else(|| refused("token_invalid"));
    }
    match call.settings.callback_auth {
        CallbackAuth::Signed => Err(refused("signature_missing")),
        CallbackAuth::Open => {
            call.note("warning", "unauthenticated callback: CALLBACK_AUTH=open");
            Ok(Proof::Open)
        }
    }
}

/// The token that lets a worker report on one attempt.
///
/// # Errors
///
/// `misconfigured` if the secret is not of its form.
pub fn attempt_token<R>(call: &Call<R>, job: Id, attempt: u32) -> Result<String, ApiError> {
    let secrets = token_secrets(call)?;
    let secret = secrets.first().map(Vec::as_slice).unwrap_or_default();
    Ok(attempt_token::issue(secret, job, attempt))
}

fn secrets<R>(call: &Call<R>) -> Result<Vec<Secret>, ApiError> {
    let parsed = call
        .settings
        .worker_secrets
        .iter()
        .map(|text| Secret::parse(text));
    parsed
        .collect::<Result<_, _>>()
        .map_err(|_| malformed("WORKER_CALLBACK_SECRET"))
}

pub(crate) fn token_secrets<R>(call: &Call<R>) -> Result<Vec<Vec<u8>>, ApiError> {
    let parsed = call
        .settings
        .token_secrets
        .iter()
        .map(|text| attempt_token::parse_secret(text));
    parsed
        .collect::<Option<_>>()
        .ok_or_else(|| malformed("CALLBACK_TOKEN_SECRET"))
}

fn malformed(setting: &'static str) -> ApiError {
    ApiError::new(Code::Misconfigured)
        .with_details(json!({ "settings": [setting] }))
        .with_cause(format!("{setting} is not of its form"))
}

fn refused(reason: &'static str) -> ApiError {
    ApiError::new(Code::Unauthorized).with_details(json!({ "reason": reason }))
}
