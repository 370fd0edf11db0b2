//! What becomes of step previews.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::edge::{EdgeError, ReportReply};

/// How a step preview ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PreviewOutcome {
    /// The edge has it.
    Sent,
    /// It came too late: a newer one, the picture itself or another heartbeat was sooner, or the edge did not answer.
    Dropped,
    /// The output classifier did not let it pass.
    Refused,
}

impl PreviewOutcome {
    const ALL: [Self; 3] = [Self::Sent, Self::Dropped, Self::Refused];

    /// That of the previews of a heartbeat with this answer.
    #[must_use]
    pub const fn of(reply: &Result<ReportReply, EdgeError>) -> Self {
        match reply {
            Ok(ReportReply { ignored: false, .. }) => Self::Sent,
            Ok(_) | Err(_) => Self::Dropped,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Dropped => "dropped",
            Self::Refused => "refused",
        }
    }
}

/// Numbers of step previews by outcome.
#[derive(Debug, Default)]
pub struct PreviewCounts([AtomicU64; PreviewOutcome::ALL.len()]);

impl PreviewCounts {
    pub fn add(&self, outcome: PreviewOutcome, count: usize) {
        for (counter, known) in self.0.iter().zip(PreviewOutcome::ALL) {
            if known == outcome {
                counter.fetch_add(count as u64, Ordering::Relaxed);
            }
        }
    }

    pub fn write(&self, text: &mut String) {
        text.push_str("# TYPE ourvidz_worker_step_previews_total counter\n");
        for (counter, outcome) in self.0.iter().zip(PreviewOutcome::ALL) {
            let _ = writeln!(
                text,
                "ourvidz_worker_step_previews_total{{outcome=\"{}\"}} {}",
                outcome.as_str(),
                counter.load(Ordering::Relaxed)
            );
        }
    }
}
