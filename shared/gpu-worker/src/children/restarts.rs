//! What is to be done when a child has ended.

use std::time::Duration;

use crate::supervision::{ABORTED, DEVICE_BROKEN};

/// As the systemd unit waits: a GPU that was reset answers after a few seconds.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
/// A GPU that stays broken costs a process each time, and somebody has to look at it anyway.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// The status of a Rust program whose main thread panicked.
const PANICKED: u8 = 101;

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It was asked to, by the parent or by whoever knows its number.
    Asked,
    DeviceBroken,
    /// A signal ended it, or a panic, or it could not be started.
    Crashed,
    /// It cannot work as it is set up, with the status that says so.
    Refused(u8),
}

impl Exit {
    /// What an exit status says; a process that a signal ended has none.
    #[must_use]
    pub fn of(status: Option<i32>) -> Self {
        match status.map(u8::try_from) {
            Some(Ok(0 | ABORTED)) => Self::Asked,
            Some(Ok(DEVICE_BROKEN)) => Self::DeviceBroken,
            Some(Ok(PANICKED)) | None => Self::Crashed,
            Some(Ok(status)) => Self::Refused(status),
            Some(Err(_)) => Self::Refused(1),
        }
    }
}

/// What to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Its device rests from now on.
    Leave,
    RestartAfter(Duration),
    /// The others share its settings, so nothing is well: end them all, with this status.
    EndAll(u8),
}

/// How often one child was started again.
#[derive(Debug, Default)]
pub struct Restarts {
    last_pause: Option<Duration>,
}

impl Restarts {
    /// Decides, for a child that ended after so long.
    pub fn after(&mut self, exit: Exit, ran_for: Duration, is_stopping: bool) -> Next {
        match exit {
            Exit::Refused(status) if !is_stopping => Next::EndAll(status),
            Exit::DeviceBroken | Exit::Crashed if !is_stopping => {
                Next::RestartAfter(self.pause(ran_for))
            }
            _ => Next::Leave,
        }
    }

    /// Twice as long as the last, from the start again when it worked for longer than any pause.
    fn pause(&mut self, ran_for: Duration) -> Duration {
        let pause = match self.last_pause {
            Some(last) if ran_for <= LONGEST_PAUSE => (last * 2).min(LONGEST_PAUSE),
            _ => FIRST_PAUSE,
        };
        self.last_pause = Some(pause);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_says_how_it_ended() {
        for (status, exit) in [
            (Some(0), Exit::Asked),
            (Some(130), Exit::Asked),
            (Some(75), Exit::DeviceBroken),
            (Some(101), Exit::Crashed),
            (None, Exit::Crashed),
            (Some(2), Exit::Refused(2)),
            (Some(1), Exit::Refused(1)),
            (Some(-1), Exit::Refused(1)),
        ] {
            assert_eq!(Exit::of(status), exit, "{status:?}");
        }
    }

    #[test]
    fn what_can_be_mended_is_started_again_and_what_cannot_ends_all() {
        let next = |exit, is_stopping| Restarts::default().after(exit, Duration::ZERO, is_stopping);
        for exit in [Exit::DeviceBroken, Exit::Crashed] {
            assert_eq!(next(exit, false), Next::RestartAfter(FIRST_PAUSE));
            assert_eq!(next(exit, true), Next::Leave);
        }
        assert_eq!(next(Exit::Asked, false), Next::Leave);
        assert_eq!(next(Exit::Refused(2), false), Next::EndAll(2));
        assert_eq!(next(Exit::Refused(2), true), Next::Leave);
    }

    #[test]
    fn pauses_grow_until_it_works_for_a_while() {
        let mut restarts = Restarts::default();
        let mut pause_after = |seconds| {
            let ran_for = Duration::from_secs(seconds);
            match restarts.after(Exit::DeviceBroken, ran_for, false) {
                Next::RestartAfter(pause) => pause.as_secs(),
                other => panic!("{other:?}"),
            }
        };
        let pauses: Vec<u64> = (0..8).map(|_| pause_after(1)).collect();
        assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 300, 300]);
        assert_eq!(pause_after(301), 5);
        assert_eq!(pause_after(300), 10);
    }
}
