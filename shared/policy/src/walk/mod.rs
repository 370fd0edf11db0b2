//! Finds terms at one place of a folded text, through what people put between letters.
//!
//! A walk begins at a piece and goes down the trie letter by letter. At the end of a piece it can go on into
//! the next: as the next word of a phrase, or as the rest of a broken word ("w.o.r.d", "w o r d", "wo rd").
//! Inside a piece it can take several terms in a row ("wordword"). Every step consumes a letter of a term, so
//! the work at one place is bounded by the tables and not by the text.

mod state;

use alloc::vec::Vec;

use super::fold::{N_TILDE, REPEATED};
use super::lexicon::{Class, Lexicon, ROOT};
use super::lookalikes::ANY_LETTER;
use super::piece::{Folded, Piece};
use super::scripts;
use state::{MIN_INNER_LETTERS, Phase, State};

/// What may follow a term inside its word: the plural, its disguise, and the participle.
const INFLECTIONS: [&[char]; 4] = [&['s'], &['e', 's'], &['z'], &['i', 'n', 'g']];

/// The shortest terms that are looked for in the middle of a word.
const INNER_PREFIX: usize = 3;

/// How many hidden letters are guessed in one term. The first may be any letter, if there are enough before it;
/// else only vowels are tried, for they are what people hide, and every guess multiplies the work.
const MIN_LETTERS_BEFORE_ANY: u8 = 2;
const MAX_HIDDEN_LETTERS: u8 = 2;
const VOWELS: [char; 5] = ['a', 'e', 'i', 'o', 'u'];

