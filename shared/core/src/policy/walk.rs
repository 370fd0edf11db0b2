//! Finds terms at one place of a folded text, through what people put between letters.
//!
//! A walk begins at a piece and goes down the trie letter by letter. At the end of a piece it can go on into
//! the next: as the next word of a phrase, or as the rest of a broken word ("w.o.r.d", "w o r d", "wo rd").
//! Inside a piece it can take two terms in a row ("wordword"). Every step consumes a letter of a term, so the
//! work at one place is bounded by the tables and not by the text.

use alloc::vec::Vec;

use super::fold::{ANY_LETTER, Folded, Gap, N_TILDE, Piece, REPEATED};
use super::lexicon::{Class, Lexicon, NodeId, ROOT};

/// What may follow a term inside its word: the plural and its disguises.
const INFLECTIONS: [&[char]; 4] = [&['s'], &['e', 's'], &['z'], &['i', 'n', 'g']];

/// Terms written together are told apart only from this length on.
const MIN_GLUED_LETTERS: usize = 3;
/// Two terms in the middle of a longer word count only from this length on.
const MIN_INNER_LETTERS: usize = 8;
/// How many terms are told apart in one word.
const MAX_GLUED_TERMS: u8 = 3;

/// Pieces of at most this length may be letters of one spaced-out word, when there are enough of them.
const SHORT_PIECE: usize = 2;
const MIN_SHORT_PIECES: u8 = 3;
/// A word broken by spaces into longer pieces is recognised from this length on, and up to this many spaces.
const MIN_BROKEN_LETTERS: usize = 4;
const MAX_BREAKS: u8 = 2;

/// How many pieces of one word may be a digit each.
const MAX_DIGIT_PIECES: u8 = 1;

/// How many hidden letters are guessed in one term.
const MAX_HIDDEN_LETTERS: u8 = 2;

/// A term in the text.
#[derive(Debug, Clone, Copy)]
pub struct Match {
    /// The piece behind it.
    pub end: usize,
    /// What it says.
    pub class: Class,
    /// Whether it is written as in the tables, up to spaces and punctuation between words.
    pub plain: bool,
    /// Whether it begins behind the digits of its first piece.
    pub behind_digits: bool,
}

/// Which letters a walk reads next.
#[derive(Debug, Clone, Copy)]
enum Phase {
    /// The symbols before the piece, from this one on.
    Lead(usize),
    /// The piece.
    Letters,
    /// The symbols behind it.
    Trail(usize),
}

#[derive(Debug, Clone, Copy)]
struct State {
    node: NodeId,
    piece: usize,
    at: usize,
    phase: Phase,
    /// What the terms before this one, in the same word, say.
    glued: Class,
    glued_terms: u8,
    glued_letters: usize,
    /// Letters of the current term since its last word break.
    letters: usize,
    hidden: u8,
    /// Pieces and spaces of the current word, and what is known of the pieces.
    pieces: u8,
    breaks: u8,
    all_short: bool,
    any_common: bool,
    /// Pieces that are a digit each: one may be a letter, several are a version or a date.
    digits: u8,
    plain: bool,
    behind_digits: bool,
    /// Whether the walk began in the middle of a piece.
    inner: bool,
    /// Whether the first piece may be several terms in one: not if it is a word by itself ("sixteen").
    may_glue: bool,
}

/// Walks; keeps its memory from place to place and counts its steps.
pub struct Walker<'a> {
    folded: &'a Folded,
    lexicon: &'a Lexicon,
    stack: Vec<State>,
    found: Vec<Match>,
    /// States looked at so far: the measure of the work.
    pub steps: u64,
}

impl<'a> Walker<'a> {
    /// A walker over one text.
    pub fn new(folded: &'a Folded, lexicon: &'a Lexicon) -> Self {
        Self {
            folded,
            lexicon,
            stack: Vec::new(),
            found: Vec::new(),
            steps: 0,
        }
    }

