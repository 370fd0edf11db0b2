//! The shutdown: the first SIGTERM or Ctrl-C asks for it, the second forces it.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Shared by everything that waits.
#[derive(Debug, Default)]
pub struct Shutdown {
    /// When the running job has to be released; none while nobody asked for an end.
    deadline: Mutex<Option<Instant>>,
    changed: Condvar,
}

impl Shutdown {
    /// Asks for the end: no new job, and the running one has `grace` to finish.
    pub fn request(&self, grace: Duration) {
        let mut deadline = self.deadline.lock().unwrap_or_else(PoisonError::into_inner);
        deadline.get_or_insert_with(|| Instant::now() + grace);
        self.changed.notify_all();
    }

    /// Whether the end was asked for.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.deadline
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some()
    }

    /// Whether the grace time is over.
    #[must_use]
    pub fn is_due(&self) -> bool {
        self.deadline
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// Sleeps, unless the end is asked for first.
    pub fn sleep(&self, time: Duration) {
        let deadline = self.deadline.lock().unwrap_or_else(PoisonError::into_inner);
        let awake = self
            .changed
            .wait_timeout_while(deadline, time, |deadline| deadline.is_none());
        drop(awake.unwrap_or_else(PoisonError::into_inner));
    }
}
