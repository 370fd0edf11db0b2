//! Text as the policy reads it: without case, accents, invisible characters and look-alike letters.
//!
//! Both the term tables and the users' texts go through [`fold`], so a term and its disguise meet in the same
//! form. The form is for comparison only and is not readable: "l", "i", "1" and "|" all become "i", and a
//! Cyrillic word is spelt with the Latin letters that look like it.

use super::lookalikes;
use super::piece::{Folded, Gap, Piece, Symbols};
use super::scripts::{self, VowelSign};
use super::unicode;

/// Stands behind a letter that was written three times or more: the reader takes it once, twice or three times.
pub const REPEATED: char = '\u{1}';

/// An "n" with a tilde, the one accent that is kept: "niña" and "Nina" are different words.
pub const N_TILDE: char = 'ñ';
const TILDE: char = '\u{303}';

/// The scripts from Hebrew on have no letters that are written as digits, and share none with Latin.
const FIRST_UNLIKE_LATIN: char = '\u{590}';

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
    folder.text(text);
    folder.end_piece();
    folder.end_symbols();
    folder.folded
}

/// Folds a term of the tables. Letters that stand three times in a row are meant to.
pub fn fold_term(term: &str) -> Folded {
    let mut folder = Folder {
        keeps_runs: true,
        ..Folder::default()
    };
    folder.text(term);
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
    if lookalikes::is_invisible(character) {
        return Kind::Invisible;
    }
    if let Some(letter) = lookalikes::enclosed_letter(character) {
        return Kind::Letter(letter);
    }
    if scripts::is_unspaced(character) {
        return Kind::Unspaced(character);
    }
    if character.is_alphabetic() {
        Kind::Letter(character)
    } else {
        Kind::Punctuation(character)
    }
}

/// A number with one more digit.
fn with_digit(number: Option<u16>, digit: u8) -> u16 {
    let so_far = number.unwrap_or(0);
    so_far.saturating_mul(10).saturating_add(u16::from(digit))
}

#[derive(Default)]
struct Folder {
    folded: Folded,
    open: Option<Piece>,
    /// The last letter of the open piece, and how often it stands there.
    last_letter: Option<char>,
    run: usize,
    keeps_runs: bool,
    spaced: bool,
    punctuation: usize,
    is_split: bool,
    last_mark: Option<char>,
    lead: Symbols,
    /// Whether the symbols in `lead` began right behind a piece.
    lead_touches: bool,
}

impl Folder {
    fn text(&mut self, text: &str) {
        for character in text.chars() {
            if character == TILDE {
                self.tilde();
                continue;
            }
            match scripts::sign(character) {
                Some(VowelSign::Dropped) => {}
                Some(VowelSign::Kept(sign)) => self.sign(sign),
                Some(VowelSign::Two(first, second)) => {
                    self.sign(first);
                    self.sign(second);
                }
                None => unicode::decompose(character, |part| self.character(part)),
            }
        }
    }

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
            Kind::Space => self.space(character == '\n'),
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
            is_split: self.is_split,
            tail_number: None,
            shapes: 0,
            mark: only_mark.filter(|mark| matches!(mark, '.' | ',' | ':' | '/')),
            lead: core::mem::take(&mut self.lead),
            lead_joins: self.lead_touches && !self.spaced && self.punctuation == 0,
            trail: Symbols::default(),
            unspaced,
        }
    }

    fn letter(&mut self, letter: char, digit: Option<u8>) {
        // Only Latin letters are written as digits; behind others a digit begins a number ("in 14").
        let is_foreign = |letter: char| letter >= FIRST_UNLIKE_LATIN;
        if digit.is_some() && self.last_letter.is_some_and(is_foreign) {
            self.end_piece();
        }
        let mut piece = match self.open.take() {
            Some(piece) => piece,
            None => self.open(false),
        };
        let at_front = piece.after_digits == self.folded.letters.len();
        let letters = &mut self.folded.letters;

        let is_repeated = digit.is_none() && self.last_letter == Some(letter);
        self.run = if is_repeated && !self.keeps_runs {
            self.run + 1
        } else {
            1
        };
        self.last_letter = digit.is_none().then_some(letter);
        match self.run {
            // The second of three stays for now, and becomes the mark when the third comes.
            3 => {
                if let Some(second) = letters.last_mut() {
                    *second = REPEATED;
                }
            }
            run if run > 3 => {}
            _ => letters.push(lookalikes::merged(letter)),
        }

        piece.end = letters.len();
        if self.run <= 2 && !scripts::is_attached(letter) {
            piece.shapes += 1;
        }
        if digit.is_none() && !scripts::is_covered(letter) {
            self.folded.uncovered += 1;
        }
        match digit {
            Some(digit) if at_front => {
                piece.number = Some(with_digit(piece.number, digit));
                piece.digits += 1;
                piece.after_digits = piece.end;
            }
            Some(digit) => piece.tail_number = Some(with_digit(piece.tail_number, digit)),
            None => {
                piece.before_digits = piece.end;
                piece.tail_number = None;
            }
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
        piece.shapes = 1;
        self.open = Some(piece);
        self.end_piece();
    }

    /// A sign that counts: a letter of the word, and a part of the character before it where those are words.
    fn sign(&mut self, sign: char) {
        if !scripts::is_unspaced(sign) {
            return self.letter(sign, None);
        }
        let touches = self.open.is_none()
            && !self.spaced
            && self.punctuation == 0
            && self.lead == Symbols::default();
        match self.folded.pieces.last_mut() {
            Some(last) if last.unspaced && touches => {
                self.folded.letters.push(sign);
                last.end = self.folded.letters.len();
                last.before_digits = last.end;
            }
            _ => self.unspaced(sign),
        }
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
        self.is_split |= !matches!(mark, '-' | '‐' | '‑' | '\'' | '’' | '_');
        self.last_mark = Some(mark);
    }

    fn space(&mut self, ends_line: bool) {
        self.end_piece();
        self.end_symbols();
        self.spaced = true;
        self.is_split |= ends_line;
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
            self.is_split = true;
            self.last_mark = None;
        }
        self.lead_touches = false;
    }

    fn end_piece(&mut self) {
        if let Some(piece) = self.open.take() {
            self.folded.pieces.push(piece);
            self.spaced = false;
            self.punctuation = 0;
            self.is_split = false;
            self.last_mark = None;
            self.lead_touches = false;
        }
        self.last_letter = None;
    }
}
