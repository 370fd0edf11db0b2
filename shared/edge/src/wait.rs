//! Waiting for a job within one request: `Prefer: wait=N` and streams, for clients that want no second one.

use std::rc::Rc;

use ourvidz_core::Id;
use ourvidz_core::limits::MAX_WAIT_SECONDS;
use ourvidz_core::wire::job::JobView;
use ourvidz_core::wire::rpc::{MyJob, Status};

use crate::caller::Caller;
use crate::{Backends, Call, Runtime};

/// The first pause between two looks.
const PAUSE_MS: u32 = 2_000;

/// A look comes when an eighth more time has passed: whoever has waited long hardly notices, and four minutes take
/// no more looks than one would at the first pace.
const SHARE_OF_WAIT: u32 = 8;

/// The pause after having waited so long.
fn pause_ms(waited_ms: u32) -> u32 {
    PAUSE_MS.max(waited_ms / SHARE_OF_WAIT)
}

/// The looks that a wait of so long takes, which count as requests to the database.
#[must_use]
pub fn looks(seconds: u32) -> u32 {
    let (mut waited_ms, mut looks) = (0, 0);
    while waited_ms < seconds * 1000 {
        waited_ms += pause_ms(waited_ms);
        looks += 1;
    }
    looks
}

/// The seconds that the client is ready to wait.
#[must_use]
pub fn patience(prefer: Option<&str>) -> Option<u32> {
    prefer?
        .split(',')
        .find_map(|preference| preference.trim().strip_prefix("wait="))
        .and_then(|seconds| seconds.trim().parse().ok())
        .filter(|seconds| (1..=MAX_WAIT_SECONDS).contains(seconds))
}

/// Somebody who looks at a job now and then.
pub struct Watch<R> {
    backends: Rc<Backends<R>>,
    caller: Caller,
    job: Id,
    waited_ms: u32,
    patience_ms: u32,
}

impl<R: Runtime> Watch<R> {
    #[must_use]
    pub fn new(backends: Rc<Backends<R>>, caller: Caller, job: Id, seconds: u32) -> Self {
        Self {
            backends,
            caller,
            job,
            waited_ms: 0,
            patience_ms: seconds * 1000,
        }
    }

    /// The job after a pause; none when patience is over, or when it cannot be read.
    pub async fn look(&mut self) -> Option<JobView> {
        let left_ms = self.patience_ms.saturating_sub(self.waited_ms);
        if left_ms == 0 {
            return None;
        }
        let pause = pause_ms(self.waited_ms).min(left_ms);
        self.backends.runtime.pause(pause).await;
        self.waited_ms += pause;
        let query = MyJob { p_job_id: self.job };
        let read = self.backends.user_rpc(&self.caller, &query);
        read.await.ok().flatten()
    }
}

/// Whether nothing more becomes of it.
#[must_use]
pub const fn has_ended(job: &JobView) -> bool {
    !matches!(job.status, Status::Queued | Status::Processing)
}

/// The job as it was last seen: when it had ended, or patience had; none if it cannot be read. What was put off until
/// after the answer is done first, or no worker would hear of the job before the wait for it is over.
pub async fn until_done<R: Runtime>(
    call: &Call<R>,
    caller: &Caller,
    job: Id,
    seconds: u32,
) -> Option<JobView> {
    for work in call.take_later() {
        work.await;
    }
    let mut watch = Watch::new(call.backends(), caller.clone(), job, seconds);
    let mut seen = None;
    while let Some(view) = watch.look().await {
        let ended = has_ended(&view);
        seen = Some(view);
        if ended {
            break;
        }
    }
    seen
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

    #[test]
    fn the_longer_the_wait_the_rarer_the_looks() {
        assert_eq!(looks(1), 1);
        assert_eq!(looks(16), 8);
        assert!(looks(60) < 30 && looks(240) < 35, "{}", looks(240));
        assert!(pause_ms(240_000) <= 30_000);
    }
}
