//! `POST /api/jobs/{id}/cancel`: the owner calls a job off.

use serde::{Deserialize, Serialize};

use crate::Id;
use crate::wire::rpc::{CancelJob, Canceled, Status};

/// The call.
#[must_use]
pub const fn cancel(user_id: Id, job_id: Id) -> CancelJob {
    CancelJob {
        p_user_id: user_id,
        p_job_id: job_id,
    }
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CancelReply {
    /// Always true.
    pub success: bool,
    /// The job.
    pub id: Id,
    /// `canceled` at once, or `processing` until its worker hears of it.
    pub status: Status,
    /// Whether the worker will be told.
    #[serde(rename = "cancelRequested")]
    pub cancel_requested: bool,
    /// Credits that were given back.
    pub released: u32,
}

/// The answer.
#[must_use]
pub const fn reply(job_id: Id, canceled: &Canceled) -> CancelReply {
    CancelReply {
        success: true,
        id: job_id,
        status: canceled.status,
        cancel_requested: canceled.cancel_requested,
        released: canceled.released,
    }
}
