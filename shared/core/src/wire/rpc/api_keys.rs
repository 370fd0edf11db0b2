//! API keys: made, shown, used, revoked.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::Id;
use crate::api_key::KeyScope;

/// *edge*: makes a key good.
///
/// Raises `PT409 state_conflict` `{limit}` when the user has too many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CreateApiKey {
    /// The caller.
    pub p_user_id: Id,
    /// Its id, made by the edge.
    pub p_key_id: Id,
    /// SHA-256 of the key, in hex.
    pub p_digest: String,
    /// How the key begins.
    pub p_prefix: String,
    /// What its owner calls it.
    pub p_name: String,
    /// What it may do.
    pub p_scopes: Vec<KeyScope>,
    /// Credits that its orders may cost in a month.
    pub p_monthly_limit: Option<u64>,
    /// After how many days it ends.
    pub p_expires_in_days: Option<u32>,
    /// Keys that a user may have.
    pub p_most: u32,
}

/// A key as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ApiKeyView {
    /// Its id.
    pub id: Id,
    /// What its owner calls it.
    pub name: String,
    /// How it begins.
    pub prefix: String,
    /// What it may do.
    pub scopes: Vec<KeyScope>,
    /// Credits that its orders may cost in a calendar month of UTC; null when nothing bounds them.
    pub monthly_limit: Option<u64>,
    /// What its orders of this month hold and have cost.
    pub spent_this_month: u64,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339; null when it does not end by itself.
    pub expires_at: Option<String>,
    /// To the minute, RFC 3339; null when it was never used.
    pub last_used_at: Option<String>,
}

/// *user*: the caller's keys, newest first. Not for keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MyApiKeys {}

/// *edge*: makes a key good for nothing.
///
/// Raises `PT404 not_found`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RevokeApiKey {
    /// The caller.
    pub p_user_id: Id,
    /// The key.
    pub p_key_id: Id,
}

/// *edge*: whose key this is, or null; notes that it was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UseApiKey {
    /// SHA-256 of the key, in hex.
    pub p_digest: String,
}

/// What [`UseApiKey`] returns.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct KnownApiKey {
    /// Its id.
    pub id: Id,
    /// Its owner.
    pub user_id: Id,
    /// What it may do.
    pub scopes: Vec<KeyScope>,
    /// When it ends, in seconds since 1970.
    pub expires_at_s: Option<u64>,
}
