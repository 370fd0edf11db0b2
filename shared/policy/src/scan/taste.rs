//! Words of taste: sexual when said of a person or of nobody, and not when said of a car or a cake.

use super::Here;
use crate::lexicon::Class;

/// Where the words after a word of taste are looked at.
#[derive(Debug, Clone, Copy, Default)]
pub struct Taste {
    /// Where the thing, or a word that describes it, has to stand.
    thing_at: Option<usize>,
    /// Where the thing has ended, and nothing may stand that makes it part of something else.
    behind_thing: Option<usize>,
}

impl Taste {
    /// Reads the terms at one place; says whether a word of taste turned out to be sexual. Only a listed thing
    /// right behind it, with listed words between, clears it, and only where its phrase ends there.
    pub fn read(&mut self, here: &Here<'_>) -> bool {
        let mut sexual = false;
        let ends_of = |class: Class| {
            here.terms()
                .filter(|found| found.class.has(class))
                .map(|found| found.end)
                .max()
        };
        if self.thing_at == Some(here.index) {
            let next = ends_of(Class::MODIFIER).or(ends_of(Class::TASTE));
            (self.thing_at, self.behind_thing) = (None, ends_of(Class::THING));
            if here.piece.is_split || here.said.overlaps(Class::SOMEBODY) {
                sexual = true;
            } else if self.behind_thing.is_none() {
                self.thing_at = next;
                sexual = next.is_none();
            }
        } else if self.behind_thing == Some(here.index) && !here.piece.is_split {
            self.behind_thing = ends_of(Class::THING);
            let may_follow = here.said.has(Class::GLUE) && !here.said.overlaps(Class::SOMEBODY);
            sexual = self.behind_thing.is_none() && !may_follow;
        }
        let tastes = || here.terms().filter(|found| found.class.has(Class::TASTE));
        sexual |= tastes().any(|found| found.class.overlaps(Class::SOMEBODY));
        // A stem may go on into the next word, as a word that is broken by a space; the thing is that next word.
        self.thing_at = tastes().map(|found| found.end).min().or(self.thing_at);
        sexual
    }

    /// Whether a word of taste was the last word of the text.
    pub fn is_open(self) -> bool {
        self.thing_at.is_some()
    }
}
