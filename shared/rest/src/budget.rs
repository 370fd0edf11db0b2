//! How long a call may take and how often it is tried, as data.
//!
//! There is no clock here. A budget bounds the time by itself: in the worst case each try takes its whole time
//! and each pause is made, and [`Budget::worst_case_ms`] adds that up.

use core::cell::Cell;
use core::pin::Pin;

use ourvidz_core::limits::MAX_RETRIES;

use crate::http::{Http, Request, Response, TransportError};

/// A request under way. Boxed, so that it is compiled once for all that is sent.
pub(crate) type Sending<'a> = Pin<Box<dyn Future<Output = Result<Response, TransportError>> + 'a>>;

/// The retries that one invocation of a function has left, for all its calls.
pub struct Retries(Cell<u32>);

impl Default for Retries {
    fn default() -> Self {
        Self(Cell::new(MAX_RETRIES))
    }
}

impl Retries {
    /// Takes one, if one is left.
    pub fn take(&self) -> bool {
        let left = self.0.get().checked_sub(1);
        self.0.set(left.unwrap_or(0));
        left.is_some()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// How long one try may take.
    pub timeout_ms: u32,
    /// Tries in all, at least 1.
    pub tries: u32,
    /// The pause before the second try; it doubles with each further one.
    pub first_pause_ms: u32,
}

impl Budget {
    #[must_use]
    pub const fn once(timeout_ms: u32) -> Self {
        Self {
            timeout_ms,
            tries: 1,
            first_pause_ms: 0,
        }
    }

    /// The longest that a call can take.
    #[must_use]
    pub const fn worst_case_ms(self) -> u32 {
        let mut total = self.timeout_ms;
        let mut retry = 1;
        while retry < self.tries {
            total = total
                .saturating_add(self.timeout_ms)
                .saturating_add(self.pause_before(retry));
            retry += 1;
        }
        total
    }

    /// The pause before a retry, the first of which is 1.
    const fn pause_before(self, retry: u32) -> u32 {
        let doublings = if retry > 16 { 15 } else { retry - 1 };
        self.first_pause_ms.saturating_mul(1 << doublings)
    }

    /// Sends a request until an answer comes that is worth reading, or the tries are used up.
    ///
    /// Only for what may be done twice: after a broken connection nobody knows whether the request took
    /// effect. The fetch of the runtime does not tell apart a connection that was never made.
    pub(crate) fn send<H: Http>(self, http: &H, request: Request) -> Sending<'_> {
        self.send_unless(http, request, |_| false)
    }

    /// The same, where some answers of failure are final, because the backend meant them.
    pub(crate) fn send_unless<H: Http>(
        self,
        http: &H,
        request: Request,
        is_final: fn(&Response) -> bool,
    ) -> Sending<'_> {
        Box::pin(async move {
            let mut retry = 0;
            loop {
                let answer = http.send(request.clone()).await;
                retry += 1;
                if retry >= self.tries
                    || !is_passing(&answer)
                    || answer.as_ref().is_ok_and(is_final)
                    || !http.take_retry()
                {
                    return answer;
                }
                http.pause(self.pause_before(retry)).await;
            }
        })
    }
}

/// Whether the trouble may be over in a moment. A 429 is not among it: it asks for patience, not for more.
fn is_passing(answer: &Result<Response, TransportError>) -> bool {
    match answer {
        Ok(response) => matches!(response.status, 500 | 502 | 503 | 504),
        Err(TransportError::Unreachable | TransportError::Timeout) => true,
        Err(TransportError::TooLong) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_case_counts_every_try_and_pause() {
        assert_eq!(Budget::once(700).worst_case_ms(), 700);
        let budget = Budget {
            timeout_ms: 1000,
            tries: 4,
            first_pause_ms: 50,
        };
        assert_eq!(budget.worst_case_ms(), 4000 + 50 + 100 + 200);
    }

    #[test]
    fn absurd_numbers_do_not_overflow() {
        let budget = Budget {
            timeout_ms: u32::MAX,
            tries: 40,
            first_pause_ms: u32::MAX,
        };
        assert_eq!(budget.worst_case_ms(), u32::MAX);
    }
}
