//! The identity provider's published keys, remembered for the isolate's life.

use core::cell::RefCell;

use ourvidz_core::{ApiError, Code};
use ourvidz_rest::{Backend, Request};
use ourvidz_sign::jwk::{KeySet, MAX_SET_BYTES, PublicKey};
use ourvidz_sign::jwt::{Header, JwtError};

use crate::call::Call;
use crate::runtime::Runtime;

/// An unknown key is looked up at most this often: anybody can send tokens with invented key ids.
const REFRESH_MS: u64 = 60_000;
/// The provider answers in milliseconds or not at all.
const TIMEOUT_MS: u32 = 3_000;

struct Known {
    url: String,
    keys: KeySet,
    fetched_ms: u64,
}

thread_local! {
    static KNOWN: RefCell<Option<Known>> = const { RefCell::new(None) };
}

/// The key that a token's header names.
///
/// # Errors
///
/// `unauthorized` when there is none, `unavailable` when the keys cannot be had.
pub async fn key_for<R: Runtime>(call: &Call<R>, header: &Header) -> Result<PublicKey, ApiError> {
    let url = format!(
        "{}/auth/v1/.well-known/jwks.json",
        call.settings.supabase_url
    );
    let remembered = KNOWN.with_borrow(|known| {
        let known = known.as_ref().filter(|known| known.url == url)?;
        match known.keys.select_key(header) {
            Ok(key) => Some(Ok(key.clone())),
            Err(error)
                if is_unknown_key(error)
                    && call.at.now_ms.saturating_sub(known.fetched_ms) >= REFRESH_MS =>
            {
                None
            }
            Err(error) => Some(Err(error)),
        }
    });
    if let Some(result) = remembered {
        return Ok(result?);
    }
    let keys = fetch(call, &url).await?;
    let selected = keys.select_key(header).cloned();
    KNOWN.set(Some(Known {
        url,
        keys,
        fetched_ms: call.at.now_ms,
    }));
    Ok(selected?)
}

async fn fetch<R: Runtime>(call: &Call<R>, url: &str) -> Result<KeySet, ApiError> {
    let unavailable = |cause: String| ApiError::new(Code::Unavailable).with_cause(cause);
    let answer = call
        .runtime
        .send(Request {
            backend: Backend::Keys,
            method: "GET",
            url: url.to_owned(),
            headers: vec![("accept".into(), "application/json".into())],
            body: None,
            timeout_ms: TIMEOUT_MS,
            max_answer_bytes: MAX_SET_BYTES,
        })
        .await
        .map_err(|error| unavailable(format!("published keys: {error:?}")))?;
    if answer.status != 200 {
        return Err(unavailable(format!(
            "published keys: status {}",
            answer.status
        )));
    }
    KeySet::parse(&answer.body).map_err(|_| unavailable("published keys: not a key set".to_owned()))
}

/// The reason for a log that a key was not found, apart from all others: only it is worth a fresh key set.
#[must_use]
const fn is_unknown_key(error: JwtError) -> bool {
    matches!(error, JwtError::UnknownKey)
}
