//! How long to wait before trying again.

/// The waits of a caller that tries again: each twice the one before, spread by chance, never above a cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The first wait's upper end, in milliseconds.
    pub first_ms: u32,
    /// The upper end of every wait, in milliseconds.
    pub cap_ms: u32,
}

impl Backoff {
    /// The wait before the `retry`th retry (from 0), for a random number that is new each time.
    ///
    /// Half of the wait is certain and half is chance: callers that failed together do not come back
    /// together, and none comes back at once.
    #[must_use]
    pub fn wait_ms(&self, retry: u32, random: u32) -> u32 {
        let doubled = u64::from(self.first_ms) << retry.min(31);
        let ceiling = doubled.min(u64::from(self.cap_ms));
        let half = ceiling / 2;
        let spread = (u64::from(random) * (ceiling - half + 1)) >> 32;
        // At most the cap, which is a u32.
        u32::try_from(half + spread).unwrap_or(self.cap_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BACKOFF: Backoff = Backoff {
        first_ms: 500,
        cap_ms: 30_000,
    };

    #[test]
    fn doubles_up_to_the_cap() {
        let ends = |retry| (BACKOFF.wait_ms(retry, 0), BACKOFF.wait_ms(retry, u32::MAX));
        assert_eq!(ends(0), (250, 500));
        assert_eq!(ends(1), (500, 1_000));
        assert_eq!(ends(6), (15_000, 30_000));
        assert_eq!(ends(u32::MAX), (15_000, 30_000));
    }

    proptest! {
        #[test]
        fn stays_within_half_and_whole(first_ms: u32, cap_ms: u32, retry: u32, random: u32) {
            let wait = Backoff { first_ms, cap_ms }.wait_ms(retry, random);
            prop_assert!(wait <= cap_ms);
            let ceiling = (u64::from(first_ms) << retry.min(31)).min(u64::from(cap_ms));
            prop_assert!(u64::from(wait) >= ceiling / 2);
        }
    }
}
