//! The identity provider's published keys, remembered for the isolate's life.

use core::cell::{Cell, RefCell};

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

/// Whoever comes while somebody fetches looks again after this long.
const LOOK_AGAIN_MS: u32 = 50;
/// After a fetch that failed nobody tries again for so long: a provider that is down is not helped by being asked by
/// everybody.
const FAILED_MS: u64 = 1_000;

thread_local! {
    static KNOWN: RefCell<Option<Known>> = const { RefCell::new(None) };
    /// Until when nobody else fetches: while somebody does, and for a while after it failed. Requests of one isolate
    /// cannot wait for each other's answers, so they wait for this; it ends by itself when its request was dropped.
    static CLOSED_UNTIL_MS: Cell<u64> = const { Cell::new(0) };
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
    for _ in 0..=TIMEOUT_MS / LOOK_AGAIN_MS {
        if let Some(result) = remembered(call, header, &url) {
            return Ok(result?);
        }
        let now_ms = call.runtime.now_ms();
        if CLOSED_UNTIL_MS.get() <= now_ms {
            CLOSED_UNTIL_MS.set(now_ms.saturating_add(u64::from(TIMEOUT_MS)));
            return fetch_and_select(call, header, url).await;
        }
        call.runtime.pause(LOOK_AGAIN_MS).await;
    }
    Err(ApiError::new(Code::Unavailable).with_cause("published keys: somebody else's fetch failed"))
}

/// What is known of the key; nothing when a fetch may help.
fn remembered<R>(
    call: &Call<R>,
    header: &Header,
    url: &str,
) -> Option<Result<PublicKey, JwtError>> {
    KNOWN.with_borrow(|known| {
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
    })
}

async fn fetch_and_select<R: Runtime>(
    call: &Call<R>,
    header: &Header,
    url: String,
) -> Result<PublicKey, ApiError> {
    let fetched = fetch(call, &url).await;
    let now_ms = call.runtime.now_ms();
    let pause_ms = if fetched.is_ok() { 0 } else { FAILED_MS };
    CLOSED_UNTIL_MS.set(now_ms.saturating_add(pause_ms));
    let keys = fetched?;
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

#[cfg(test)]
mod tests;
