//! How often a stream asks the database, and when it ends itself.

use ourvidz_core::limits::{MAX_RETRIES, MAX_SUBREQUESTS};

/// What opening a stream may ask: the published keys of tokens, and whose the job is.
const OPENING: u32 = 2;
/// Reads that one stream makes, before the browser comes back for more; looks for step previews count as such.
pub const MAX_POLLS: u32 = MAX_SUBREQUESTS - MAX_RETRIES - OPENING;
/// The pause while something is going on: settle to browser stays well below a second.
const SHORTEST_MS: u32 = 400;
/// The pause when nothing has happened for long.
const LONGEST_MS: u32 = 4_000;
/// A comment goes out after so much silence, because proxies close connections that say nothing.
const SILENCE_MS: u32 = 15_000;
/// What `retry:` tells the browser to wait before it comes back.
pub const RETRY_MS: u64 = 1_000;

/// The state of one stream's clock. It counts the pauses that it ordered instead of reading a clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollSchedule {
    polls: u32,
    pause_ms: u32,
    silent_ms: u32,
    lived_ms: u64,
    lifetime_ms: u64,
}

impl PollSchedule {
    /// A stream that may live so long (its token's rest).
    #[must_use]
    pub const fn new(lifetime_ms: u64) -> Self {
        Self {
            polls: 0,
            pause_ms: SHORTEST_MS,
            silent_ms: 0,
            lived_ms: 0,
            lifetime_ms,
        }
    }

    /// Notes a poll and whether it brought events. Returns whether a comment is due.
    pub fn polled(&mut self, events: bool) -> bool {
        self.polls += 1;
        if events {
            self.pause_ms = SHORTEST_MS;
            self.silent_ms = 0;
            return false;
        }
        self.pause_ms = (self.pause_ms * 5 / 4).min(LONGEST_MS);
        let due = self.silent_ms >= SILENCE_MS;
        if due {
            self.silent_ms = 0;
        }
        due
    }

    /// Notes another request between two polls; false when the requests that are left are for polls.
    pub fn looked(&mut self) -> bool {
        let fits = self.polls + 1 < MAX_POLLS;
        self.polls += u32::from(fits);
        fits
    }

    /// The pause before the next poll, or none when the stream should end and let the browser come back.
    pub fn pause(&mut self) -> Option<u32> {
        if self.polls >= MAX_POLLS || self.lived_ms + u64::from(self.pause_ms) > self.lifetime_ms {
            return None;
        }
        self.silent_ms += self.pause_ms;
        self.lived_ms += u64::from(self.pause_ms);
        Some(self.pause_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_stream_stays_quick_and_still_ends() {
        let mut poll_schedule = PollSchedule::new(u64::MAX);
        let mut polls = 0;
        loop {
            poll_schedule.polled(true);
            polls += 1;
            let Some(pause) = poll_schedule.pause() else {
                break;
            };
            assert_eq!(pause, SHORTEST_MS);
        }
        assert_eq!(polls, MAX_POLLS);
    }

    #[test]
    fn a_silent_stream_slows_down_and_says_something_now_and_then() {
        let mut poll_schedule = PollSchedule::new(u64::MAX);
        let (mut comments, mut silence, mut longest) = (0, 0, 0);
        loop {
            if poll_schedule.polled(false) {
                comments += 1;
                silence = 0;
            }
            let Some(pause) = poll_schedule.pause() else {
                break;
            };
            assert!(pause <= LONGEST_MS);
            silence += pause;
            longest = longest.max(silence);
        }
        assert!(comments > 3, "{comments}");
        assert!(longest <= SILENCE_MS + LONGEST_MS, "{longest}");
    }

    #[test]
    fn a_stream_ends_before_its_token_does() {
        let mut poll_schedule = PollSchedule::new(1_000);
        let mut lived = 0u64;
        loop {
            poll_schedule.polled(false);
            let Some(pause) = poll_schedule.pause() else {
                break;
            };
            lived += u64::from(pause);
        }
        assert!(lived > 0 && lived <= 1_000, "{lived}");
    }
}
