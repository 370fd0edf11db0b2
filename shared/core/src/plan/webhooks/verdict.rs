//! What follows from a receiver's answer.

use super::schedule::{retry_after_seconds, wait_seconds};
use crate::Id;
use crate::wire::rpc::{WebhookOutcome, WebhookResult};

/// What came of a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer<'a> {
    /// A status, and what `Retry-After` said.
    Status(u16, Option<&'a str>),
    Timeout,
    /// No connection, or one that broke.
    Unreachable,
    /// The address was not called, because nobody's webhook may go there.
    RefusedAddress,
    /// Nothing was sent, because it could not be signed.
    Internal,
}

/// Judges a try, the `tries`th: 2xx is a yes, 410 a no for ever, and everything else is tried again, a redirect
/// too. Following one would send a signed message to where its owner never said.
#[must_use]
pub fn verdict(id: Id, tries: u32, answer: Answer<'_>, now_s: u64, random: u32) -> WebhookResult {
    let result = |outcome, status, error, wait_seconds| WebhookResult {
        id,
        outcome,
        status,
        error,
        wait_seconds,
    };
    let (status, error, retry_after) = match answer {
        Answer::Status(status @ 200..=299, _) => {
            return result(WebhookOutcome::Delivered, Some(status), None, None);
        }
        Answer::Status(410, _) => {
            return result(WebhookOutcome::Gone, Some(410), Some("gone"), None);
        }
        Answer::RefusedAddress => {
            return result(WebhookOutcome::Failed, None, Some("refused_address"), None);
        }
        Answer::Status(status @ 300..=399, retry_after) => (Some(status), "redirect", retry_after),
        Answer::Status(status, retry_after) => (Some(status), "status", retry_after),
        Answer::Timeout => (None, "timeout", None),
        Answer::Unreachable => (None, "unreachable", None),
        Answer::Internal => (None, "internal", None),
    };
    let asked = retry_after.and_then(|value| retry_after_seconds(value, now_s));
    match wait_seconds(tries, random, asked) {
        Some(wait) => result(WebhookOutcome::Retry, status, Some(error), Some(wait)),
        None => result(WebhookOutcome::Failed, status, Some(error), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::webhooks::schedule::MAX_TRIES;

    const ID: Id = Id::from_bytes([3; 16]);

    fn outcome(
        tries: u32,
        answer: Answer<'_>,
    ) -> (WebhookOutcome, Option<&'static str>, Option<u32>) {
        let result = verdict(ID, tries, answer, 0, 0);
        assert_eq!(result.id, ID);
        (result.outcome, result.error, result.wait_seconds)
    }

    #[test]
    fn only_two_hundred_and_something_is_a_yes() {
        for status in 100..=999 {
            let (outcome, ..) = outcome(1, Answer::Status(status, None));
            let expected = match status {
                200..=299 => WebhookOutcome::Delivered,
                410 => WebhookOutcome::Gone,
                _ => WebhookOutcome::Retry,
            };
            assert_eq!(outcome, expected, "{status}");
        }
    }

    #[test]
    fn a_redirect_is_a_failure_of_its_own_name() {
        for status in [300, 301, 302, 303, 304, 307, 308] {
            let expected = (WebhookOutcome::Retry, Some("redirect"), Some(5));
            assert_eq!(
                outcome(1, Answer::Status(status, None)),
                expected,
                "{status}"
            );
        }
    }

    #[test]
    fn what_is_asked_for_is_waited_for() {
        let busy = Answer::Status(503, Some("3600"));
        assert_eq!(
            outcome(1, busy),
            (WebhookOutcome::Retry, Some("status"), Some(3600))
        );
        let odd = Answer::Status(429, Some("later"));
        assert_eq!(
            outcome(2, odd),
            (WebhookOutcome::Retry, Some("status"), Some(300))
        );
    }

    #[test]
    fn silence_is_tried_again_until_the_last_try() {
        assert_eq!(
            outcome(1, Answer::Timeout),
            (WebhookOutcome::Retry, Some("timeout"), Some(5))
        );
        assert_eq!(
            outcome(1, Answer::Unreachable),
            (WebhookOutcome::Retry, Some("unreachable"), Some(5))
        );
        assert_eq!(
            outcome(1, Answer::Internal),
            (WebhookOutcome::Retry, Some("internal"), Some(5))
        );
        assert_eq!(
            outcome(MAX_TRIES, Answer::Timeout),
            (WebhookOutcome::Failed, Some("timeout"), None)
        );
        assert_eq!(
            outcome(MAX_TRIES, Answer::Status(200, None)).0,
            WebhookOutcome::Delivered
        );
    }

    #[test]
    fn an_address_that_may_not_be_called_is_not_tried_again() {
        let expected = (WebhookOutcome::Failed, Some("refused_address"), None);
        assert_eq!(outcome(1, Answer::RefusedAddress), expected);
    }
}
