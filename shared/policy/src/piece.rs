//! A folded text: what [`fold`](super::fold) makes and the walks read.

use alloc::vec::Vec;

/// Symbols that stand for letters in a row; more of them are decoration.
const MAX_SYMBOLS: usize = 6;

/// What separates a piece from the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gap {
    /// Only punctuation, or nothing.
    Tight,
    /// White space, with or without punctuation.
    Space,
}

/// Letters that symbols beside a piece may stand for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Symbols {
    letters: [char; MAX_SYMBOLS],
    length: usize,
}

impl Symbols {
    pub fn as_slice(&self) -> &[char] {
        self.letters.get(..self.length).unwrap_or_default()
    }

    /// Adds a letter; those beyond the limit are dropped.
    pub fn push(&mut self, letter: char) {
        if let Some(slot) = self.letters.get_mut(self.length) {
            *slot = letter;
            self.length += 1;
        }
    }
}

/// A run of letters and digits, or one ideograph.
#[derive(Debug, Clone, Copy)]
pub struct Piece {
    /// Where its letters begin in [`Folded::letters`].
    pub start: usize,
    pub end: usize,
    /// Where its letters begin when digits at the front are taken as a number ("15yo").
    pub after_digits: usize,
    /// Where its letters end when digits at the end are taken as a number ("word01").
    pub before_digits: usize,
    /// The number at the front, if there is one; large ones are all [`u16::MAX`].
    pub number: Option<u16>,
    /// The digits of that number.
    pub digits: usize,
    /// What stands between this piece and the one before.
    pub gap: Gap,
    /// Whether there is punctuation before it, other than hyphens and apostrophes, or the end of a line.
    pub is_split: bool,
    /// The number at the end of a word ("word16"); nothing if it is all a number.
    pub tail_number: Option<u16>,
    /// How many letters a reader sees: a vowel sign is seen with the letter that it stands on.
    pub shapes: usize,
    /// The one mark that stands before it, if it is of those that numbers have: "1,000", "2.5", "16:9", "1/3".
    pub mark: Option<char>,
    /// The symbols right before it.
    pub lead: Symbols,
    /// Whether those symbols are all that separates it from the piece before.
    pub lead_joins: bool,
    /// The symbols right behind it, when nothing follows them.
    pub trail: Symbols,
    /// Whether it is an ideograph, a kana or an emoji: these scripts put no space between words.
    pub unspaced: bool,
}

impl Piece {
    /// Whether it is nothing but a number.
    pub fn is_number(&self) -> bool {
        self.number.is_some() && self.after_digits == self.end
    }

    /// How many letters it has.
    pub fn len(&self) -> usize {
        self.end - self.start
    }
}

#[derive(Debug, Default)]
pub struct Folded {
    /// The letters of all pieces.
    pub letters: Vec<char>,
    pub pieces: Vec<Piece>,
    /// Letters of scripts that the tables have no words in.
    pub uncovered: usize,
}
