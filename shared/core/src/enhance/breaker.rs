//! The circuit breaker of one worker: after some failures it is left alone for a while, so that nobody waits
//! for what does not answer. Pure: the state lies in Redis, the clock comes from outside.

use alloc::format;
use alloc::string::String;

/// Failures in a row that open the circuit: one is bad luck, three are a pattern.
pub const FAILURES_TO_OPEN: u32 = 3;

/// How long an open circuit keeps requests away. Then the next ones try, and one more failure opens it again.
pub const OPEN_MS: u64 = 30_000;

/// How long a state is kept: what happened longer ago says nothing.
pub const KEEP_SECONDS: u32 = 10 * 60;

/// The state of one worker. Several isolates write it without a lock: the worst that a lost update does is
/// one more request to a worker that is down.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Breaker {
    /// Failures in a row.
    pub failures: u32,
    /// Until then no request goes; 0 while the circuit is closed.
    pub open_until_ms: u64,
}

/// How a request to the worker ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallOutcome {
    /// It answered something that could be used.
    Answered,
    /// No answer, too late, or nothing that could be used.
    Failed,
}

impl Breaker {
    /// Whether a request may go to the worker.
    #[must_use]
    pub const fn admits(self, now_ms: u64) -> bool {
        now_ms >= self.open_until_ms
    }

    /// The state after a request.
    #[must_use]
    pub const fn after(self, outcome: CallOutcome, now_ms: u64) -> Self {
        match outcome {
            CallOutcome::Answered => Self {
                failures: 0,
                open_until_ms: 0,
            },
            CallOutcome::Failed => {
                let failures = self.failures.saturating_add(1);
                Self {
                    failures,
                    open_until_ms: if failures >= FAILURES_TO_OPEN {
                        now_ms + OPEN_MS
                    } else {
                        0
                    },
                }
            }
        }
    }

    /// Where the state of a worker is kept.
    #[must_use]
    pub fn key(worker: &str) -> String {
        format!("ourvidz:enhance:breaker:{worker}")
    }

    #[must_use]
    pub fn to_text(self) -> String {
        format!("{}:{}", self.failures, self.open_until_ms)
    }

    /// From text; what nobody can read is a closed circuit.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        text.split_once(':')
            .and_then(|(failures, until)| {
                Some(Self {
                    failures: failures.parse().ok()?,
                    open_until_ms: until.parse().ok()?,
                })
            })
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn three_failures_open_it_and_one_answer_closes_it() {
        let mut breaker = Breaker::default();
        for _ in 1..FAILURES_TO_OPEN {
            breaker = breaker.after(CallOutcome::Failed, 1_000);
            assert!(breaker.admits(1_000));
        }
        breaker = breaker.after(CallOutcome::Failed, 1_000);
        assert!(!breaker.admits(1_000 + OPEN_MS - 1));
        assert!(breaker.admits(1_000 + OPEN_MS));
        let again = breaker.after(CallOutcome::Failed, 50_000);
        assert!(!again.admits(50_001), "one more failure opens it again");
        assert_eq!(
            again.after(CallOutcome::Answered, 90_000),
            Breaker::default()
        );
    }

    #[test]
    fn strange_texts_are_a_closed_circuit() {
        for text in ["", ":", "x:1", "1:x", "-1:0", "99999999999:0"] {
            assert_eq!(Breaker::from_text(text), Breaker::default(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn text_gives_the_state_back(failures: u32, open_until_ms: u64) {
            let breaker = Breaker { failures, open_until_ms };
            prop_assert_eq!(Breaker::from_text(&breaker.to_text()), breaker);
        }

        #[test]
        fn never_stays_open_for_longer_than_its_time(
            outcomes in proptest::collection::vec(any::<bool>(), 0..20), now in 0u64..1 << 40,
        ) {
            let mut breaker = Breaker::default();
            for answered in outcomes {
                breaker = breaker.after(if answered { CallOutcome::Answered } else { CallOutcome::Failed }, now);
            }
            prop_assert!(breaker.admits(now + OPEN_MS));
        }
    }
}