    /// The terms that begin at a piece.
    pub fn matches_at(&mut self, index: usize) -> &[Match] {
        self.found.clear();
        let Some(piece) = self.folded.pieces.get(index) else {
            return &self.found;
        };
        if piece.is_number() && piece.digits > 1 {
            return &self.found;
        }
        let start = State {
            node: ROOT,
            piece: index,
            at: piece.start,
            phase: Phase::Letters,
            glued: Class::default(),
            glued_terms: 0,
            glued_letters: 0,
            letters: 0,
            hidden: 0,
            pieces: 1,
            breaks: 0,
            all_short: piece.len() <= SHORT_PIECE,
            any_common: false,
            digits: u8::from(piece.is_number()),
            plain: true,
            behind_digits: false,
            inner: false,
            may_glue: whole_word(self.folded, self.lexicon, piece).is_empty(),
        };
        self.stack.push(start);
        if !piece.lead.as_slice().is_empty() {
            self.stack.push(State {
                phase: Phase::Lead(0),
                plain: false,
                ..start
            });
        }
        if piece.digits > 0 && piece.after_digits < piece.end {
            self.stack.push(State {
                at: piece.after_digits,
                behind_digits: true,
                plain: false,
                ..start
            });
        }
        if start.may_glue && piece.len() >= MIN_INNER_LETTERS {
            for at in piece.start + 1..piece.end - MIN_GLUED_LETTERS {
                self.stack.push(State {
                    at,
                    inner: true,
                    plain: false,
                    ..start
                });
            }
        }
        while let Some(state) = self.stack.pop() {
            self.steps += 1;
            self.step(state, piece);
        }
        &self.found
    }

    fn step(&mut self, state: State, first: &Piece) {
        let Some(piece) = self.folded.pieces.get(state.piece) else {
            return;
        };
        match state.phase {
            Phase::Lead(place) => match piece.lead.as_slice().get(place) {
                Some(letter) => self.take(
                    State {
                        phase: Phase::Lead(place + 1),
                        ..state
                    },
                    *letter,
                    first,
                ),
                None => self.stack.push(State {
                    phase: Phase::Letters,
                    ..state
                }),
            },
            Phase::Trail(place) => match piece.trail.as_slice().get(place) {
                Some(letter) => self.take(
                    State {
                        phase: Phase::Trail(place + 1),
                        ..state
                    },
                    *letter,
                    first,
                ),
                None => self.report(state, self.lexicon.word(state.node)),
            },
            Phase::Letters if state.at < piece.end => {
                self.inside(state, piece);
                if let Some(letter) = self.folded.letters.get(state.at) {
                    self.take(
                        State {
                            at: state.at + 1,
                            ..state
                        },
                        *letter,
                        first,
                    );
                }
            }
            Phase::Letters => self.at_end(state, piece),
        }
    }

    /// Goes on by one letter, which may be a mark for several.
    fn take(&mut self, state: State, letter: char, first: &Piece) {
        match letter {
            REPEATED => {
                self.stack.push(state);
                // The mark is never the first letter of a piece, so the one before it is a letter.
                if let Some(before) = state
                    .at
                    .checked_sub(2)
                    .and_then(|at| self.folded.letters.get(at))
                {
                    self.follow(state, *before);
                }
            }
            ANY_LETTER => {
                // A letter is hidden between letters; stars behind a word are emphasis.
                let is_between = matches!(state.phase, Phase::Lead(_)) && state.node != ROOT;
                if !is_between || state.hidden >= MAX_HIDDEN_LETTERS {
                    return;
                }
                let next = State {
                    hidden: state.hidden + 1,
                    letters: state.letters + 1,
                    plain: false,
                    ..state
                };
                for (letter, node) in self.lexicon.children(state.node) {
                    if letter.is_ascii_lowercase() {
                        self.stack.push(State { node, ..next });
                    }
                }
            }
            letter => {
                self.follow(state, letter);
                if letter == N_TILDE {
                    self.follow(state, 'n');
                }
            }
        }
        debug_assert!(first.start <= state.at, "a walk never goes back");
    }

    fn follow(&mut self, state: State, letter: char) {
        let next = State {
            letters: state.letters + 1,
            ..state
        };
        if let Some(node) = self.lexicon.child(state.node, letter) {
            self.stack.push(State { node, ..next });
        }
        // The words of a phrase may be written together.
        if state.node != ROOT
            && let Some(space) = self.lexicon.child(state.node, ' ')
            && let Some(node) = self.lexicon.child(space, letter)
        {
            self.stack.push(State {
                node,
                plain: false,
                ..next
            });
        }
    }

