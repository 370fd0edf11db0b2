//! Where a schedule takes its decisions from: a seed, or a list of decisions that was made before.

use std::cell::{Cell, RefCell};

use ourvidz_model::random::Random;

/// A source of decisions that remembers them.
pub struct Choices {
    source: Source,
    made: RefCell<Vec<u32>>,
    /// From now on nothing is left to chance.
    calm: Cell<bool>,
}

enum Source {
    Seed {
        random: RefCell<Random>,
        limit: usize,
    },
    List(Vec<u32>),
}

impl Choices {
    /// At most `limit` decisions, as the seed says.
    pub fn of_seed(seed: u64, limit: usize) -> Self {
        let random = RefCell::new(Random::of_seed(seed));
        Self::of(Source::Seed { random, limit })
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
            Source::Seed { random, .. } => random.borrow_mut().below(bound),
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
