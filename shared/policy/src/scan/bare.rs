//! Ages that nothing names: a number that stands free beside somebody, a mark of sex, a year of birth.
//!
//! A number counts things ("17 candles") or numbers them ("page 9") when a word that the tables do not know
//! stands beside it. Where only punctuation, small words and words about people do, it is an age.

use super::{ADULT_AGE, Ends, Here, LOWEST_BARE_AGE};
use crate::lexicon::Class;

/// From here on a free number is an age beside small words, too: below, it numbers a list.
const LOWEST_FREE_AGE: u16 = 10;
/// Who is "almost" or "not" of an age from here on is a minor.
const LOWEST_ALMOST: u16 = 13;

/// The year that years of birth are told from. There is no clock here, and none is needed: when this year has
/// passed, some who are grown up by then still count as minors, which errs on the side of refusing.
const YEAR: u16 = 2026;
const FIRST_BIRTH_YEAR: u16 = YEAR - ADULT_AGE + 1;
const LAST_BIRTH_YEAR: u16 = 2100;
/// Thailand counts years from here.
const BUDDHIST_ERA: u16 = 543;
/// A year before these is the year of birth of an adult.
const EARLIEST_BIRTH_YEAR: u16 = 1900;
/// How many words and numbers of a date may stand between "born" and the year.
const DATE_REACH: usize = 5;

/// The last year of a school.
const LAST_SCHOOL_YEAR: u16 = 13;

/// Apertures of lenses that look like ages.
const APERTURES: [u16; 4] = [4, 8, 11, 16];

/// What the words before the current place leave open.
#[derive(Debug, Clone, Copy, Default)]
pub struct Bare {
    /// A number here has nothing beside it on its left.
    after_open: Ends,
    /// It stands right behind somebody or something sexual.
    after_somebody: Ends,
    after_almost: Ends,
    after_school: Ends,
    after_born: Ends,
    after_birth_year: Ends,
    /// Behind an age that words may say is not reached.
    after_limit: Ends,
    after_person: Ends,
    /// Somebody who is young or small, if the phrase ends there: many languages put the adjective last.
    after_described: Ends,
    born_until: usize,
    /// An age, if nothing stands beside it on its right.
    after_free: Ends,
    /// The same, but only if its phrase ends there.
    after_low: Ends,
}

impl Bare {
    /// Reads one place; says whether a minor is mentioned.
    pub fn read(&mut self, here: &Here<'_>, is_young_number: bool) -> bool {
        let mut minor = self.resolve(here) | self.described(here);
        minor |= self.birth(here) | self.school(here) | self.limit(here);
        self.free_number(here, is_young_number);
        for found in here.terms() {
            let distance = found.end - here.index;
            let class = found.class;
            if class.overlaps(Class::OPEN) {
                self.after_open.note(distance);
            }
            if class.overlaps(Class::SOMEBODY.and(Class::SEX_MARK)) {
                self.after_somebody.note(distance);
            }
            if class.has(Class::ALMOST) {
                self.after_almost.note(distance);
            }
            if class.has(Class::SCHOOL) {
                self.after_school.note(distance);
            }
        }
        minor
    }

    /// Whether the text ended where something was to be looked at that only the next word could have made
    /// harmless.
    pub fn is_open(self) -> bool {
        self.is_number_open() || self.after_described.here()
    }

    fn is_number_open(self) -> bool {
        self.after_free.here() || self.after_low.here()
    }

    fn described(&mut self, here: &Here<'_>) -> bool {
        let ends = Class::GLUE.and(Class::SEXUAL).and(Class::TASTE);
        let minor =
            self.after_described.here() && (here.piece.is_split || here.said.overlaps(ends));
        for found in here.terms() {
            let distance = found.end - here.index;
            let describes = found.class.overlaps(Class::YOUNG.and(Class::SMALL));
            if describes && self.after_person.here() && !here.piece.is_split {
                self.after_described.note(distance);
            }
            if found.class.has(Class::PERSON) {
                self.after_person.note(distance);
            }
        }
        minor
    }

    pub fn advance(&mut self) {
        for ends in [
            &mut self.after_open,
            &mut self.after_somebody,
            &mut self.after_almost,
            &mut self.after_school,
            &mut self.after_born,
            &mut self.after_birth_year,
            &mut self.after_limit,
            &mut self.after_person,
            &mut self.after_described,
            &mut self.after_free,
            &mut self.after_low,
        ] {
            ends.advance();
        }
    }

