//! The clock and the randomness of one request, read once where it comes in.

use sha2::{Digest, Sha256};

use crate::Id;

/// When a request arrived and the random bytes that it may use.
///
/// Everything below takes what it needs from here, so the same request at the same moment always
/// gives the same plan, and a test is a matter of writing a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub now_ms: u64,
    /// Fresh random bytes, different at each request.
    pub entropy: [u8; 32],
}

impl Moment {
    #[must_use]
    pub const fn new(now_ms: u64, entropy: [u8; 32]) -> Self {
        Self { now_ms, entropy }
    }

    /// Whole seconds since 1970.
    #[must_use]
    pub const fn now_s(&self) -> u64 {
        self.now_ms / 1000
    }

    /// A random id of this moment; another `nth`, another id (0 and 1: two halves of the entropy).
    #[must_use]
    pub fn fresh_id(&self, nth: Nth) -> Id {
        let mut bytes = [0u8; 16];
        let (first, second) = self.entropy.split_at(16);
        bytes.copy_from_slice(match nth {
            Nth::First => first,
            Nth::Second => second,
        });
        Id::from_random(bytes)
    }

    /// The same time with other random bytes, for one of several things that one request makes.
    #[must_use]
    pub fn branch(&self, number: u32) -> Self {
        let digest = Sha256::new()
            .chain_update(self.entropy)
            .chain_update(number.to_be_bytes());
        Self {
            now_ms: self.now_ms,
            entropy: digest.finalize().into(),
        }
    }
}

/// Which of a moment's two ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nth {
    /// Made of the first half of the entropy.
    First,
    /// Made of the second half.
    Second,
}
