//! Absence of clothing, said with a word for absence and a word for clothes.

use super::{Ends, Here};
use crate::lexicon::Class;

/// What the words before the current place leave open.
#[derive(Debug, Clone, Copy, Default)]
pub struct Clothing {
    after_without: Ends,
    after_garment: Ends,
}

impl Clothing {
    /// Reads the terms at one place; says whether clothes are absent. Words that say nothing of their own
    /// ("any", "her") may stand between the two.
    pub fn read(&mut self, here: &Here<'_>) -> bool {
        let mut absent = false;
        for found in here.terms() {
            let class = found.class;
            let distance = found.end - here.index;
            let is_garment = class.has(Class::GARMENT);
            absent |= is_garment && class.overlaps(Class::WITHOUT.and(Class::LACKING));
            absent |= is_garment && self.after_without.here();
            // "Kids' clothing, free shipping" has a comma; scripts without spaces are searched through marks.
            let is_apart = here.piece.is_split && !here.piece.unspaced;
            absent |= class.has(Class::LACKING) && self.after_garment.here() && !is_apart;
            if class.has(Class::WITHOUT) || (class.has(Class::FILLER) && self.after_without.here())
            {
                self.after_without.note(distance);
            }
            if is_garment || (class.has(Class::FILLER) && self.after_garment.here()) {
                self.after_garment.note(distance);
            }
        }
        absent
    }

    pub fn advance(&mut self) {
        self.after_without.advance();
        self.after_garment.advance();
    }
}