    /// Looks at what stands right behind a free number.
    fn resolve(&mut self, here: &Here<'_>) -> bool {
        if !self.is_number_open() || here.continues_number() {
            return false;
        }
        if here.piece.is_split {
            return true;
        }
        if !self.after_free.here() {
            return false;
        }
        let goes_on = Class::SEXUAL
            .and(Class::TASTE)
            .and(Class::YOUNG)
            .and(Class::SEX_MARK)
            .and(Class::AGE_AFTER);
        for found in here.terms().filter(|found| found.class.overlaps(goes_on)) {
            self.after_free.note(found.end - here.index);
        }
        if here.said.has(Class::GLUE) {
            return true;
        }
        here.said.has(Class::PERSON) && !here.is_plural()
    }

    fn free_number(&mut self, here: &Here<'_>, is_young_number: bool) {
        let piece = here.piece;
        let is_left_free = here.index == 0 || piece.is_split || self.after_open.here();
        if is_young_number && is_left_free {
            for found in here
                .terms()
                .filter(|found| found.class.has(Class::FREE_NUMBER))
            {
                self.after_free.note(found.end - here.index);
            }
        }
        let is_word_of = |class: Class, behind_digits: bool| {
            here.terms().any(|found| {
                found.end == here.index + 1
                    && found.behind_digits == behind_digits
                    && found.class.overlaps(class)
            })
        };
        let free = LOWEST_FREE_AGE..ADULT_AGE;
        let almost = LOWEST_ALMOST..=ADULT_AGE;
        if let Some(age) = piece.tail_number {
            let is_age = free.contains(&age)
                && (is_word_of(Class::SOMEBODY, false)
                    || (is_left_free && is_word_of(Class::SEX_MARK, false)));
            if is_age || (almost.contains(&age) && is_word_of(Class::ALMOST, false)) {
                self.after_free.note(1);
            }
            return;
        }
        let Some(age) = piece.number else { return };
        if !piece.is_number() {
            if free.contains(&age) && is_left_free && is_word_of(Class::SEX_MARK, true) {
                self.after_free.note(1);
            }
            return;
        }
        if here.continues_number()
            || here.is_amount()
            || (here.is_aperture() && APERTURES.contains(&age))
        {
            return;
        }
        let birth = (FIRST_BIRTH_YEAR % 100..=YEAR % 100).contains(&age);
        if (free.contains(&age) && is_left_free)
            || (almost.contains(&age) && self.after_almost.here())
            || (birth && piece.digits == 2 && self.after_born.here())
        {
            self.after_free.note(1);
        } else if (LOWEST_BARE_AGE..LOWEST_FREE_AGE).contains(&age) && self.after_somebody.here() {
            self.after_low.note(1);
        }
    }

    fn birth(&mut self, here: &Here<'_>) -> bool {
        let year = here.piece.number.filter(|_| here.piece.digits == 4);
        let is_birth_year = year.is_some_and(|year| {
            let years = FIRST_BIRTH_YEAR..=LAST_BIRTH_YEAR;
            years.contains(&year) || years.contains(&year.saturating_sub(BUDDHIST_ERA))
        });
        let mut minor = is_birth_year && here.index < self.born_until;
        if is_birth_year {
            self.after_birth_year.note(1);
        } else if year.is_some_and(|year| year >= EARLIEST_BIRTH_YEAR) {
            self.born_until = 0;
        }
        for found in here.terms().filter(|found| found.class.has(Class::BORN)) {
            minor |= self.after_birth_year.here() || (is_birth_year && found.behind_digits);
            self.born_until = found.end + DATE_REACH;
            self.after_born.note(found.end - here.index);
        }
        minor
    }

    fn limit(&mut self, here: &Here<'_>) -> bool {
        let almost = LOWEST_ALMOST..=ADULT_AGE;
        let is_limit = here.piece.number.is_some_and(|age| almost.contains(&age));
        if is_limit && here.piece.is_number() {
            self.after_limit.note(1);
        }
        let mut minor = false;
        for found in here.terms() {
            let is_behind = self.after_limit.here() || (is_limit && found.behind_digits);
            minor |= is_behind && found.class.has(Class::LIMIT_AFTER);
            if is_behind && found.class.has(Class::AGE_AFTER) {
                self.after_limit.note(found.end - here.index);
            }
        }
        minor
    }

    fn school(&self, here: &Here<'_>) -> bool {
        let is_year = |number: Option<u16>| number.is_some_and(|number| number <= LAST_SCHOOL_YEAR);
        let is_after = self.after_school.here()
            && (is_year(here.piece.number) || here.said.has(Class::NUMBER));
        let is_named = here
            .terms()
            .any(|found| found.behind_digits && found.class.has(Class::ORDINAL_AFTER));
        is_after
            || (is_year(here.piece.tail_number) && here.said.has(Class::SCHOOL))
            || (is_year(here.piece.number) && is_named)
    }
}
