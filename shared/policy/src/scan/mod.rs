//! Reads a folded text from left to right and notes what the policy cares about.

mod bare;
mod clothing;
mod taste;

use bare::Bare;
use clothing::Clothing;
use taste::Taste;

use super::lexicon::{Class, Lexicon};
use super::lookalikes::ANY_LETTER;
use super::piece::{Folded, Gap, Piece};
use super::walk::{Match, Walker};

const ADULT_AGE: u16 = 18;
/// A number of months, weeks or days below this is an age of a minor.
const ADULT_AGE_IN_MONTHS: u16 = ADULT_AGE * 12;
/// "Under 12" and less is more often a temperature or a price than an age.
const LOWEST_LIMIT: u16 = 12;
/// A bare number behind a person ("girl, 15") is an age from here on; below it counts or numbers things.
const LOWEST_BARE_AGE: u16 = 3;
/// The last grade of a school.
const ORDINALS: [&[char]; 4] = [&['s', 't'], &['n', 'd'], &['r', 'd'], &['t', 'h']];

/// So many letters are a word in a script that the tables do not know; one is decoration.
const UNCOVERED_WORD: usize = 2;

/// How many words may stand between "young" and the person.
const YOUNG_REACH: usize = 2;
/// How many may stand between "little" and the person.
const SMALL_REACH: usize = 1;

/// What was found so far, over all fields.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Evidence {
    /// A minor is mentioned.
    pub minor: bool,
    /// A sexual context is mentioned.
    pub sexual: bool,
    /// Letters of scripts that the tables do not know.
    pub uncovered: usize,
    /// The work done, in states of the walks.
    pub steps: u64,
}

/// Places right behind something, as far ahead as a word of the tables can reach.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ends(u64);

impl Ends {
    fn note(&mut self, distance: usize) {
        if distance < 64 {
            self.0 |= 1 << distance;
        }
    }

    fn here(self) -> bool {
        self.0 & 1 == 1
    }

    fn advance(&mut self) {
        self.0 >>= 1;
    }
}

impl Evidence {
    /// Counts letters of scripts that the tables have no words in: what they say may be of anybody.
    pub fn note_script(&mut self, folded: &Folded) {
        self.uncovered += folded.uncovered;
        self.minor |= self.uncovered >= UNCOVERED_WORD;
    }
}

/// One place of the text, and what begins there.
pub struct Here<'a> {
    index: usize,
    piece: &'a Piece,
    folded: &'a Folded,
    matches: &'a [Match],
    /// What the terms that begin here say, all of them together.
    said: Class,
    safe_until: usize,
}

impl<'a> Here<'a> {
    /// The terms that begin here and are not part of a safe phrase.
    fn terms(&self) -> impl Iterator<Item = &'a Match> {
        let (index, safe_until) = (self.index, self.safe_until);
        self.matches
            .iter()
            // A term that reaches beyond the phrase is not part of it.
            .filter(move |found| index >= safe_until || found.end > safe_until)
    }

    fn before(&self) -> Option<&'a Piece> {
        self.folded.pieces.get(self.index.checked_sub(1)?)
    }

    fn letters(&self, piece: &Piece) -> &'a [char] {
        self.folded
            .letters
            .get(piece.start..piece.end)
            .unwrap_or_default()
    }

    /// Whether this is a number that goes on from one before it: "16:9", "1.8", "12-15".
    fn continues_number(&self) -> bool {
        let is_tight = self.piece.number.is_some() && self.piece.gap == Gap::Tight;
        is_tight && self.before().is_some_and(Piece::is_number)
    }

    /// Whether a symbol before the number makes it a price or the like. Stars are emphasis.
    fn is_amount(&self) -> bool {
        self.piece
            .lead
            .as_slice()
            .iter()
            .any(|letter| *letter != ANY_LETTER)
    }

    /// Whether the number is written as a lens's aperture.
    fn is_aperture(&self) -> bool {
        self.piece.mark == Some('/')
            && self.piece.gap == Gap::Tight
            && self
                .before()
                .is_some_and(|before| self.letters(before) == ['f'])
    }

    /// Whether the word here ends as plurals do.
    fn is_plural(&self) -> bool {
        self.letters(self.piece).last() == Some(&'s')
    }
}

