//! Where a job or an asset stands.

use serde::{Deserialize, Serialize};

/// A status as rows and messages carry it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Waits for a worker.
    Queued,
    /// A worker has it.
    #[serde(alias = "generating")]
    Processing,
    /// Done, with at least one asset.
    Completed,
    /// Given up.
    Failed,
    /// Canceled by its owner.
    Canceled,
}
