//! Snapshots: what a report is judged by, given to the worker beforehand.
//!
//! All of it changes only with the job's version, and a settlement is written only at the version that it was decided
//! on. So a snapshot may be old, and then costs a look at the job, but it can never be wrong.

use alloc::vec::Vec;

use crate::merge;
use crate::timestamp::rfc3339;
use crate::wire::callback::CallbackReply;
use crate::wire::rpc::{SettleJob, SettleReply, Settlement, Status};

/// The job as it stands after a settlement with which the work goes on; none after any other.
#[must_use]
pub fn after(before: &Settlement, rpc: &SettleJob, written: &SettleReply) -> Option<Settlement> {
    if rpc.p_status != Status::Processing {
        return None;
    }
    let mut after = Settlement {
        settled: Vec::new(),
        ..before.clone()
    };
    after.job.status = rpc.p_status;
    after.job.version = written.version?;
    after.job.progress = rpc.p_progress.unwrap_or(before.job.progress);
    after.job.metadata = merge::patched(&before.job.metadata, &rpc.p_metadata);
    if let (Some(lease), Some(until_ms)) = (&mut after.lease, written.lease_until_ms) {
        lease.until_ms = until_ms;
    }
    for update in &rpc.p_assets {
        let is_it = |row: &&mut crate::wire::rpc::AssetState| {
            row.image_index == update.index && !row.status.is_terminal()
        };
        if let Some(row) = after.assets.iter_mut().find(is_it) {
            row.status = update.status;
            row.url.clone_from(&update.url);
        }
    }
    Some(after)
}

/// The answer with the lease as it is: heartbeats renew it without the job's row.
pub fn renew(reply: &mut CallbackReply, written: &SettleReply) {
    if reply.lease_until.is_some() {
        reply.lease_until = written
            .lease_until_ms
            .map(rfc3339)
            .or(reply.lease_until.take());
    }
}