/// What the words before the current place leave open.
#[derive(Debug, Clone, Copy, Default)]
struct Context {
    safe_until: usize,
    young_until: usize,
    small_until: usize,
    tens_until: usize,
    after_young_number: Ends,
    after_month_number: Ends,
    after_ordinal: Ends,
    after_age_word: Ends,
    after_claim: Ends,
    after_limit: Ends,
    after_person: Ends,
    /// An age, unless the next word is a thing.
    after_age: Ends,
    /// An age, unless the next word is a unit of something else.
    after_claimed_age: Ends,
    bare: Bare,
    clothing: Clothing,
    taste: Taste,
}

impl Context {
    fn advance(&mut self) {
        for ends in [
            &mut self.after_young_number,
            &mut self.after_month_number,
            &mut self.after_ordinal,
            &mut self.after_age_word,
            &mut self.after_claim,
            &mut self.after_limit,
            &mut self.after_person,
            &mut self.after_age,
            &mut self.after_claimed_age,
        ] {
            ends.advance();
        }
        self.bare.advance();
        self.clothing.advance();
    }
}

/// Adds what a text says to the evidence. Stops as soon as there is enough of it.
pub fn scan(folded: &Folded, lexicon: &Lexicon, evidence: &mut Evidence) {
    let mut walker = Walker::new(folded, lexicon);
    let mut context = Context::default();
    for (index, piece) in folded.pieces.iter().enumerate() {
        let matches = walker.matches_at(index);
        let says = |class: Class| matches.iter().any(|found| found.class.has(class));

        if context.after_age.here() && (piece.is_split || !says(Class::AGED_THING)) {
            evidence.minor = true;
        }
        if context.after_claimed_age.here() && (piece.is_split || !says(Class::MEASURE)) {
            evidence.minor = true;
        }
        let is_ordinal = context.after_ordinal.here() || context.after_young_number.here();
        if is_ordinal && says(Class::ORDINAL_AFTER) {
            evidence.minor = true;
        }
        for found in matches {
            read_safe(found, &mut context);
        }
        for found in matches {
            read_term(index, found, &mut context, evidence);
        }
        for found in matches {
            read_age(index, piece, found, &mut context);
        }
        let said = matches
            .iter()
            .fold(Class::default(), |said, found| said.and(found.class));
        let here = Here {
            index,
            piece,
            folded,
            matches,
            said,
            safe_until: context.safe_until,
        };
        evidence.sexual |= context.clothing.read(&here) | context.taste.read(&here);
        evidence.minor |= context.bare.read(&here, index >= context.tens_until);
        let before = index
            .checked_sub(1)
            .and_then(|before| folded.pieces.get(before));
        read_number(
            piece,
            before,
            folded.pieces.get(index + 1),
            folded,
            &mut context,
            evidence,
        );

        if evidence.minor && evidence.sexual {
            break;
        }
        context.advance();
    }
    // Nothing followed that could have made it something else.
    if context.after_age.here() || context.after_claimed_age.here() || context.bare.is_open() {
        evidence.minor = true;
    }
    evidence.sexual |= context.taste.is_open();
    evidence.steps += walker.steps;
}

fn read_safe(found: &Match, context: &mut Context) {
    if found.plain && found.class.has(Class::SAFE) {
        context.safe_until = context.safe_until.max(found.end);
    }
    if found.class.has(Class::TENS) {
        // The number that continues it begins right behind it, or inside of it ("dix-huit").
        context.tens_until = context.tens_until.max(found.end + 1);
    }
}