/// A term in the text.
#[derive(Debug, Clone, Copy)]
pub struct Match {
    /// The piece behind it.
    pub end: usize,
    pub class: Class,
    /// Whether it is written as in the tables, with spaces, hyphens or apostrophes between its words.
    pub plain: bool,
    /// Whether it begins behind the digits of its first piece.
    pub behind_digits: bool,
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
        if let Some(piece) = self.folded.pieces.get(index) {
            self.push_starts(index, piece);
        }
        while let Some(mut state) = self.stack.pop() {
            self.steps += 1;
            while let Some(next) = self.step(state) {
                self.steps += 1;
                state = next;
            }
        }
        &self.found
    }

    fn push_starts(&mut self, index: usize, piece: &Piece) {
        // A number is a letter only between letters: "6-string" is not "g string".
        if piece.is_number() {
            return;
        }
        let may_glue = whole_word(self.folded, self.lexicon, piece).is_empty();
        let start = State::start(index, piece, may_glue);
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
        let word = self.folded.letters.get(piece.start..piece.end);
        for prefix in scripts::prefixes(word.unwrap_or_default()) {
            self.stack.push(State {
                at: piece.start + prefix,
                plain: false,
                ..start
            });
        }
        if may_glue && piece.len() >= usize::from(MIN_INNER_LETTERS) {
            for at in piece.start + 1..piece.end {
                if self.is_prefix(at) {
                    self.stack.push(State {
                        at,
                        inner: true,
                        plain: false,
                        ..start
                    });
                }
            }
        }
    }

    /// Whether any term begins with the letters from here on.
    fn is_prefix(&self, at: usize) -> bool {
        let Some(letters) = self.folded.letters.get(at..at + INNER_PREFIX) else {
            return false;
        };
        letters.contains(&REPEATED)
            || letters
                .iter()
                .try_fold(ROOT, |node, letter| self.lexicon.child(node, *letter))
                .is_some()
    }

    /// Goes one step. Where there are several ways, one is the result and the others are put on the stack.
    fn step(&mut self, state: State) -> Option<State> {
        let piece = self.folded.pieces.get(state.piece)?;
        match state.phase {
            Phase::Lead(place) => match piece.lead.as_slice().get(usize::from(place)) {
                Some(letter) => self.take(
                    State {
                        phase: Phase::Lead(place + 1),
                        ..state
                    },
                    *letter,
                ),
                None => Some(State {
                    phase: Phase::Letters,
                    ..state
                }),
            },
            Phase::Trail(place) => match piece.trail.as_slice().get(usize::from(place)) {
                Some(letter) => {
                    self.report(state, self.lexicon.stem(state.node));
                    let next = State {
                        phase: Phase::Trail(place + 1),
                        ..state
                    };
                    self.take(next, *letter)
                }
                None => self.report(state, self.lexicon.word(state.node)),
            },
            Phase::Letters if state.at < piece.end => {
                self.inside(state, piece);
                let letter = self.folded.letters.get(state.at)?;
                self.take(
                    State {
                        at: state.at + 1,
                        ..state
                    },
                    *letter,
                )
            }
            Phase::Letters => self.at_end(state, piece),
        }
    }

    /// Goes on by one letter, which may stand for several.
    fn take(&mut self, state: State, letter: char) -> Option<State> {
        match letter {
            REPEATED => {
                // The mark is never the first letter of a piece, so the one before it is a letter.
                let repeated = state
                    .at
                    .checked_sub(2)
                    .and_then(|at| self.folded.letters.get(at))
                    .copied();
                if let Some(letter) = repeated {
                    let twice = self.follow(state, letter);
                    self.stack.extend(twice);
                    let thrice = twice.and_then(|state| self.follow(state, letter));
                    self.stack.extend(thrice);
                }
                Some(state)
            }
            ANY_LETTER => {
                // A letter is hidden between letters; stars around a word are emphasis.
                let is_between = matches!(state.phase, Phase::Lead(_)) && state.node != ROOT;
                if is_between && !state.starred && state.hidden < MAX_HIDDEN_LETTERS {
                    let children = self.lexicon.children(state.node);
                    let any = state.hidden == 0 && state.letters >= MIN_LETTERS_BEFORE_ANY;
                    let letters = children.filter(|(letter, _)| {
                        VOWELS.contains(letter) || (any && letter.is_ascii_lowercase())
                    });
                    let guessed = State {
                        hidden: state.hidden + 1,
                        plain: false,
                        ..state
                    };
                    self.stack
                        .extend(letters.map(|(_, node)| guessed.followed(node)));
                }
                None
            }
            N_TILDE => {
                let without = self.follow(state, 'n');
                self.stack.extend(without);
                self.follow(state, N_TILDE)
            }
            letter => self.follow(state, letter),
        }
    }

    fn follow(&mut self, state: State, letter: char) -> Option<State> {
        // The words of a phrase may be written together.
        if state.node != ROOT
            && let Some(space) = self.lexicon.child(state.node, ' ')
            && let Some(node) = self.lexicon.child(space, letter)
        {
            self.stack.push(State {
                plain: false,
                ..state.followed(node)
            });
        }
        self.lexicon
            .child(state.node, letter)
            .map(|node| state.followed(node))
    }

    /// Looks at a term that ends before its piece does.
    fn inside(&mut self, state: State, piece: &Piece) {
        let word = self.lexicon.word(state.node);
        if word.is_empty() {
            return;
        }
        let stem = self.lexicon.stem(state.node);
        let rest = self
            .folded
            .letters
            .get(state.at..piece.end)
            .unwrap_or_default();
        self.report(state, stem);
        if state.at == piece.before_digits || state.is_long_glue() {
            self.report(state, word);
        } else if INFLECTIONS.contains(&rest) {
            // A safe phrase is safe as it is written, and not in another form.
            self.report(state, word.without(Class::SAFE));
        }
        self.stack.extend(state.glued(word));
    }

    /// Looks at a term that ends with its piece, and goes on into the next.
    fn at_end(&mut self, state: State, piece: &Piece) -> Option<State> {
        self.report(state, self.lexicon.word(state.node));
        if state.node == ROOT {
            return None;
        }
        if !piece.trail.as_slice().is_empty() {
            self.stack.push(State {
                phase: Phase::Trail(0),
                plain: false,
                ..state
            });
        }
        let next = self.folded.pieces.get(state.piece + 1)?;
        let space = self.lexicon.child(state.node, ' ');
        self.stack
            .extend(space.and_then(|node| state.next_word(node, next)));

        let folded = self.folded;
        let joined = state.joined(piece, next, || {
            is_common(folded, piece) || is_common(folded, next)
        })?;
        if next.lead_joins {
            self.stack.push(State {
                phase: Phase::Lead(0),
                ..joined
            });
        }
        // The stars of one word either hide letters or part them. Both at once would double the work at each.
        if next.lead.as_slice().contains(&ANY_LETTER) {
            let starred = State {
                starred: true,
                ..joined
            };
            return (state.hidden == 0).then_some(starred);
        }
        Some(joined)
    }

    /// Notes a term that ends here. Never goes on.
    fn report(&mut self, state: State, class: Class) -> Option<State> {
        if let Some(class) = state.finished(class) {
            let State {
                plain,
                behind_digits,
                ..
            } = state;
            self.found.push(Match {
                end: state.piece + 1,
                class,
                plain,
                behind_digits,
            });
        }
        None
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
