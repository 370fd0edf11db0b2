//! Where a schedule takes its decisions from: a seed, or a list of decisions that was made before.

use std::cell::{Cell, RefCell};

/// A source of decisions that remembers them.
pub struct Choices {
    source: Source,
    made: RefCell<Vec<u32>>,
    /// From now on nothing is left to chance.
    calm: Cell<bool>,
}

enum Source {
    Seed { state: Cell<u64>, limit: usize },
    List(Vec<u32>),
}

impl Choices {
    /// At most `limit` decisions, as the seed says.
    pub fn of_seed(seed: u64, limit: usize) -> Self {
        let state = Cell::new(seed.wrapping_mul(0xd134_2543_de82_ef95));
        Self::of(Source::Seed { state, limit })
    }

    pub fn of_list(list: &[u32]) -> Self {
        Self::of(Source::List(list.to_vec()))
    }

    fn of(source: Source) -> Self {
        Self {
            source,
            made: RefCell::default(),
            calm: Cell::new(false),
        }
    }

    /// A number below `bound`; 0 is the one that does no harm, and the only one when it is calm.
    pub fn below(&self, bound: u32) -> u32 {
        if self.calm.get() || bound == 0 {
            return 0;
        }
        let mut made = self.made.borrow_mut();
        let chosen = match &self.source {
            Source::Seed { state, .. } => {
                let step = state.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
                state.set(step);
                u32::try_from(mixed(step) % u64::from(bound)).unwrap_or(0)
            }
            Source::List(list) => list.get(made.len()).map_or(0, |given| given % bound),
        };
        made.push(chosen);
        chosen
    }

    /// Whether something happens that happens once in `times`.
    pub fn once_in(&self, times: u32) -> bool {
        self.below(times) + 1 == times
    }

    /// Whether all decisions are made.
    pub fn are_used_up(&self) -> bool {
        let made = self.made.borrow().len();
        match &self.source {
            Source::Seed { limit, .. } => made >= *limit,
            Source::List(list) => made >= list.len(),
        }
    }

    /// Nothing goes wrong any more.
    pub fn calm_down(&self) {
        self.calm.set(true);
    }

    /// The decisions that were made.
    pub fn made(&self) -> Vec<u32> {
        self.made.borrow().clone()
    }
}

/// Splitmix64: every seed, even 0 and its neighbours, gives numbers that have nothing to do with each other.
pub fn mixed(step: u64) -> u64 {
    let step = (step ^ (step >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let step = (step ^ (step >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    step ^ (step >> 31)
}