    /// Looks at a term that ends before its piece does.
    fn inside(&mut self, state: State, piece: &Piece) {
        let stem = self.lexicon.stem(state.node);
        if !stem.is_empty() {
            self.report(state, stem);
        }
        let word = self.lexicon.word(state.node);
        if word.is_empty() {
            return;
        }
        let rest = self
            .folded
            .letters
            .get(state.at..piece.end)
            .unwrap_or_default();
        if state.at == piece.before_digits || INFLECTIONS.contains(&rest) {
            self.report(state, word);
        }
        if state.letters < MIN_GLUED_LETTERS || state.breaks > 0 || !word.overlaps(Class::GLUABLE) {
            return;
        }
        let glued_letters = state.glued_letters + state.letters;
        if state.glued_terms > 0 && glued_letters >= MIN_INNER_LETTERS {
            self.report(state, word);
        }
        if state.may_glue && state.glued_terms + 1 < MAX_GLUED_TERMS {
            self.stack.push(State {
                node: ROOT,
                glued: state.glued.and(word),
                glued_terms: state.glued_terms + 1,
                glued_letters,
                letters: 0,
                plain: false,
                ..state
            });
        }
    }

    /// Looks at a term that ends with its piece, and goes on into the next.
    fn at_end(&mut self, state: State, piece: &Piece) {
        self.report(state, self.lexicon.word(state.node));
        if state.node == ROOT {
            return;
        }
        if !piece.trail.as_slice().is_empty() {
            self.stack.push(State {
                phase: Phase::Trail(0),
                plain: false,
                ..state
            });
        }
        let index = state.piece + 1;
        let Some(next_piece) = self.folded.pieces.get(index) else {
            return;
        };
        let next = State {
            piece: index,
            at: next_piece.start,
            ..state
        };

        let is_digit = state.pieces == 1 && piece.is_number();
        if !is_digit
            && self.is_one_word(state)
            && let Some(node) = self.lexicon.child(state.node, ' ')
        {
            self.stack.push(State {
                node,
                letters: 0,
                pieces: 1,
                breaks: 0,
                all_short: next_piece.len() <= SHORT_PIECE,
                any_common: false,
                digits: u8::from(next_piece.is_number()),
                ..next
            });
        }
        if piece.unspaced && next_piece.unspaced {
            self.stack.push(next);
            return;
        }
        if next_piece.is_number() && (next_piece.digits > 1 || state.digits >= MAX_DIGIT_PIECES) {
            return;
        }
        let joined = State {
            digits: state.digits + u8::from(next_piece.is_number()),
            pieces: state.pieces.saturating_add(1),
            all_short: state.all_short && next_piece.len() <= SHORT_PIECE,
            plain: false,
            ..next
        };
        if next_piece.gap == Gap::Tight {
            self.stack.push(joined);
            if next_piece.lead_joins {
                self.stack.push(State {
                    phase: Phase::Lead(0),
                    ..joined
                });
            }
            return;
        }
        let broken = State {
            breaks: state.breaks.saturating_add(1),
            any_common: state.any_common
                || is_common(self.folded, piece)
                || is_common(self.folded, next_piece),
            ..joined
        };
        if broken.all_short || (!broken.any_common && broken.breaks <= MAX_BREAKS) {
            self.stack.push(broken);
        }
    }

    /// Whether the pieces taken so far may be one word that spaces break up.
    fn is_one_word(&self, state: State) -> bool {
        state.breaks == 0
            || (state.all_short && state.pieces >= MIN_SHORT_PIECES)
            || (!state.any_common
                && state.breaks <= MAX_BREAKS
                && state.letters >= MIN_BROKEN_LETTERS)
    }

    fn report(&mut self, state: State, class: Class) {
        let is_glued = state.glued_terms > 0;
        let is_too_short = is_glued && state.letters < MIN_GLUED_LETTERS;
        let is_lonely =
            state.inner && (!is_glued || state.glued_letters + state.letters < MIN_INNER_LETTERS);
        if class.is_empty() || is_too_short || is_lonely || !self.is_one_word(state) {
            return;
        }
        if is_glued && !class.overlaps(Class::GLUABLE) {
            return;
        }
        self.found.push(Match {
            end: state.piece + 1,
            class: class.and(state.glued),
            plain: state.plain,
            behind_digits: state.behind_digits,
        });
    }
}

/// Whether a piece is a short everyday word, so that it is no fragment of another one.
fn is_common(folded: &Folded, piece: &Piece) -> bool {
    whole_word(folded, Lexicon::built_in(), piece).has(Class::COMMON)
}

/// What a piece says as a word, spelt as in the tables.
fn whole_word(folded: &Folded, lexicon: &Lexicon, piece: &Piece) -> Class {
    let letters = folded
        .letters
        .get(piece.start..piece.end)
        .unwrap_or_default();
    let node = letters
        .iter()
        .try_fold(ROOT, |node, letter| lexicon.child(node, *letter));
    node.map_or(Class::default(), |node| lexicon.word(node))
}