fn read_term(index: usize, found: &Match, context: &mut Context, evidence: &mut Evidence) {
    // A term that reaches beyond the phrase is not part of it.
    let is_safe = index < context.safe_until && found.end <= context.safe_until;
    if is_safe {
        return;
    }
    let class = found.class;
    evidence.minor |= class.has(Class::MINOR);
    evidence.sexual |= class.has(Class::SEXUAL);

    if class.has(Class::ADULT) {
        context.young_until = 0;
        context.small_until = 0;
    }
    if class.has(Class::PERSON) {
        let glued = class.has(Class::YOUNG) || class.has(Class::SMALL);
        evidence.minor |= glued || index < context.young_until || index < context.small_until;
        context.after_person.note(found.end - index);
    }
    if class.has(Class::YOUNG) {
        context.young_until = found.end + YOUNG_REACH + 1;
    }
    if class.has(Class::SMALL) {
        context.small_until = found.end + SMALL_REACH + 1;
    }
    if class.has(Class::AGE_BEFORE) {
        context.after_age_word.note(found.end - index);
    }
    if class.has(Class::CLAIM) {
        context.after_claim.note(found.end - index);
    }
    if class.has(Class::LIMIT) {
        context.after_limit.note(found.end - index);
    }
}

/// Reads what stands around a number: the number in words, and the words behind a number.
fn read_age(index: usize, piece: &Piece, found: &Match, context: &mut Context) {
    let class = found.class;
    let distance = found.end - index;
    let is_young_number =
        class.has(Class::NUMBER) && !class.has(Class::TENS) && index >= context.tens_until;
    if is_young_number {
        context.after_young_number.note(distance);
        context.after_month_number.note(distance);
        note_number(distance, true, context);
    }

    let number = piece.number.filter(|_| found.behind_digits);
    let years = class.has(Class::AGE_AFTER)
        && (context.after_young_number.here()
            || number.is_some_and(|number| number < ADULT_AGE)
            || (class.has(Class::NUMBER) && is_young_number));
    let months = class.has(Class::MONTHS_AFTER)
        && (context.after_month_number.here()
            || number.is_some_and(|number| number < ADULT_AGE_IN_MONTHS));
    if years || months {
        context.after_age.note(distance);
    }
}

/// Reads a number in digits.
fn read_number(
    piece: &Piece,
    before: Option<&Piece>,
    behind: Option<&Piece>,
    folded: &Folded,
    context: &mut Context,
    evidence: &mut Evidence,
) {
    let Some(value) = piece.number else { return };
    if !piece.is_number() {
        let letters = folded
            .letters
            .get(piece.after_digits..piece.end)
            .unwrap_or_default();
        if ORDINALS.contains(&letters) && value < ADULT_AGE {
            context.after_ordinal.note(1);
        }
        return;
    }
    let continued = before.and_then(|before| before.number.filter(|_| before.is_number()));
    let is_rest_of_number = match (piece.mark, continued) {
        (Some(','), Some(_)) => piece.digits == 3,
        (Some('.'), Some(whole)) => whole >= ADULT_AGE,
        _ => false,
    };
    if is_rest_of_number {
        return;
    }
    // "R-18"
    let is_rating = value == ADULT_AGE
        && piece.gap == Gap::Tight
        && before
            .is_some_and(|before| folded.letters.get(before.start..before.end) == Some(&['r']));
    evidence.sexual |= is_rating;
    if value < ADULT_AGE_IN_MONTHS {
        context.after_month_number.note(1);
    }
    if value < ADULT_AGE {
        context.after_young_number.note(1);
    }
    note_number(1, value < ADULT_AGE, context);
    if (LOWEST_LIMIT..=ADULT_AGE).contains(&value) && context.after_limit.here() {
        context.after_claimed_age.note(1);
    }
    let ends_a_phrase = behind.is_none_or(|behind| behind.is_split);
    if context.after_person.here() && ends_a_phrase && (LOWEST_BARE_AGE..ADULT_AGE).contains(&value)
    {
        evidence.minor = true;
    }
}

/// Notes a number that what stands before it may make an age.
fn note_number(distance: usize, is_young: bool, context: &mut Context) {
    if !is_young {
        return;
    }
    if context.after_age_word.here() {
        context.after_age.note(distance);
    }
    if context.after_claim.here() {
        context.after_claimed_age.note(distance);
    }
}
