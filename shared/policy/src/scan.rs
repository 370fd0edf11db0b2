//! Reads a folded text from left to right and notes what the policy cares about.

use super::lexicon::{Class, Lexicon};
use super::piece::{Folded, Piece};
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
    /// The work done, in states of the walks.
    pub steps: u64,
}

/// Places right behind something, as far ahead as a word of the tables can reach.
#[derive(Debug, Clone, Copy, Default)]
struct Ends(u64);

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
    }
}

/// Adds what a text says to the evidence. Stops as soon as there is enough of it.
pub fn scan(folded: &Folded, lexicon: &Lexicon, evidence: &mut Evidence) {
    let mut walker = Walker::new(folded, lexicon);
    let mut context = Context::default();
    for (index, piece) in folded.pieces.iter().enumerate() {
        let matches = walker.matches_at(index);
        let says = |class: Class| matches.iter().any(|found| found.class.has(class));

        if context.after_age.here() && !says(Class::AGED_THING) {
            evidence.minor = true;
        }
        if context.after_claimed_age.here() && !says(Class::MEASURE) {
            evidence.minor = true;
        }
        if context.after_ordinal.here() && says(Class::ORDINAL_AFTER) {
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
    if context.after_age.here() || context.after_claimed_age.here() {
        evidence.minor = true;
    }
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
    let is_rest_of_number = match (piece.decimal, continued) {
        (Some(','), Some(_)) => piece.digits == 3,
        (Some('.'), Some(whole)) => whole >= ADULT_AGE,
        _ => false,
    };
    if is_rest_of_number {
        return;
    }
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
