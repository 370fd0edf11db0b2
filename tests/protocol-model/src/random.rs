//! Numbers from a seed: the same seed, the same numbers, on every machine.

/// A source of numbers.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The numbers of a seed.
    #[must_use]
    pub const fn of_seed(seed: u64) -> Self {
        Self(seed.wrapping_mul(0xd134_2543_de82_ef95))
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(self.0)
    }

    /// The next number below `bound`; 0 when there is none.
    pub fn below(&mut self, bound: u32) -> u32 {
        let number = self.number().checked_rem(u64::from(bound));
        number
            .and_then(|number| u32::try_from(number).ok())
            .unwrap_or(0)
    }

    /// Whether something happens that happens once in `times`.
    pub fn once_in(&mut self, times: u32) -> bool {
        self.below(times) == 0
    }

    /// One of these; none of none.
    pub fn one_of<'a, T>(&mut self, things: &'a [T]) -> Option<&'a T> {
        let count = u32::try_from(things.len()).unwrap_or(u32::MAX);
        things.get(self.below(count) as usize)
    }
}

/// Splitmix64: every seed, even 0 and its neighbours, gives numbers that have nothing to do with each other.
#[must_use]
pub const fn mixed(step: u64) -> u64 {
    let step = (step ^ (step >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let step = (step ^ (step >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    step ^ (step >> 31)
}
