//! `GET /api/me`: who the caller is to the service. `DELETE /api/me/data`: what is left of them when they want it gone.

use serde::{Deserialize, Serialize};

use super::rpc::{Account, DeletedData};
use crate::Id;
use crate::limits::{MAX_ACTIVE_JOBS, MAX_JOBS_PER_MINUTE};

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AccountReply {
    /// Always true.
    pub success: bool,
    /// The caller.
    pub user_id: Id,
    /// Whether the project made this user an administrator.
    pub is_admin: bool,
    /// Whether it is an anonymous sign-in.
    pub is_anonymous: bool,
    /// Credits that can be spent.
    pub balance: i64,
    /// Credits that unfinished jobs hold.
    pub held: i64,
    /// What was used so far.
    pub usage: AccountUsage,
    /// What can be used at once.
    pub limits: AccountLimits,
}

/// What a user used so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AccountUsage {
    /// Unfinished jobs.
    pub active_jobs: u32,
    /// Jobs ever submitted.
    pub total_jobs: u64,
    /// Credits ever charged.
    pub credits_spent: i64,
}

/// What a user can use at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AccountLimits {
    /// Unfinished jobs.
    pub active_jobs: u32,
    /// Jobs in a minute.
    pub jobs_per_minute: u32,
}

impl AccountReply {
    /// From the row.
    #[must_use]
    pub const fn of(user_id: Id, is_admin: bool, is_anonymous: bool, account: &Account) -> Self {
        Self {
            success: true,
            user_id,
            is_admin,
            is_anonymous,
            balance: account.balance,
            held: account.held,
            usage: AccountUsage {
                active_jobs: account.active_jobs,
                total_jobs: account.total_jobs,
                credits_spent: account.credits_spent,
            },
            limits: AccountLimits {
                active_jobs: MAX_ACTIVE_JOBS,
                jobs_per_minute: MAX_JOBS_PER_MINUTE,
            },
        }
    }
}

/// The answer of `DELETE /api/me/data`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DataDeletedReply {
    /// Always true.
    pub success: bool,
    /// What was deleted.
    #[serde(flatten)]
    pub deleted: DeletedData,
}
