//! What operators do and see.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::Id;

/// *edge*: moves credits to a user (or back, when negative), once per request id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdminGrantCredits {
    /// Who grants.
    pub p_actor: String,
    /// To whom.
    pub p_user_id: Id,
    /// How many.
    pub p_amount: i64,
    /// Why.
    pub p_reason: String,
    /// What makes a repeat the same grant.
    pub p_request_id: String,
}

/// A balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// What can be spent.
    pub balance: i64,
    /// What unfinished jobs hold.
    pub held: i64,
}

/// *edge*: what the health check needs from the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EdgeHealth {}

/// What [`EdgeHealth`] returns.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Health {
    /// Number of the newest migration's schema.
    pub schema_version: u32,
    /// Seconds since the sweep last ran; null before its first run.
    pub sweep_seconds: Option<u64>,
}
