//! When a webhook is tried again.

use alloc::format;

use crate::timestamp::parse_rfc3339;

/// Waits between tries, in seconds: ten tries in some 75 hours, as Standard Webhooks recommends. The first ones
/// get over a restart of the receiver, the last ones over a weekend.
const WAITS_S: [u32; 9] = [
    5,
    5 * 60,
    30 * 60,
    2 * 3600,
    5 * 3600,
    10 * 3600,
    14 * 3600,
    20 * 3600,
    24 * 3600,
];

/// Tries that a delivery gets.
pub const MAX_TRIES: u32 = 10;

/// A wait is up to so much longer, by chance: what failed together shall not come back together.
const JITTER_PERCENT: u64 = 10;

/// The longest that a receiver can ask to be left alone: longer, and the delivery would outlive what it tells.
const LONGEST_RETRY_AFTER_S: u64 = 24 * 3600;

/// The wait after so many tries that failed (from 1), for a random number that is new each time; none when that
/// was the last one. A receiver may ask for more time, but not for less.
#[must_use]
pub fn wait_seconds(tries: u32, random: u32, retry_after_s: Option<u64>) -> Option<u32> {
    let index = usize::try_from(tries.saturating_sub(1)).ok()?;
    let certain = u64::from(*WAITS_S.get(index)?);
    let spread = (u64::from(random) * (certain * JITTER_PERCENT / 100 + 1)) >> 32;
    let asked = retry_after_s.unwrap_or(0).min(LONGEST_RETRY_AFTER_S);
    u32::try_from((certain + spread).max(asked)).ok()
}

/// The seconds that a `Retry-After` header asks for: a number, or a date (RFC 9110, 10.2.3) in the one form that
/// senders still use.
#[must_use]
pub fn retry_after_seconds(value: &str, now_s: u64) -> Option<u64> {
    let value = value.trim();
    if value.bytes().all(|byte| byte.is_ascii_digit()) && !value.is_empty() {
        // More digits than a number holds mean very long.
        return Some(value.parse().unwrap_or(u64::MAX));
    }
    http_date_s(value).map(|at_s| at_s.saturating_sub(now_s))
}

/// Seconds since 1970 of `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date_s(text: &str) -> Option<u64> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let (_, date) = text.strip_suffix(" GMT")?.split_once(", ")?;
    let mut parts = date.split(' ');
    let (day, month, year, time) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    let text = format!("{year}-{month:02}-{day}T{time}Z");
    parse_rfc3339(&text).map(|ms| ms / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ten_tries_in_seventy_five_hours() {
        let waits: alloc::vec::Vec<u32> = (1..)
            .map_while(|tries| wait_seconds(tries, 0, None))
            .collect();
        assert_eq!(waits.len() + 1, MAX_TRIES as usize);
        assert_eq!(waits.first(), Some(&5));
        let hours = waits.iter().sum::<u32>() / 3600;
        assert_eq!(hours, 75);
        assert!(waits.is_sorted());
    }

    #[test]
    fn a_receiver_may_ask_for_more_time_and_not_for_less() {
        assert_eq!(wait_seconds(1, 0, Some(120)), Some(120));
        assert_eq!(wait_seconds(4, 0, Some(120)), Some(7_200));
        assert_eq!(wait_seconds(1, 0, Some(u64::MAX)), Some(86_400));
        assert_eq!(wait_seconds(MAX_TRIES, 0, Some(120)), None);
        assert_eq!(wait_seconds(0, 0, None), Some(5));
    }

    #[test]
    fn both_forms_of_retry_after() {
        let now_s = 784_111_700;
        for (value, seconds) in [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("99999999999999999999999", Some(u64::MAX)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(77)),
            ("Sun, 06 Nov 1994 08:48:20 GMT", Some(0)),
            ("Sat, 05 Nov 1994 08:48:20 GMT", Some(0)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("Sun, 32 Nov 1994 08:49:37 GMT", None),
            ("Sun, 06 Nov 1994 08:49:37 UTC", None),
            ("Sunday, 06-Nov-94 08:49:37 GMT", None),
        ] {
            assert_eq!(retry_after_seconds(value, now_s), seconds, "{value}");
        }
    }

    proptest! {
        #[test]
        fn chance_adds_a_tenth_at_most(tries in 1..MAX_TRIES, random: u32, asked: Option<u64>) {
            let certain = wait_seconds(tries, 0, None).unwrap();
            let wait = wait_seconds(tries, random, None).unwrap();
            prop_assert!((certain..=certain + certain / 10).contains(&wait));
            let asked_wait = wait_seconds(tries, random, asked).unwrap();
            prop_assert!(asked_wait >= wait && asked_wait <= wait.max(86_400));
            prop_assert_eq!(wait_seconds(MAX_TRIES, random, asked), None);
        }

        #[test]
        fn takes_any_header_without_a_panic(value in "\\PC{0,40}|[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT", now_s: u64) {
            let _ = retry_after_seconds(&value, now_s);
        }
    }
}
