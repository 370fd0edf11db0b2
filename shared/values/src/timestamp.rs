//! Points in time as text: RFC 3339 in and out, without a clock and without a time zone database.

use alloc::format;
use alloc::string::String;

const MS_PER_DAY: u64 = 86_400_000;

/// The last millisecond that four digits of a year can name.
const LAST_MS: u64 = 253_402_300_799_999;

/// A moment taken apart, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Civil {
    pub year: u64,
    /// 1 to 12.
    pub month: u64,
    /// 1 to 31.
    pub day: u64,
    /// 0 to 23.
    pub hour: u64,
    /// 0 to 59.
    pub minute: u64,
    /// 0 to 59.
    pub second: u64,
    /// 0 to 999.
    pub millisecond: u64,
}

impl Civil {
    /// The moment that many milliseconds after 1970-01-01T00:00:00Z, at most the end of the year 9999.
    #[must_use]
    pub const fn from_ms(ms: u64) -> Self {
        let ms = if ms > LAST_MS { LAST_MS } else { ms };
        let in_day = ms % MS_PER_DAY;
        // Days to a date, by Howard Hinnant's `civil_from_days`: years begin in March, so that the leap day
        // comes last, and are counted in eras of 400 years, which all have the same number of days.
        let days = ms / MS_PER_DAY + 719_468;
        let day_of_era = days % 146_097;
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let month = if shifted_month < 10 {
            shifted_month + 3
        } else {
            shifted_month - 9
        };
        Self {
            year: days / 146_097 * 400 + year_of_era + if month <= 2 { 1 } else { 0 },
            month,
            day: day_of_year - (153 * shifted_month + 2) / 5 + 1,
            hour: in_day / 3_600_000,
            minute: in_day / 60_000 % 60,
            second: in_day / 1000 % 60,
            millisecond: in_day % 1000,
        }
    }
}

/// Days from 1970-01-01 to a date that exists, by Howard Hinnant's `days_from_civil`.
const fn days_since_1970(year: u64, month: u64, day: u64) -> Option<u64> {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let year_of_era = year % 400;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    (year / 400 * 146_097 + day_of_era).checked_sub(719_468)
}

const fn days_in_month(year: u64, month: u64) -> u64 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// `2026-11-21T10:00:00.000Z` for a number of milliseconds since 1970.
///
/// What lies behind the year 9999 becomes its last millisecond: RFC 3339 has no more digits.
#[must_use]
pub fn rfc3339(ms: u64) -> String {
    let Civil {
        year,
        month,
        day,
        hour,
        minute,
        second,
        millisecond,
    } = Civil::from_ms(ms);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millisecond:03}Z")
}

/// Milliseconds since 1970 of an RFC 3339 text, as Postgres and browsers write it.
///
/// Takes any number of fractional digits (what is finer than a millisecond is dropped) and any offset.
/// Leap seconds and moments before 1970 are refused: nothing here is that old.
#[must_use]
pub fn parse_rfc3339(text: &str) -> Option<u64> {
    let mut rest = Reader(text.as_bytes());
    let year = rest.digits(4)?;
    rest.expect(b"-")?;
    let month = rest.digits(2).filter(|month| (1..=12).contains(month))?;
    rest.expect(b"-")?;
    let day = rest
        .digits(2)
        .filter(|day| (1..=days_in_month(year, month)).contains(day))?;
    rest.expect(b"Tt")?;
    let hour = rest.digits(2).filter(|hour| *hour < 24)?;
    rest.expect(b":")?;
    let minute = rest.digits(2).filter(|minute| *minute < 60)?;
    rest.expect(b":")?;
    let second = rest.digits(2).filter(|second| *second < 60)?;
    let millisecond = if rest.next_is(b'.') {
        rest.fraction()?
    } else {
        0
    };
    let offset_minutes = rest.offset()?;
    if year == 0 || !rest.0.is_empty() {
        return None;
    }
    let ms = days_since_1970(year, month, day)? * MS_PER_DAY
        + hour * 3_600_000
        + minute * 60_000
        + second * 1000
        + millisecond;
    ms.checked_add_signed(-offset_minutes * 60_000)
}

