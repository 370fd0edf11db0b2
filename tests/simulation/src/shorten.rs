//! Cuts a failing schedule down to what matters.

use crate::scene::Sabotage;
use crate::schedule::{Outcome, replay};

/// Runs that cutting may take: some seconds.
const MOST_RUNS: u32 = 1_500;

/// The same failure with as few decisions as can be found, traced: parts of the list are left out, then single
/// decisions become the harmless one, as long as the same invariant breaks.
#[must_use]
pub fn shortest(failing: &Outcome, sabotage: Sabotage) -> Outcome {
    let kind = |failure: &Option<String>| {
        let failure = failure.as_deref().unwrap_or_default();
        failure
            .split([':', '('])
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let wanted = kind(&failing.failure);
    let mut choices = failing.choices.clone();
    let mut runs = 0;
    let mut still_fails = |shorter: &[u32]| {
        runs += 1;
        runs <= MOST_RUNS && {
            let outcome = replay(shorter, sabotage, false);
            outcome.failure.is_some() && kind(&outcome.failure) == wanted
        }
    };
    let mut length = choices.len();
    while length > 0 {
        let mut from = 0;
        while from < choices.len() {
            let to = (from + length).min(choices.len());
            let mut shorter = choices.clone();
            shorter.drain(from..to);
            if still_fails(&shorter) {
                choices = shorter;
            } else {
                from += length;
            }
        }
        length /= 2;
    }
    for index in 0..choices.len() {
        let mut simpler = choices.clone();
        if let Some(place) = simpler.get_mut(index).filter(|place| **place != 0) {
            *place = 0;
            if still_fails(&simpler) {
                choices = simpler;
            }
        }
    }
    replay(&choices, sabotage, true)
}
