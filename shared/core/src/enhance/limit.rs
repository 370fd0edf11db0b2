//! How often a user may ask: a counter in Redis for each minute.

use alloc::format;
use alloc::string::String;

use crate::Id;

/// Enhancements that a user may ask for in a minute: one every two seconds is faster than anybody reads.
pub const MAX_PER_MINUTE: u32 = 30;

const WINDOW_S: u64 = 60;

/// How long a counter is kept: its own minute and, for clocks that differ, one more.
pub const KEEP_SECONDS: u32 = 120;

/// What a user has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Whether this request is within the limit.
    pub granted: bool,
    /// Requests that are left in this minute.
    pub remaining: u32,
    /// Seconds until the next minute.
    pub reset_s: u32,
}

#[must_use]
pub fn key(user: Id, now_s: u64) -> String {
    format!("ourvidz:enhance:limit:{user}:{}", now_s / WINDOW_S)
}

/// What is left after this many requests, this one among them.
#[must_use]
pub fn allowance(used: u64, now_s: u64) -> Allowance {
    let remaining = u64::from(MAX_PER_MINUTE).checked_sub(used);
    Allowance {
        granted: remaining.is_some(),
        remaining: remaining.map_or(0, |remaining| u32::try_from(remaining).unwrap_or(0)),
        reset_s: u32::try_from(WINDOW_S - now_s % WINDOW_S).unwrap_or(1),
    }
}

/// The value of `RateLimit-Policy`.
#[must_use]
pub fn policy_header() -> String {
    format!("\"enhance\";q={MAX_PER_MINUTE};w={WINDOW_S}")
}

impl Allowance {
    /// The value of `RateLimit`.
    #[must_use]
    pub fn header(self) -> String {
        format!("\"enhance\";r={};t={}", self.remaining, self.reset_s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_one_is_granted_and_the_next_is_not() {
        let last = allowance(30, 61);
        assert_eq!((last.granted, last.remaining, last.reset_s), (true, 0, 59));
        assert!(!allowance(31, 61).granted);
        assert_eq!(allowance(1, 0).header(), "\"enhance\";r=29;t=60");
        let user = Id::from_bytes([1; 16]);
        assert_eq!(key(user, 59), key(user, 0));
        assert_ne!(key(user, 59), key(user, 60));
    }
}
