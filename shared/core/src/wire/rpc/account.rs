//! Who the caller is to the service, and what is left when they delete their data.

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

/// *edge*: deletes what a user has made and said, so many jobs at a time. Once more changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeleteData {
    pub p_user_id: Id,
    /// Jobs that one call deletes.
    pub p_most_jobs: u32,
}

/// What [`DeleteData`] deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeletedData {
    /// Jobs, with everything that was said of them.
    pub jobs: u64,
    /// Their pictures and videos.
    pub assets: u64,
    /// Projects.
    pub projects: u64,
    /// API keys.
    pub api_keys: u64,
    /// Jobs that are still there: ask again until there are none.
    pub jobs_left: u64,
}
