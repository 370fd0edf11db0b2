//! Where a walk stands, and what it has gone through to get there.

use crate::lexicon::{Class, NodeId, ROOT};
use crate::piece::{Gap, Piece};

/// Pieces of at most this length may be letters of one spaced-out word, when there are enough of them.
const SHORT_PIECE: usize = 2;
const MIN_SHORT_PIECES: u8 = 3;

/// A word broken by spaces into longer pieces is recognised from this length on, and up to this many spaces.
const MIN_BROKEN_LETTERS: u8 = 4;
const MAX_BREAKS: u8 = 2;

/// How many pieces of one word may be a digit each: one may be a letter, several are a version or a date.
const MAX_DIGIT_PIECES: u8 = 1;

/// Terms written together are told apart only from this length on.
const MIN_GLUED_LETTERS: u8 = 3;
/// Terms in the middle of a longer word count only from this length on, all together.
pub const MIN_INNER_LETTERS: u8 = 8;
/// How many terms are told apart in one word.
const MAX_GLUED_TERMS: u8 = 3;

/// Which letters a walk reads next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The symbols before the piece, from this one on.
    Lead(u8),
    Letters,
    /// The symbols behind it.
    Trail(u8),
}

/// The state of a walk.
#[derive(Debug, Clone, Copy)]
pub struct State {
    /// The letters taken so far, as a place in the trie.
    pub node: NodeId,
    /// The piece that it reads.
    pub piece: usize,
    /// The next letter of the piece.
    pub at: usize,
    /// What it reads of the piece.
    pub phase: Phase,
    /// Letters that a symbol hid.
    pub hidden: u8,
    /// Whether such a symbol stood between letters and hid none.
    pub starred: bool,
    /// Whether the term is written as in the tables.
    pub plain: bool,
    /// Whether the walk began behind the digits of its first piece.
    pub behind_digits: bool,
    /// Whether the walk began in the middle of a piece.
    pub inner: bool,
    /// Whether the first piece may be several terms in one: not if it is a word by itself ("sixteen").
    pub may_glue: bool,
    /// What the terms before this one, in the same piece, say.
    pub glued: Class,
    pub glued_terms: u8,
    pub glued_letters: u8,
    /// Letters of the current word of the current term.
    pub letters: u8,
    /// Pieces and spaces of that word, and what is known of the pieces.
    pub pieces: u8,
    pub breaks: u8,
    pub digits: u8,
    pub all_short: bool,
    pub any_common: bool,
}

impl State {
    /// At the first letter of a piece.
    pub fn start(index: usize, piece: &Piece, may_glue: bool) -> Self {
        Self {
            node: ROOT,
            piece: index,
            at: piece.start,
            phase: Phase::Letters,
            hidden: 0,
            starred: false,
            plain: true,
            behind_digits: false,
            inner: false,
            may_glue,
            glued: Class::default(),
            glued_terms: 0,
            glued_letters: 0,
            letters: 0,
            pieces: 1,
            breaks: 0,
            digits: 0,
            all_short: piece.shapes <= SHORT_PIECE,
            any_common: false,
        }
    }

    pub fn followed(self, node: NodeId) -> Self {
        Self {
            node,
            letters: self.letters.saturating_add(1),
            ..self
        }
    }

    /// At the first word of the next term in the same piece, if this term may be followed by another.
    pub fn glued(self, class: Class) -> Option<Self> {
        let may = self.may_glue && self.is_gluable(class) && self.glued_terms + 1 < MAX_GLUED_TERMS;
        may.then(|| Self {
            node: ROOT,
            glued: self.glued.and(class),
            glued_terms: self.glued_terms + 1,
            glued_letters: self.glued_letters.saturating_add(self.letters),
            letters: 0,
            plain: false,
            ..self
        })
    }

    /// At the next word of a phrase, if what was taken so far is a word.
    pub fn next_word(self, node: NodeId, next: &Piece) -> Option<Self> {
        self.is_one_word().then(|| Self {
            node,
            letters: 0,
            pieces: 1,
            breaks: 0,
            digits: u8::from(next.is_number()),
            all_short: next.shapes <= SHORT_PIECE,
            any_common: false,
            plain: self.plain && !next.is_split,
            ..self.next_piece(next)
        })
    }

    /// At the next piece as the rest of the same word, if the two may be one. `are_common` tells whether either
    /// is an everyday word; it is asked only where that matters.
    pub fn joined(
        self,
        current: &Piece,
        next: &Piece,
        are_common: impl FnOnce() -> bool,
    ) -> Option<Self> {
        if current.unspaced && next.unspaced {
            return Some(self.next_piece(next));
        }
        if next.is_number() && (next.digits > 1 || self.digits >= MAX_DIGIT_PIECES) {
            return None;
        }
        let joined = Self {
            pieces: self.pieces.saturating_add(1),
            digits: self.digits + u8::from(next.is_number()),
            all_short: self.all_short && next.shapes <= SHORT_PIECE,
            plain: false,
            ..self.next_piece(next)
        };
        if next.gap == Gap::Tight {
            return Some(joined);
        }
        let broken = Self {
            breaks: joined.breaks.saturating_add(1),
            ..joined
        };
        if broken.all_short {
            // Whether the pieces are everyday words plays no part while all of them are this short.
            return Some(Self {
                any_common: broken.any_common || are_common(),
                ..broken
            });
        }
        let may = broken.breaks <= MAX_BREAKS && !broken.any_common && !are_common();
        may.then_some(broken)
    }

    fn next_piece(self, next: &Piece) -> Self {
        Self {
            piece: self.piece + 1,
            at: next.start,
            phase: Phase::Letters,
            ..self
        }
    }

    /// What a term that ends here says, with those glued before it; nothing if it does not count.
    pub fn finished(self, class: Class) -> Option<Class> {
        let is_glued = self.glued_terms > 0;
        let counts = !class.is_empty()
            && self.is_one_word()
            && (!is_glued || self.is_gluable(class))
            && (!self.inner || (is_glued && self.is_long() && class.overlaps(Class::INNER)));
        counts.then(|| class.and(self.glued))
    }

    /// Whether this is the end of several terms that count in the middle of a word.
    pub fn is_long_glue(self) -> bool {
        self.glued_terms > 0 && self.is_long()
    }

    fn is_long(self) -> bool {
        self.glued_letters.saturating_add(self.letters) >= MIN_INNER_LETTERS
    }

    fn is_gluable(self, class: Class) -> bool {
        // "eighteenyearold" is not "eight", "teen" and "yearold".
        let fits = !self.glued.has(Class::NUMBER) || class.has(Class::AGE_AFTER);
        fits && self.letters >= MIN_GLUED_LETTERS
            && self.breaks == 0
            && class.overlaps(Class::GLUABLE)
    }

    /// Whether the pieces taken so far may be one word that spaces break up.
    fn is_one_word(self) -> bool {
        self.breaks == 0
            || (self.all_short && self.pieces >= MIN_SHORT_PIECES)
            || (!self.any_common && self.breaks <= MAX_BREAKS && self.letters >= MIN_BROKEN_LETTERS)
    }
}
