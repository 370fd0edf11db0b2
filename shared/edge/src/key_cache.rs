//! The identity provider's published keys, remembered by the isolate for some minutes.

use core::cell::{Cell, RefCell};

use ourvidz_core::{ApiError, Code};
use ourvidz_rest::{Backend, Request};
use ourvidz_sign::jwk::{KeySet, MAX_SET_BYTES, PublicKey};
use ourvidz_sign::jwt::{Header, JwtError};

use crate::call::Call;
use crate::runtime::Runtime;

/// An unknown key is looked up at most this often: anybody can send tokens with invented key ids.
const REFRESH_MS: u64 = 60_000;
/// What was published is asked for again after this long, so that a key that was revoked ends: Supabase itself lets
/// everybody keep it for as long.
const KEPT_MS: u64 = 600_000;
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
        let now_ms = call.runtime.now_ms();
        let may_fetch = CLOSED_UNTIL_MS.get() <= now_ms;
        let remembered = remembered(call, header, &url);
        if may_fetch && remembered.as_ref().is_none_or(|known| known.is_old) {
            CLOSED_UNTIL_MS.set(now_ms.saturating_add(u64::from(TIMEOUT_MS)));
            return match (fetch_and_select(call, header, url).await, remembered) {
                // Who cannot be asked revokes nothing.
                (Err(error), Some(known)) if error.code == Code::Unavailable => Ok(known.key?),
                (fetched, _) => fetched,
            };
        }
        if let Some(known) = remembered {
            return Ok(known.key?);
        }
        call.runtime.pause(LOOK_AGAIN_MS).await;
    }
    Err(ApiError::new(Code::Unavailable).with_cause("published keys: somebody else's fetch failed"))
}

/// What is known of a key.
struct Remembered {
    key: Result<PublicKey, JwtError>,
    /// Whether it counts only until the published keys were asked for again.
    is_old: bool,
}

/// What is known of the key; nothing when only a fetch can tell.
fn remembered<R>(call: &Call<R>, header: &Header, url: &str) -> Option<Remembered> {
    KNOWN.with_borrow(|known| {
        let known = known.as_ref().filter(|known| known.url == url)?;
        let age_ms = call.at.now_ms.saturating_sub(known.fetched_ms);
        let key = known.keys.select_key(header).cloned();
        if key == Err(JwtError::UnknownKey) && age_ms >= REFRESH_MS {
            return None;
        }
        let is_old = age_ms >= KEPT_MS;
        Some(Remembered { key, is_old })
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

#[cfg(test)]
mod tests;
