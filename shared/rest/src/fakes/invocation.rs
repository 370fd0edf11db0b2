//! What one invocation of a function may send.

use std::cell::Cell;

use ourvidz_core::limits::MAX_SUBREQUESTS;

use crate::budget::Retries;

#[derive(Default)]
pub(super) struct Invocation {
    sent: Cell<u32>,
    pub retries: Retries,
}

impl Invocation {
    /// Counts a request.
    ///
    /// # Panics
    ///
    /// Where the runtime would refuse it: a handler might hide a refusal, and no test would know.
    pub fn count(&self) {
        self.sent.set(self.sent.get() + 1);
        assert!(
            self.sent.get() <= MAX_SUBREQUESTS,
            "one invocation sends more than {MAX_SUBREQUESTS} requests"
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::fakes::World;
    use crate::http::Http as _;

    fn send(world: &World, times: u32) {
        let queues = |world: &World| {
            let queues = crate::Queues::new(world, "http://redis.test", "redis");
            let _ = pollster::block_on(queues.lists());
        };
        for _ in 0..times {
            queues(world);
        }
    }

    #[test]
    fn fifty_requests_are_an_invocations_all() {
        let world = World::new();
        send(&world.invocation(), 50);
        send(&world.invocation(), 50);
        send(&world, 51);
        assert_eq!(world.sent().len(), 151);
    }

    #[test]
    #[should_panic(expected = "one invocation sends more than 50 requests")]
    fn the_next_one_fails_the_test() {
        let invocation = World::new().invocation();
        send(&invocation, 30);
        send(&invocation.clone(), 21);
    }

    #[test]
    fn its_calls_share_their_retries() {
        let invocation = World::new().invocation();
        let taken = (0..10).filter(|_| invocation.clone().take_retry());
        assert_eq!(taken.count(), 4);
    }
}
