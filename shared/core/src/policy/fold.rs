//! Text as the policy reads it: without case, accents, invisible characters and look-alike letters.
//!
//! Both the term tables and the users' texts go through [`fold`], so a term and its disguise meet in the same
//! form. The form is for comparison only and is not readable: "l", "i", "1" and "|" all become "i", and a
//! Cyrillic word is spelt with the Latin letters that look like it.

use alloc::vec::Vec;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::lookalikes;

/// Stands behind a letter that was written three times or more: the reader may take it once or twice.
pub const REPEATED: char = '\u{1}';

/// Stands for a symbol that hides a letter, as in "w*rd".
pub const ANY_LETTER: char = '\u{2}';

/// An "n" with a tilde, the one accent that is kept: "niña" and "Nina" are different words.
pub const N_TILDE: char = 'ñ';
const TILDE: char = '\u{303}';

/// Symbols that stand for letters in a row; more of them are decoration.
const MAX_SYMBOLS: usize = 3;

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
    /// The letters.
    pub fn as_slice(&self) -> &[char] {
        self.letters.get(..self.length).unwrap_or_default()
    }

    fn push(&mut self, letter: char) {
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
    /// Where they end.
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
    /// Whether there is punctuation before it.
    pub punctuated: bool,
    /// Whether a full stop or a comma, and nothing else, stands before it: "1,000", "2.5".
    pub decimal: Option<char>,
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

/// A folded text.
#[derive(Debug, Default)]
pub struct Folded {
    /// The letters of all pieces.
    pub letters: Vec<char>,
    /// The pieces, in order.
    pub pieces: Vec<Piece>,
}

/// What one character is to the policy.
enum Kind {
    Invisible,
    Letter(char),
    Digit(u8),
    Unspaced(char),
    /// Punctuation that may stand for a letter.
    Symbol(char),
    Punctuation(char),
    Space,
}

/// Folds a text. Linear in its length.
pub fn fold(text: &str) -> Folded {
    let mut folder = Folder::default();
    if text.is_ascii() {
        // Nothing to decompose.
        text.chars()
            .for_each(|character| folder.character(character.to_ascii_lowercase()));
    } else {
        text.nfkd()
            .flat_map(char::to_lowercase)
            .for_each(|character| folder.character(character));
    }
    folder.end_piece();
    folder.folded
}

fn kind(character: char) -> Kind {
    if character.is_ascii_lowercase() {
        return Kind::Letter(character);
    }
    if let Some(digit) = lookalikes::decimal(character) {
        return Kind::Digit(digit);
    }
    if character.is_whitespace() || lookalikes::is_blank(character) {
        return Kind::Space;
    }
    if let Some(letter) = lookalikes::symbol(character) {
        return Kind::Symbol(letter);
    }
    if character.is_ascii() {
        return if character.is_ascii_control() {
            Kind::Invisible
        } else {
            Kind::Punctuation(character)
        };
    }
    if is_combining_mark(character) || lookalikes::is_invisible(character) {
        return Kind::Invisible;
    }
    if let Some(letter) = lookalikes::enclosed_letter(character) {
        return Kind::Letter(letter);
    }
    if lookalikes::is_unspaced(character) {
        return Kind::Unspaced(character);
    }
    if character.is_alphabetic() {
        Kind::Letter(character)
    } else {
        Kind::Punctuation(character)
    }
}

/// Collects characters into pieces.
#[derive(Default)]
struct Folder {
    folded: Folded,
    open: Option<Piece>,
    /// Letters at the end of the open piece that are the same.
    run: usize,
    spaced: bool,
    punctuation: usize,
    last_mark: Option<char>,
    lead: Symbols,
    /// Whether the symbols in `lead` began right behind a piece.
    lead_touches: bool,
}

impl Folder {
    fn character(&mut self, character: char) {
        if character == TILDE {
            return self.tilde();
        }
        match kind(character) {
            Kind::Invisible => {}
            Kind::Letter(letter) => {
                lookalikes::letters(letter).for_each(|letter| self.letter(letter, None))
            }
            Kind::Digit(digit) => self.letter(lookalikes::digit(digit), Some(digit)),
            Kind::Unspaced(character) => self.unspaced(character),
            Kind::Symbol(letter) => self.symbol(letter),
            Kind::Punctuation(mark) => self.punctuation(mark),
            Kind::Space => self.space(),
        }
    }

    fn open(&mut self, unspaced: bool) -> Piece {
        let start = self.folded.letters.len();
        let only_mark = (self.punctuation == 1 && !self.spaced)
            .then_some(self.last_mark)
            .flatten();
        Piece {
            start,
            end: start,
            after_digits: start,
            before_digits: start,
            number: None,
            digits: 0,
            gap: if self.spaced { Gap::Space } else { Gap::Tight },
            punctuated: self.punctuation > 0,
            decimal: only_mark.filter(|mark| matches!(mark, '.' | ',')),
            lead: core::mem::take(&mut self.lead),
            lead_joins: self.lead_touches && !self.spaced && self.punctuation == 0,
            trail: Symbols::default(),
            unspaced,
        }
    }

    fn letter(&mut self, letter: char, digit: Option<u8>) {
        let mut piece = match self.open.take() {
            Some(piece) => piece,
            None => self.open(false),
        };
        let at_front = piece.after_digits == self.folded.letters.len();
        let letters = &mut self.folded.letters;

        let repeats = piece.start < letters.len()
            && digit.is_none()
            && letters.iter().rev().find(|&&last| last != REPEATED) == Some(&letter);
        self.run = if repeats { self.run + 1 } else { 1 };
        match self.run {
            // The second of three stays for now, and becomes the mark when the third comes.
            3 => {
                if let Some(second) = letters.last_mut() {
                    *second = REPEATED;
                }
            }
            run if run > 3 => {}
            _ => letters.push(letter),
        }

        piece.end = letters.len();
        match digit {
            Some(digit) if at_front => {
                let so_far = piece.number.unwrap_or(0);
                piece.number = Some(so_far.saturating_mul(10).saturating_add(u16::from(digit)));
                piece.digits += 1;
                piece.after_digits = piece.end;
            }
            Some(_) => {}
            None => piece.before_digits = piece.end,
        }
        self.open = Some(piece);
    }

    fn tilde(&mut self) {
        if self.open.is_some()
            && let Some(last) = self.folded.letters.last_mut()
            && *last == 'n'
        {
            *last = N_TILDE;
        }
    }

    fn unspaced(&mut self, character: char) {
        self.end_piece();
        let mut piece = self.open(true);
        self.folded.letters.push(character);
        piece.end = self.folded.letters.len();
        piece.before_digits = piece.end;
        self.open = Some(piece);
        self.end_piece();
    }

    fn symbol(&mut self, letter: char) {
        self.end_piece();
        if self.lead == Symbols::default() {
            self.lead_touches =
                !self.folded.pieces.is_empty() && !self.spaced && self.punctuation == 0;
        }
        self.lead.push(letter);
    }

    fn punctuation(&mut self, mark: char) {
        self.end_piece();
        self.end_symbols();
        self.punctuation += 1;
        self.last_mark = Some(mark);
    }

    fn space(&mut self) {
        self.end_piece();
        self.end_symbols();
        self.spaced = true;
    }

    /// Symbols before a space or a punctuation mark belong to the piece before them.
    fn end_symbols(&mut self) {
        let symbols = core::mem::take(&mut self.lead);
        if self.lead_touches
            && let Some(piece) = self.folded.pieces.last_mut()
        {
            piece.trail = symbols;
        }
        if symbols != Symbols::default() {
            self.punctuation += 1;
            self.last_mark = None;
        }
        self.lead_touches = false;
    }

    fn end_piece(&mut self) {
        if let Some(piece) = self.open.take() {
            self.folded.pieces.push(piece);
            self.spaced = false;
            self.punctuation = 0;
            self.last_mark = None;
            self.lead_touches = false;
        }
        self.run = 0;
    }
}
