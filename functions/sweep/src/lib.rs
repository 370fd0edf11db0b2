//! The sweep: runs each minute, finds what was lost, and sends webhooks.
//!
//! A pass asks Redis how long its lists are, asks the database what is late (which settles the late ones in
//! the same transaction), pushes the hints and deletes the objects that came back, and marks both as done. Then
//! it sends the webhooks that are due. Two passes at once are harmless, and so is one that is cut off anywhere:
//! the next one finds the rest.

pub mod deliver;
#[cfg(target_arch = "wasm32")]
mod entry;
pub mod pass;
#[cfg(test)]
mod tests;

use ourvidz_core::limits::MAX_SUBREQUESTS;
use ourvidz_core::{ApiError, Code, Id};
use ourvidz_edge::{Call, Reply, Runtime};

/// Passes of one tick, and the pause between them: leases are looked at every quarter of a minute, so that a
/// lost worker is noticed soon after its lease has ended.
pub const PASSES: u32 = 4;
/// The pause between two passes.
pub const PAUSE_MS: u64 = 15_000;

/// What a pass sends at most, apart from deletions: two requests to Redis, two to the database, six webhooks and two
/// calls around those.
const SUBREQUESTS_OF_PASS: u32 = 12;

/// Buckets whose objects the `nth` pass of a tick deletes, by one request each, when the tick has sent so many requests
/// before it. Nobody waits for the end of an object, so this is what the rest of the tick can spare.
#[must_use]
pub const fn buckets_of_pass(nth: u32, sent: u32) -> u32 {
    let reserved = PASSES.saturating_sub(nth) * SUBREQUESTS_OF_PASS;
    MAX_SUBREQUESTS.saturating_sub(sent.saturating_add(reserved))
}

/// `POST .../webhooks/{job}`, by another function: sends what is due, that job's first.
///
/// # Errors
///
/// 404 for everything else, and what the database says.
pub async fn send_webhooks<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    let route = call.incoming.route();
    let ["sweep", "webhooks", job] = route.as_slice() else {
        return Err(Code::NotFound.into());
    };
    call.only(&["POST"])?;
    let job: Id = job.parse().map_err(|_| Code::NotFound)?;
    call.note("jobId", job.to_string());
    let report = deliver::run(&call.backends(), &call.at, Some(job)).await?;
    call.note("report", report.clone());
    Reply::json(&report)
}
