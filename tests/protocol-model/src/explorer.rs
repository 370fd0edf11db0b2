//! Walks through every state that can be reached, shortest ways first.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::Debug;
use std::hash::{Hash, Hasher};

pub trait Model {
    type State: Clone + Hash;
    /// What leads from one to the next.
    type Action: Clone + Debug;

    fn initial(&self) -> Self::State;
    /// What may happen in a state, with the state that each leads to.
    fn next(&self, state: &Self::State) -> Vec<(Self::Action, Self::State)>;
    /// The invariant that a state breaks, if it breaks one.
    fn broken(&self, state: &Self::State) -> Option<String>;
}

#[derive(Debug)]
pub struct Explored {
    pub states: usize,
    pub steps: usize,
    /// The most steps from the beginning to a state, on the shortest way.
    pub depth: usize,
    /// A state that breaks an invariant, if there is one.
    pub failure: Option<Failure>,
}

/// A broken invariant and the shortest way to it.
#[derive(Debug)]
pub struct Failure {
    pub invariant: String,
    /// The steps, one a line.
    pub steps: Vec<String>,
}

/// With 2^128 values no two of some million states share theirs.
pub type Fingerprint = (u64, u64);

/// Explores everything, or up to the first broken invariant. States are kept as fingerprints, and whole only
/// while their successors are to come, so that millions fit into memory.
pub fn explore<M: Model>(model: &M) -> Explored {
    let initial = model.initial();
    let mut came_from: HashMap<Fingerprint, Option<(Fingerprint, u32)>> = HashMap::new();
    came_from.insert(fingerprint(&initial), None);
    let mut explored = Explored {
        states: 1,
        steps: 0,
        depth: 0,
        failure: None,
    };
    let mut frontier = vec![initial];
    while !frontier.is_empty() {
        let mut following = Vec::new();
        for state in &frontier {
            let own = fingerprint(state);
            for (choice, (_, next)) in (0u32..).zip(model.next(state)) {
                explored.steps += 1;
                let print = fingerprint(&next);
                let Entry::Vacant(place) = came_from.entry(print) else {
                    continue;
                };
                place.insert(Some((own, choice)));
                if let Some(invariant) = model.broken(&next) {
                    let steps = way_to(model, &came_from, print);
                    explored.failure = Some(Failure { invariant, steps });
                    return explored;
                }
                following.push(next);
            }
        }
        explored.states += following.len();
        explored.depth += usize::from(!following.is_empty());
        frontier = following;
    }
    explored
}

/// The way to a state: its choices, walked once more from the beginning.
fn way_to<M: Model>(
    model: &M,
    came_from: &HashMap<Fingerprint, Option<(Fingerprint, u32)>>,
    end: Fingerprint,
) -> Vec<String> {
    let mut choices = Vec::new();
    let mut at = end;
    while let Some(Some((before, choice))) = came_from.get(&at) {
        choices.push(*choice);
        at = *before;
    }
    let mut steps = Vec::new();
    let mut state = model.initial();
    for choice in choices.into_iter().rev() {
        let Some((action, next)) = model.next(&state).into_iter().nth(choice as usize) else {
            break;
        };
        steps.push(format!("{action:?}"));
        state = next;
    }
    steps
}

pub fn fingerprint<T: Hash>(thing: &T) -> Fingerprint {
    let mut hasher = Wide(0);
    thing.hash(&mut hasher);
    (hasher.finish(), hasher.0 as u64)
}

/// A hasher of 128 bits. The library's has 64, and takes thrice the time of everything else here.
struct Wide(u128);

impl Wide {
    fn add(&mut self, word: u64) {
        const FACTOR: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;
        let mixed = (self.0 ^ u128::from(word)).wrapping_mul(FACTOR);
        self.0 = mixed.rotate_left(57) ^ (mixed >> 61);
    }
}

impl Hasher for Wide {
    fn write(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(8) {
            let mut word = [0; 8];
            for (place, byte) in word.iter_mut().zip(part) {
                *place = *byte;
            }
            self.add(u64::from_le_bytes(word) ^ part.len() as u64);
        }
    }

    fn write_u8(&mut self, value: u8) {
        self.add(u64::from(value));
    }

    fn write_u32(&mut self, value: u32) {
        self.add(u64::from(value));
    }

    fn write_u64(&mut self, value: u64) {
        self.add(value);
    }

    fn write_usize(&mut self, value: usize) {
        self.add(value as u64);
    }

    fn write_isize(&mut self, value: isize) {
        self.add(value as u64);
    }

    fn finish(&self) -> u64 {
        let last =
            (self.0 ^ (self.0 >> 67)).wrapping_mul(0xd6e8_feb8_6659_fd93_d6e8_feb8_6659_fd93);
        (last >> 64) as u64
    }
}