/// What is left of a text while it is read.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn next_is(&mut self, wanted: u8) -> bool {
        match self.0.split_first() {
            Some((first, rest)) if *first == wanted => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    fn expect(&mut self, one_of: &[u8]) -> Option<u8> {
        self.next().filter(|byte| one_of.contains(byte))
    }

    fn digits(&mut self, count: usize) -> Option<u64> {
        let mut number = 0;
        for _ in 0..count {
            number = number * 10 + u64::from(self.digit()?);
        }
        Some(number)
    }

    fn digit(&mut self) -> Option<u8> {
        self.next()
            .filter(u8::is_ascii_digit)
            .map(|digit| digit - b'0')
    }

    /// The digits behind the point, as milliseconds.
    fn fraction(&mut self) -> Option<u64> {
        let mut millisecond = u64::from(self.digit()?) * 100;
        let mut weight = 10;
        while let Some(digit) = self.0.first().filter(|byte| byte.is_ascii_digit()) {
            millisecond += u64::from(digit - b'0') * weight;
            weight /= 10;
            self.next();
        }
        Some(millisecond)
    }

    /// Minutes east of Greenwich.
    fn offset(&mut self) -> Option<i64> {
        let sign = match self.next()? {
            b'Z' | b'z' => return Some(0),
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let hours = self.digits(2).filter(|hours| *hours < 24)?;
        self.expect(b":")?;
        let minutes = self.digits(2).filter(|minutes| *minutes < 60)?;
        i64::try_from(hours * 60 + minutes)
            .ok()
            .map(|minutes| sign * minutes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn writes_known_moments() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(rfc3339(951_782_400_000), "2000-02-29T00:00:00.000Z");
        assert_eq!(rfc3339(1_795_255_200_123), "2026-11-21T10:00:00.123Z");
        assert_eq!(rfc3339(LAST_MS), "9999-12-31T23:59:59.999Z");
        assert_eq!(rfc3339(u64::MAX), "9999-12-31T23:59:59.999Z");
    }

    #[test]
    fn reads_what_postgres_and_browsers_write() {
        for (text, ms) in [
            ("2026-11-21T10:00:00.123Z", 1_795_255_200_123),
            ("2026-11-21T10:00:00Z", 1_795_255_200_000),
            ("2026-11-21T10:00:00.1+00:00", 1_795_255_200_100),
            ("2026-11-21T10:00:00.123999+00:00", 1_795_255_200_123),
            ("2026-11-21T12:30:00+02:30", 1_795_255_200_000),
            ("2026-11-21t05:00:00-05:00", 1_795_255_200_000),
            ("1970-01-01T01:00:00+01:00", 0),
        ] {
            assert_eq!(parse_rfc3339(text), Some(ms), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_moment() {
        for text in [
            "",
            "2026-11-21",
            "2026-11-21 10:00:00Z",
            "2026-11-21T10:00:00",
            "2026-11-21T10:00:00.Z",
            "2026-11-21T10:00:00Z ",
            "2026-13-21T10:00:00Z",
            "2026-00-21T10:00:00Z",
            "2026-02-29T10:00:00Z",
            "2100-02-29T10:00:00Z",
            "2026-11-31T10:00:00Z",
            "2026-11-21T24:00:00Z",
            "2026-11-21T10:60:00Z",
            "2026-12-31T23:59:60Z",
            "2026-11-21T10:00:00+24:00",
            "2026-11-21T10:00:00+0200",
            "0000-01-01T00:00:00Z",
            "1969-12-31T23:59:59Z",
            "1970-01-01T00:00:00+01:00",
            "+2026-11-21T10:00:00Z",
            "２026-11-21T10:00:00Z",
        ] {
            assert_eq!(parse_rfc3339(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn reads_what_it_writes(ms in 0..=LAST_MS) {
            prop_assert_eq!(parse_rfc3339(&rfc3339(ms)), Some(ms));
        }

        #[test]
        fn later_moments_sort_later(a in 0..=LAST_MS, b in 0..=LAST_MS) {
            prop_assert_eq!(rfc3339(a).cmp(&rfc3339(b)), a.cmp(&b));
        }

        #[test]
        fn takes_any_text_without_a_panic(text in "\\PC{0,40}|[0-9TZ:.+-]{0,40}") {
            let _ = parse_rfc3339(&text);
        }
    }
}
