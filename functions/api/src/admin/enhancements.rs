//! `GET /api/admin/enhancements?days=7`: how prompts are made better, by whom, how fast and how well.

use ourvidz_core::ApiError;
use ourvidz_core::wire::enhance::EnhancementStatisticsReply;
use ourvidz_core::wire::rpc::EnhancementStatistics;
use ourvidz_edge::{Call, Reply, Runtime, caller};

/// A week shows a rhythm without hiding what changed yesterday.
const DEFAULT_DAYS: u32 = 7;
/// The rows of longer ago are of other versions.
const MAX_DAYS: u32 = 90;

pub(crate) async fn enhancements<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["GET"])?;
    caller::admin(call).await?;
    let p_days = match call.incoming.query("days") {
        None => DEFAULT_DAYS,
        Some(days) => days
            .parse()
            .ok()
            .filter(|days| (1..=MAX_DAYS).contains(days))
            .ok_or_else(|| ApiError::invalid_field("days", "a number from 1 to 90"))?,
    };
    let summaries = call.edge_rpc(&EnhancementStatistics { p_days }).await?;
    Reply::json(&EnhancementStatisticsReply {
        success: true,
        days: p_days,
        total: summaries.iter().map(|summary| summary.count).sum(),
        summaries,
    })
}
