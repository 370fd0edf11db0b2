//! How many requests of a kind one user may make in a minute, counted in the isolate's memory.
//!
//! It costs no request and no row, so that refusing is cheaper than answering; see decision 0082. What a user may
//! order is counted exactly, in the database.

use core::cell::RefCell;
use std::collections::HashMap;

use ourvidz_core::{ApiError, Code, Id};
use serde_json::json;

/// The time over which a user may spread a minute's requests, in microseconds.
const WINDOW_US: u64 = 60_000_000;

/// Users (once for each limit) whose requests are remembered: some hundred kilobytes. Whoever was silent for a minute is forgotten first.
const MAX_USERS: usize = 10_000;

/// A limit by its name, as clients are told it.
type Policy = &'static str;

thread_local! {
    /// When each user's requests would be over at the rate that is allowed, in microseconds since 1970.
    static SPENT_UNTIL: RefCell<HashMap<(Policy, Id), u64>> = RefCell::default();
}

/// Counts a request of a user towards a limit.
///
/// # Errors
///
/// `rate_limited` when the last minute's are used up.
pub fn admit(policy: Policy, user_id: Id, per_minute: u32, now_ms: u64) -> Result<(), ApiError> {
    let now_us = now_ms.saturating_mul(1_000);
    let each_us = WINDOW_US / u64::from(per_minute.max(1));
    SPENT_UNTIL.with_borrow_mut(|users| {
        if users.len() >= MAX_USERS && !users.contains_key(&(policy, user_id)) {
            users.retain(|_, until_us| *until_us > now_us);
            if users.len() >= MAX_USERS {
                users.clear();
            }
        }
        let until_us = users.entry((policy, user_id)).or_insert(now_us);
        // Never further ahead than the window, unless the clock was set back.
        if *until_us > now_us.saturating_add(WINDOW_US) {
            *until_us = now_us;
        }
        let next_us = (*until_us).max(now_us).saturating_add(each_us);
        let over_us = next_us.saturating_sub(now_us).saturating_sub(WINDOW_US);
        if over_us > 0 {
            return Err(refused(policy, per_minute, over_us));
        }
        *until_us = next_us;
        Ok(())
    })
}

fn refused(policy: Policy, per_minute: u32, over_us: u64) -> ApiError {
    let seconds = u32::try_from(over_us.div_ceil(1_000_000)).unwrap_or(u32::MAX);
    ApiError::new(Code::RateLimited)
        .with_details(json!({
            "limit": per_minute, "policy": policy, "retryAfterSeconds": seconds,
        }))
        .with_retry_after(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANNA: Id = Id::from_bytes([1; 16]);
    const BORIS: Id = Id::from_bytes([2; 16]);
    const NOW_MS: u64 = 1_767_225_600_000;

    #[test]
    fn a_minutes_requests_may_come_at_once_and_then_one_after_the_other() {
        for _ in 0..60 {
            admit("requests", ANNA, 60, NOW_MS).unwrap();
        }
        let refusal = admit("requests", ANNA, 60, NOW_MS).unwrap_err();
        assert_eq!(
            (refusal.code, refusal.retry_after_s),
            (Code::RateLimited, Some(1))
        );
        admit("requests", BORIS, 60, NOW_MS).unwrap();
        admit("others", ANNA, 60, NOW_MS).unwrap();
        admit("requests", ANNA, 60, NOW_MS + 1_000).unwrap();
        assert!(admit("requests", ANNA, 60, NOW_MS + 1_000).is_err());
        for _ in 0..60 {
            admit("requests", ANNA, 60, NOW_MS + 61_000).unwrap();
        }
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let carla = Id::from_bytes([3; 16]);
        admit("requests", carla, 60, NOW_MS + 86_400_000).unwrap();
        admit("requests", carla, 60, NOW_MS).unwrap();
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        for number in 0..30_000_u32 {
            let mut bytes = [9; 16];
            for (byte, part) in bytes.iter_mut().zip(number.to_be_bytes()) {
                *byte = part;
            }
            admit("requests", Id::from_bytes(bytes), 60, NOW_MS).unwrap();
        }
        assert!(SPENT_UNTIL.with_borrow(HashMap::len) <= MAX_USERS);
    }
}
