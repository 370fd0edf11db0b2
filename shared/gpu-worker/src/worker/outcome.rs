//! How a claimed job ended for this worker.

/// How a claimed job ended for this worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobOutcome {
    /// Settled as completed.
    Completed,
    /// Settled as failed.
    Failed,
    /// Released because the program ends.
    Released,
    /// Canceled by its owner.
    Cancelled,
    /// No longer ours.
    Stale,
    /// The edge refuses the report for good.
    Dropped,
    /// Finished, and waiting in the spool for the edge.
    Spooled,
}

impl JobOutcome {
    /// Every outcome.
    pub const ALL: [Self; 7] = [
        Self::Completed,
        Self::Failed,
        Self::Released,
        Self::Cancelled,
        Self::Stale,
        Self::Dropped,
        Self::Spooled,
    ];

    /// The name for logs and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Released => "released",
            Self::Cancelled => "cancelled",
            Self::Stale => "stale",
            Self::Dropped => "dropped",
            Self::Spooled => "spooled",
        }
    }
}
