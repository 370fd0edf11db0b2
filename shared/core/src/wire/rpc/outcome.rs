//! What a report comes to.

use serde::{Deserialize, Serialize};

/// What became of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportOutcome {
    /// Taken.
    Ok,
    /// Of an older attempt or another lease: nothing changed.
    Stale,
    /// The job had ended before: nothing changed.
    Terminal,
    /// There is no such job.
    NotFound,
    /// The row changed since it was read: read again and decide again.
    Conflict,
}
