//! Golden files: what each request leads to, as `tests/fixtures/<endpoint>/<case>.{request,plan,reply}.json`.
//!
//! `request` is a body as it crosses the network, `context` (where there is one) what the database knew,
//! `plan` the call that follows, `reply` the answer. The edge, the browser and the GPU worker are tested with
//! the same files. `UPDATE_SNAPSHOTS=1 cargo test -p ourvidz-core` writes plans and replies anew; the diff
//! then shows what a change means.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod claim_job;
mod files;
mod heartbeat;
mod hint;
mod job_callback;
mod queue_job;
mod rpc;
mod rpc_library;
mod rpc_webhooks;
mod scene;
