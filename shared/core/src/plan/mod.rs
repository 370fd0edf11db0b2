//! Decisions: typed input to a struct of effects. Nothing here does anything; planning twice gives the same.

pub mod claim;
pub mod heartbeat;
pub mod retry;
pub mod settle;
pub mod step_previews;
pub mod submit;
pub mod sweep;
pub mod uploads;
pub mod webhooks;
