//! Who is asked, in which order, and for how long.

use alloc::vec::Vec;

use super::breaker::Breaker;
use crate::Quality;
use crate::wire::enhance::EnhancementMethod;

/// The longest that all of it may take: a person is waiting.
pub const TOTAL_MS: u64 = 10_000;

/// Kept for what comes after the last worker: rules, policy, the answer.
const RESERVE_MS: u64 = 300;

/// Not worth asking anybody for less.
const LEAST_MS: u64 = 250;

/// A worker that makes prompts better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tier {
    /// A chat model behind an OpenAI-compatible endpoint.
    Chat,
    /// The WAN worker's 7B model.
    Wan,
}

impl Tier {
    /// Both, the better one first.
    pub const ALL: [Self; 2] = [Self::Chat, Self::Wan];

    /// Its name, for keys and logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Wan => "wan",
        }
    }

    /// How its results are called.
    #[must_use]
    pub const fn method(self) -> EnhancementMethod {
        match self {
            Self::Chat => EnhancementMethod::ChatWorker,
            Self::Wan => EnhancementMethod::WanWorker,
        }
    }

    /// Milliseconds that it gets. Whoever ordered a fast picture does not want to wait longer for its prompt
    /// than for the picture.
    const fn deadline_ms(self, quality: Quality) -> u64 {
        match (self, quality) {
            (Self::Chat, Quality::Fast) => 4_000,
            (Self::Chat, Quality::High) => 6_000,
            (Self::Wan, Quality::Fast) => 2_500,
            (Self::Wan, Quality::High) => 4_000,
        }
    }
}

/// A worker as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Worker {
    pub tier: Tier,
    pub breaker: Breaker,
}

/// The workers to ask, in their order: those that are configured and whose circuit lets a request through.
#[must_use]
pub fn order(configured: &[Worker], now_ms: u64) -> Vec<Worker> {
    Tier::ALL
        .iter()
        .filter_map(|tier| configured.iter().find(|worker| worker.tier == *tier))
        .filter(|worker| worker.breaker.admits(now_ms))
        .copied()
        .collect()
}

/// How long a worker may take when this much time has passed; none when it is too late to ask it.
#[must_use]
pub fn timeout_ms(tier: Tier, quality: Quality, elapsed_ms: u64) -> Option<u32> {
    let left = TOTAL_MS
        .saturating_sub(RESERVE_MS)
        .saturating_sub(elapsed_ms);
    let timeout = tier.deadline_ms(quality).min(left);
    (timeout >= LEAST_MS).then(|| u32::try_from(timeout).unwrap_or(u32::MAX))
}

/// Whether a better method was there in principle and did not deliver.
#[must_use]
pub fn fallback_used(configured: &[Worker], method: EnhancementMethod) -> bool {
    configured
        .iter()
        .min_by_key(|worker| worker.tier != Tier::Chat)
        .is_some_and(|best| best.tier.method() != method)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::enhance::breaker::CallOutcome;

    const fn worker(tier: Tier) -> Worker {
        Worker {
            tier,
            breaker: Breaker {
                failures: 0,
                open_until_ms: 0,
            },
        }
    }

    #[test]
    fn the_better_one_goes_first_and_an_open_circuit_is_passed_over() {
        let mut chat = worker(Tier::Chat);
        let wan = worker(Tier::Wan);
        assert_eq!(order(&[wan, chat], 0), [chat, wan]);
        assert_eq!(order(&[], 0), []);
        for _ in 0..3 {
            chat.breaker = chat.breaker.after(CallOutcome::Failed, 5);
        }
        assert_eq!(order(&[wan, chat], 6), [wan]);
    }

    #[test]
    fn everything_together_stays_below_the_total() {
        for quality in [Quality::Fast, Quality::High] {
            for elapsed in (0..12_000).step_by(50) {
                for tier in Tier::ALL {
                    if let Some(timeout) = timeout_ms(tier, quality, elapsed) {
                        assert!(elapsed + u64::from(timeout) <= TOTAL_MS - RESERVE_MS);
                    }
                }
            }
            let chat = u64::from(timeout_ms(Tier::Chat, quality, 0).unwrap());
            assert!(
                timeout_ms(Tier::Wan, quality, chat).is_some(),
                "a slow first leaves time for the second"
            );
        }
    }

    #[test]
    fn a_fallback_is_only_one_when_something_better_was_there() {
        let (chat, wan) = (worker(Tier::Chat), worker(Tier::Wan));
        assert!(!fallback_used(&[], EnhancementMethod::RuleBased));
        assert!(fallback_used(&[chat, wan], EnhancementMethod::WanWorker));
        assert!(!fallback_used(&[wan], EnhancementMethod::WanWorker));
        assert!(fallback_used(&[wan], EnhancementMethod::RuleBased));
        assert!(!fallback_used(&[wan, chat], EnhancementMethod::ChatWorker));
    }
}
