//! Whose an API key is: asked of the database once in a few seconds, and remembered by its digest.
//!
//! See decision 0088. What must hold at once is not decided by this memory: reads and orders name the key, and the
//! database looks it up again in their own transaction.

use core::cell::RefCell;
use std::collections::HashMap;

use ourvidz_core::api_key::{self, KeyScope};
use ourvidz_core::wire::rpc::{KnownApiKey, UseApiKey};
use ourvidz_core::{ApiError, Code};
use serde_json::json;

use crate::call::Call;
use crate::runtime::Runtime;

/// How long a revoked key can still do what does not look it up again.
const REMEMBERED_MS: u64 = 5_000;

/// Keys that are remembered, with those that are none: some hundred kilobytes.
const MAX_REMEMBERED: usize = 1_000;

struct Remembered {
    /// None for what is no key any more, so that a program that goes on trying costs the database little.
    key: Option<KnownApiKey>,
    until_ms: u64,
}

thread_local! {
    static REMEMBERED: RefCell<HashMap<String, Remembered>> = RefCell::default();
}

/// The key that a request came with, if it may do this: where no scope is asked for, each may.
///
/// # Errors
///
/// `unauthorized` for what is no key, or none any more; `forbidden` where it lacks the scope; what the database says.
pub async fn admitted<R: Runtime>(
    call: &Call<R>,
    token: &str,
    scope: Option<KeyScope>,
) -> Result<KnownApiKey, ApiError> {
    let digest = api_key::digest(token).ok_or_else(|| refused("key_malformed"))?;
    let found = match remembered(&digest, call.at.now_ms) {
        Some(key) => key,
        None => look_up(call, digest).await?,
    };
    let ended = |key: &KnownApiKey| {
        key.expires_at_s
            .is_some_and(|end_s| end_s <= call.at.now_s())
    };
    let key = found
        .filter(|key| !ended(key))
        .ok_or_else(|| refused("key_unknown"))?;
    call.note("apiKeyId", key.id.to_string());
    if scope.is_none_or(|scope| key.scopes.contains(&scope)) {
        Ok(key)
    } else {
        Err(ApiError::new(Code::Forbidden)
            .with_details(json!({ "reason": "key_scope", "scope": scope })))
    }
}

fn remembered(digest: &str, now_ms: u64) -> Option<Option<KnownApiKey>> {
    REMEMBERED.with_borrow(|keys| {
        let remembered = keys.get(digest).filter(|known| known.until_ms > now_ms)?;
        Some(remembered.key.clone())
    })
}

async fn look_up<R: Runtime>(
    call: &Call<R>,
    digest: String,
) -> Result<Option<KnownApiKey>, ApiError> {
    let query = UseApiKey {
        p_digest: digest.clone(),
    };
    let key = call.edge_rpc(&query).await?;
    let now_ms = call.at.now_ms;
    REMEMBERED.with_borrow_mut(|keys| {
        if keys.len() >= MAX_REMEMBERED {
            keys.retain(|_, known| known.until_ms > now_ms);
            if keys.len() >= MAX_REMEMBERED {
                keys.clear();
            }
        }
        let until_ms = now_ms.saturating_add(REMEMBERED_MS);
        keys.insert(
            digest,
            Remembered {
                key: key.clone(),
                until_ms,
            },
        );
    });
    Ok(key)
}

fn refused(reason: &'static str) -> ApiError {
    ApiError::new(Code::Unauthorized).with_details(json!({ "reason": reason }))
}
