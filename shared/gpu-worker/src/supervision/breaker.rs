//! When a device counts as broken.

use crate::engine::EngineError;

/// One failure may be chance and two a bad order; after three the edge would soon pause this worker, and a process
/// that starts anew is well more often than not.
const MOST_FAILURES: u32 = 3;

/// Counts failures of the device in a row.
#[derive(Debug, Default)]
pub struct DeviceBreaker {
    failures: u32,
    cause: Option<String>,
}

impl DeviceBreaker {
    /// Counts what came of a piece of work. What could not be done for another reason than the device says nothing
    /// of it, in either direction; memory that was short says that the order is large.
    pub fn note<T>(&mut self, outcome: &Result<T, EngineError>) {
        match outcome {
            Ok(_) => self.failures = 0,
            Err(EngineError::Device { why, is_sticky }) => {
                self.failures += 1;
                if *is_sticky || self.failures >= MOST_FAILURES {
                    self.cause.get_or_insert_with(|| why.clone());
                }
            }
            Err(_) => {}
        }
    }

    /// The failure after which it counts as broken. It never gets well again.
    pub fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(is_sticky: bool) -> Result<(), EngineError> {
        let why = "it failed".to_owned();
        Err(EngineError::Device { why, is_sticky })
    }

    fn is_broken_after(outcomes: &[Result<(), EngineError>]) -> bool {
        let mut breaker = DeviceBreaker::default();
        outcomes.iter().for_each(|outcome| breaker.note(outcome));
        breaker.cause().is_some()
    }

    #[test]
    fn three_in_a_row_or_one_that_is_sticky() {
        let passing = || failed(false);
        assert!(!is_broken_after(&[passing(), passing()]));
        assert!(is_broken_after(&[passing(), passing(), passing()]));
        assert!(!is_broken_after(&[passing(), passing(), Ok(()), passing()]));
        assert!(is_broken_after(&[failed(true)]));
        assert!(is_broken_after(&[failed(true), Ok(())]));
    }

    #[test]
    fn what_is_not_the_devices_fault_says_nothing_of_it() {
        let others = || {
            [
                Err(EngineError::Stopped),
                Err(EngineError::Unsupported("this")),
                Err(EngineError::Impossible("too large".to_owned())),
                Err(EngineError::Failed("a file is gone".to_owned())),
                Err(EngineError::OutOfMemory("by 5 MiB".to_owned())),
            ]
        };
        let many: Vec<_> = others().into_iter().chain(others()).collect();
        assert!(!is_broken_after(&many));
        let [stopped, ..] = others();
        assert!(is_broken_after(&[
            failed(false),
            failed(false),
            stopped,
            failed(false)
        ]));
    }
}
