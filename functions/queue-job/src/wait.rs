//! `Prefer: wait=N`: holds the answer back until the job has ended, for clients that want one request.

use ourvidz_core::Id;
use ourvidz_core::limits::MAX_WAIT_SECONDS;
use ourvidz_core::wire::job::JobView;
use ourvidz_core::wire::rpc::{MyJob, Status};
use ourvidz_edge::caller::Caller;
use ourvidz_edge::{Call, Runtime};

/// The pause between two looks. A minute of them are thirty requests, which leaves twenty of `MAX_SUBREQUESTS` to
/// the order itself: references, a better prompt, the row, the hint.
pub(crate) const PAUSE_MS: u32 = 2_000;

/// The seconds that the client is ready to wait.
pub fn patience(prefer: Option<&str>) -> Option<u32> {
    prefer?
        .split(',')
        .find_map(|preference| preference.trim().strip_prefix("wait="))
        .and_then(|seconds| seconds.trim().parse().ok())
        .filter(|seconds| (1..=MAX_WAIT_SECONDS).contains(seconds))
}

/// The job as it stands when it has ended, or when patience has; none if it cannot be read.
pub async fn until_done<R: Runtime>(
    call: &Call<R>,
    caller: &Caller,
    job: Id,
    seconds: u32,
) -> Option<JobView> {
    let mut left_ms = seconds * 1000;
    loop {
        let pause = PAUSE_MS.min(left_ms);
        call.runtime.pause(pause).await;
        left_ms -= pause;
        let view = call
            .user_rpc(caller, &MyJob { p_job_id: job })
            .await
            .ok()
            .flatten()?;
        let ended = !matches!(view.status, Status::Queued | Status::Processing);
        if ended || left_ms == 0 {
            return Some(view);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_a_small_number_of_seconds() {
        assert_eq!(patience(Some("wait=30")), Some(30));
        assert_eq!(patience(Some("respond-async, wait=1")), Some(1));
        for none in [
            "",
            "wait",
            "wait=",
            "wait=0",
            "wait=61",
            "wait=-1",
            "wait=1.5",
            "return=minimal",
        ] {
            assert_eq!(patience(Some(none)), None, "{none}");
        }
        assert_eq!(patience(None), None);
    }
}
