//! The job as it stands, given to its worker and brought back with a report.

use ourvidz_core::wire::callback::CallbackReport;
use ourvidz_core::wire::rpc::Settlement;
use ourvidz_sign::sealed;

use crate::call::Call;
use crate::worker_identity::token_secrets;

/// Seals a job's state; none when it cannot be, for a report without it is taken all the same.
#[must_use]
pub fn seal<R>(call: &Call<R>, settlement: &Settlement) -> Option<String> {
    let secrets = token_secrets(call).ok()?;
    let bytes = serde_json::to_vec(settlement).ok()?;
    Some(sealed::seal(secrets.first()?, &bytes))
}

/// What a report brings along of its job, if the edge has sealed it.
#[must_use]
pub fn open<R>(call: &Call<R>, report: &CallbackReport) -> Option<Settlement> {
    let secrets = token_secrets(call).ok()?;
    let secrets: Vec<&[u8]> = secrets.iter().map(Vec::as_slice).collect();
    let bytes = sealed::open(&secrets, report.snapshot.as_deref()?)?;
    serde_json::from_slice(&bytes)
        .ok()
        .filter(|settlement: &Settlement| settlement.job.id == report.job_id)
}
