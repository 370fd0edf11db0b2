//! When a job should be done.

/// What is known of a queue when somebody asks how long it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Queued {
    /// Expected times of the jobs that go first, summed up, in milliseconds.
    pub ahead_ms: u64,
    /// Expected time that running jobs still need, summed up, in milliseconds.
    pub running_ms: u64,
    /// Expected time of the job itself, in milliseconds.
    pub own_ms: u64,
    /// Workers that serve the queue now.
    pub workers: u32,
}

/// Seconds until the job should be done, rounded up; `None` when nobody serves the queue.
///
/// The work before it is shared by the workers; the job itself is not.
#[must_use]
pub fn eta_seconds(queued: Queued) -> Option<u32> {
    if queued.workers == 0 {
        return None;
    }
    let before_ms = queued.ahead_ms.saturating_add(queued.running_ms) / u64::from(queued.workers);
    let seconds = before_ms.saturating_add(queued.own_ms).div_ceil(1000);
    Some(u32::try_from(seconds).unwrap_or(u32::MAX))
}

/// Seconds that a running job still needs, from its progress and the time since it started.
///
/// Once there is enough progress to extrapolate from, this worker's own pace counts; before, the expectation.
#[must_use]
pub fn remaining_seconds(expected_ms: u64, running_ms: u64, progress: u8) -> u32 {
    /// Loading a model takes its time before the first step; below this the pace says little.
    const TELLING_PROGRESS: u8 = 20;
    let progress = progress.min(100);
    let remaining_ms = if progress >= TELLING_PROGRESS {
        let left = u64::from(100 - progress);
        running_ms.saturating_mul(left) / u64::from(progress)
    } else {
        expected_ms.saturating_sub(running_ms)
    };
    u32::try_from(remaining_ms.div_ceil(1000)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_work_before_is_shared_and_the_job_is_not() {
        let queued = Queued {
            ahead_ms: 60_000,
            running_ms: 20_000,
            own_ms: 10_000,
            workers: 2,
        };
        assert_eq!(eta_seconds(queued), Some(50));
        assert_eq!(
            eta_seconds(Queued {
                workers: 0,
                ..queued
            }),
            None
        );
        assert_eq!(
            eta_seconds(Queued {
                own_ms: 1,
                workers: 1,
                ..Queued::default()
            }),
            Some(1)
        );
        let endless = Queued {
            ahead_ms: u64::MAX,
            running_ms: u64::MAX,
            own_ms: 1,
            workers: 1,
        };
        assert_eq!(eta_seconds(endless), Some(u32::MAX));
    }

    #[test]
    fn the_workers_own_pace_counts_once_it_tells_something() {
        assert_eq!(remaining_seconds(30_000, 10_000, 0), 20);
        assert_eq!(remaining_seconds(30_000, 40_000, 5), 0);
        assert_eq!(remaining_seconds(30_000, 10_000, 50), 10);
        assert_eq!(remaining_seconds(30_000, 10_000, 100), 0);
        assert_eq!(remaining_seconds(30_000, 10_000, 255), 0);
    }
}
