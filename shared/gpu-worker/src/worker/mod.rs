//! The protocol: from a claimed job to a settled one, whatever happens in between.

mod attempt;
mod delivery;
mod final_status;
mod heartbeat;
mod intervals;
mod job;
mod job_previews;
mod observer;
mod order;
mod outcome;
mod output;
mod rewrite;
mod shutdown;
mod spool;
mod step_previews;
mod worker_loop;

pub use attempt::Attempt;
pub use delivery::{Delivery, DeliveryError, FinalStatus, OutputFile};
pub use heartbeat::{Heartbeat, StopReason};
pub use intervals::Intervals;
pub use job::JobRunner;
pub use order::{InvalidOrder, LARGEST_SIDE, Order};
pub use outcome::JobOutcome;
pub use shutdown::Shutdown;
pub use spool::{ResendCounts, Spool};
pub use step_previews::StepPreviewWriter;
pub use worker_loop::WorkerLoop;

#[cfg(test)]
mod tests;
