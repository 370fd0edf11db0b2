//! Every interval of the protocol, so that tests can run it a hundred times faster.

use std::time::Duration;

/// All intervals of the worker.
#[derive(Debug, Clone, Copy)]
pub struct Intervals {
    /// Between two heartbeats: a third of the lease, so that two may be lost.
    pub heartbeat: Duration,
    /// Between two heartbeats of which the edge did not answer the first.
    pub heartbeat_retry: Duration,
    /// Before a heartbeat that only brings progress.
    pub progress: Duration,
    /// Between two looks at the pictures of a job: more than people look for, and a fraction of a step's time for each.
    pub step_preview: Duration,
    /// First wait before something is tried again; doubled each time.
    pub retry_first: Duration,
    /// Longest such wait: short enough to deliver within one lease of the edge's return.
    pub retry_longest: Duration,
    /// How long a finished job waits for the edge before it goes to the spool and the GPU to the next job.
    pub patience: Duration,
    /// How often the edge is asked for work without a hint.
    pub timer: Duration,
    /// How often the watchdog looks: bounds how late it ends what hangs, and how late an end is noticed.
    pub watch: Duration,
}

impl Intervals {
    /// What production uses.
    pub const REAL: Self = Self {
        heartbeat: Duration::from_secs(ourvidz_core::limits::HEARTBEAT_SECONDS as u64),
        heartbeat_retry: Duration::from_secs(3),
        progress: Duration::from_secs(1),
        step_preview: Duration::from_secs(2),
        retry_first: Duration::from_millis(500),
        retry_longest: Duration::from_secs(10),
        patience: Duration::from_secs(20),
        timer: Duration::from_secs(45),
        watch: Duration::from_millis(100),
    };

    /// The wait before attempt `tried` + 1.
    #[must_use]
    pub fn retry(&self, tried: u32) -> Duration {
        (self.retry_first * 2_u32.saturating_pow(tried.min(10))).min(self.retry_longest)
    }
}
