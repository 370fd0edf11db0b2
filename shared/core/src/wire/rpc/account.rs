//! Who the caller is to the service.

use serde::{Deserialize, Serialize};

use crate::Id;

/// *edge*: who the caller is to the service; makes the profile on first sight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountOf {
    pub p_user_id: Id,
    /// Credits that a user who was never seen before starts with.
    pub p_starting_credits: u32,
}

/// What [`AccountOf`] returns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// What can be spent.
    pub balance: i64,
    /// What unfinished jobs hold.
    pub held: i64,
    pub active_jobs: u32,
    pub total_jobs: u64,
    pub credits_spent: i64,
}
