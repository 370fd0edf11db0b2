//! Step previews: put into Redis by whoever takes heartbeats, read by whoever streams.

use ourvidz_core::limits::STEP_PREVIEW_SECONDS;
use ourvidz_core::plan::step_previews;
use ourvidz_core::wire::callback::CallbackReport;
use ourvidz_core::{ApiError, Id};
use ourvidz_rest::Budget;

use crate::{Backends, Call, Runtime};

/// Asked once: what is lost is followed by the next, and a stream must not stand still for it.
const BUDGET: Budget = Budget::once(1_000);

/// After the answer, keeps what a heartbeat of the job's holder brought along.
pub fn keep_soon<R: Runtime>(call: &Call<R>, report: &CallbackReport, num_assets: u8) {
    let kept = step_previews::kept(report.job_id, num_assets, &report.step_previews);
    if kept.is_empty() {
        return;
    }
    let backends = call.backends();
    call.later(async move {
        let queues = backends.queues().with_budget(BUDGET);
        let _ = queues.remember_all(&kept, STEP_PREVIEW_SECONDS).await;
    });
}

/// The newest of each asset of these jobs, by job and index, in base64. Whoever asks has been shown that the jobs are
/// the user's own.
///
/// # Errors
///
/// `unavailable` or `timeout`, after which there are none.
pub async fn newest<R: Runtime>(
    backends: &Backends<R>,
    jobs: &[Id],
) -> Result<Vec<(Id, u8, String)>, ApiError> {
    let places: Vec<(Id, u8)> = jobs
        .iter()
        .copied()
        .flat_map(step_previews::places)
        .collect();
    let keys: Vec<String> = places
        .iter()
        .map(|(job, index)| step_previews::key(*job, *index))
        .collect();
    let found = backends
        .queues()
        .with_budget(BUDGET)
        .recall_all(&keys)
        .await?;
    let found = places.into_iter().zip(found);
    Ok(found
        .filter_map(|((job, index), image)| Some((job, index, image?)))
        .collect())
}
