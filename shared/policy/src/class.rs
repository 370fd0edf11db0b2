//! What the terms of the tables say.

/// What a term says; one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Class(u32);

impl Class {
    pub const MINOR: Self = Self(1);
    pub const SEXUAL: Self = Self(1 << 1);
    /// A phrase whose words do not mean what they mean alone.
    pub const SAFE: Self = Self(1 << 2);
    /// A person who may be of any age.
    pub const PERSON: Self = Self(1 << 3);
    /// Says of a person that she or he is young; reaches over a few words.
    pub const YOUNG: Self = Self(1 << 4);
    /// Says so only of the next person.
    pub const SMALL: Self = Self(1 << 5);
    /// A number below eighteen, in words.
    pub const NUMBER: Self = Self(1 << 6);
    /// Behind a number of years: "years old".
    pub const AGE_AFTER: Self = Self(1 << 7);
    /// Behind a number of months or less.
    pub const MONTHS_AFTER: Self = Self(1 << 8);
    /// Before a number: "aged".
    pub const AGE_BEFORE: Self = Self(1 << 9);
    /// Before a number that may be an age or not: "she is".
    pub const CLAIM: Self = Self(1 << 10);
    /// Before a number that is not reached: "under".
    pub const LIMIT: Self = Self(1 << 11);
    /// Behind a number that is no age.
    pub const MEASURE: Self = Self(1 << 12);
    /// A thing whose age is told in years.
    pub const AGED_THING: Self = Self(1 << 13);
    /// Behind an ordinal number: "grade", "birthday".
    pub const ORDINAL_AFTER: Self = Self(1 << 14);
    /// A short everyday word, which is not part of a word that spaces break up.
    pub const COMMON: Self = Self(1 << 15);
    /// A number that makes a larger one of the number behind it: "twenty".
    pub const TENS: Self = Self(1 << 16);
    /// A person who is grown up.
    pub const ADULT: Self = Self(1 << 17);
    /// A word of taste: sexual, unless it is said of a thing.
    pub const TASTE: Self = Self(1 << 18);
    /// Describes a thing, between a word of taste and the thing.
    pub const MODIFIER: Self = Self(1 << 19);
    /// Clothes that cover the body.
    pub const GARMENT: Self = Self(1 << 20);
    /// Before a garment: it is not worn.
    pub const WITHOUT: Self = Self(1 << 21);
    /// Behind a garment: it is not worn.
    pub const LACKING: Self = Self(1 << 22);
    /// May stand between a garment and its absence.
    pub const FILLER: Self = Self(1 << 23);
    /// A number in words that is an age where it stands free, and no other word.
    pub const FREE_NUMBER: Self = Self(1 << 24);
    /// A small word, which a number beside it does not count.
    pub const GLUE: Self = Self(1 << 25);
    /// Beside a year: of birth.
    pub const BORN: Self = Self(1 << 26);
    /// Before a number: a year at school.
    pub const SCHOOL: Self = Self(1 << 27);
    /// A letter that says man or woman, beside an age.
    pub const SEX_MARK: Self = Self(1 << 28);
    /// Before an age that is not reached.
    pub const ALMOST: Self = Self(1 << 29);
    /// A thing that taste may speak of.
    pub const THING: Self = Self(1 << 30);
    /// Behind an age that is not reached.
    pub const LIMIT_AFTER: Self = Self(1 << 31);

    /// What is looked for in the middle of longer words.
    pub const INNER: Self = Self(
        Self::MINOR.0
            | Self::SEXUAL.0
            | Self::TASTE.0
            | Self::PERSON.0
            | Self::YOUNG.0
            | Self::SMALL.0,
    );
    /// What is looked for in words that are several terms in one.
    pub const GLUABLE: Self = Self(
        Self::INNER.0
            | Self::NUMBER.0
            | Self::TENS.0
            | Self::AGE_AFTER.0
            | Self::GARMENT.0
            | Self::WITHOUT.0
            | Self::LACKING.0,
    );
    /// Somebody, or what is done or shown of somebody.
    pub const SOMEBODY: Self = Self(
        Self::MINOR.0
            | Self::SEXUAL.0
            | Self::PERSON.0
            | Self::ADULT.0
            | Self::YOUNG.0
            | Self::SMALL.0
            | Self::GARMENT.0,
    );
    /// What a number behind it does not number.
    pub const OPEN: Self = Self(
        Self::SOMEBODY.0
            | Self::TASTE.0
            | Self::SEX_MARK.0
            | Self::GLUE.0
            | Self::ALMOST.0
            | Self::AGE_BEFORE.0,
    );

    /// The sections of the data file.
    const SECTIONS: &'static [(&'static str, Self)] = &[
        ("minor", Self::MINOR),
        ("sexual", Self::SEXUAL),
        ("minor and sexual", Self(Self::MINOR.0 | Self::SEXUAL.0)),
        ("safe", Self::SAFE),
        ("person", Self::PERSON),
        ("young", Self::YOUNG),
        ("small", Self::SMALL),
        ("number", Self::NUMBER),
        ("age after", Self::AGE_AFTER),
        ("months after", Self::MONTHS_AFTER),
        ("age before", Self::AGE_BEFORE),
        ("claim", Self::CLAIM),
        ("limit", Self::LIMIT),
        ("measure", Self::MEASURE),
        ("aged thing", Self::AGED_THING),
        ("ordinal after", Self::ORDINAL_AFTER),
        ("common", Self::COMMON),
        ("tens", Self::TENS),
        ("adult", Self::ADULT),
        ("taste", Self::TASTE),
        ("modifier", Self::MODIFIER),
        ("garment", Self::GARMENT),
        ("without", Self::WITHOUT),
        ("lacking", Self::LACKING),
        ("filler", Self::FILLER),
        ("free number", Self::FREE_NUMBER.and(Self::NUMBER)),
        ("glue", Self::GLUE),
        ("born", Self::BORN),
        ("school", Self::SCHOOL),
        ("sex mark", Self::SEX_MARK),
        ("almost", Self::ALMOST),
        ("thing", Self::THING),
        ("limit after", Self::LIMIT_AFTER),
    ];

    /// The class of a section's name.
    pub fn of_section(name: &str) -> Option<Self> {
        Self::SECTIONS
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, class)| *class)
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether it says all that `other` says.
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether it says anything that `other` says.
    pub fn overlaps(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// What it says besides `other`.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
