//! Terms that an operator adds.

use core::fmt;

use super::lexicon::{self, Class, Lexicon};

/// More than any list that a person keeps, and little enough to parse with each cold start.
const MAX_TERMS: usize = 5_000;

/// Longer than the longest phrase.
const MAX_TERM_BYTES: usize = 100;

/// The operator's own terms, on top of the built-in ones. There is no way to take a built-in one away.
#[derive(Debug, Clone, Default)]
pub struct ExtraTerms {
    lexicon: Lexicon,
    count: usize,
}

/// Why a list of extra terms was not accepted. An operator's mistake must not pass in silence: a term that is
/// not read is a gap that nobody knows of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExtraTermsError {
    /// A term stands under no section or under one that is not for extra terms.
    Section,
    /// A term is empty after folding, or too long.
    Term,
    /// There are more terms than the limit.
    TooMany,
}

impl fmt::Display for ExtraTermsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Section => {
                write!(
                    formatter,
                    "every term stands under [minor], [sexual] or [minor and sexual]"
                )
            }
            Self::Term => {
                write!(
                    formatter,
                    "a term has at least one letter and at most {MAX_TERM_BYTES} bytes"
                )
            }
            Self::TooMany => write!(formatter, "there are at most {MAX_TERMS} terms"),
        }
    }
}

impl core::error::Error for ExtraTermsError {}

impl ExtraTerms {
    /// No terms but the built-in ones.
    pub fn none() -> Self {
        Self::default()
    }

    /// Reads terms in the form of `data/policy_terms.txt`: the sections `[minor]`, `[sexual]` and
    /// `[minor and sexual]`, terms separated by commas or line ends, `#` before a comment, `*` behind a stem.
    ///
    /// # Errors
    ///
    /// When any term cannot be used; see [`ExtraTermsError`].
    pub fn parse(text: &str) -> Result<Self, ExtraTermsError> {
        let mut lexicon = Lexicon::default();
        let mut read = 0;
        for (count, (class, term)) in lexicon::entries(text).enumerate() {
            let allowed = class == Class::MINOR
                || class == Class::SEXUAL
                || class == Class::MINOR.and(Class::SEXUAL);
            if !allowed {
                return Err(ExtraTermsError::Section);
            }
            if count >= MAX_TERMS {
                return Err(ExtraTermsError::TooMany);
            }
            if term.len() > MAX_TERM_BYTES || !lexicon.insert(term, class) {
                return Err(ExtraTermsError::Term);
            }
            read = count + 1;
        }
        Ok(Self {
            lexicon,
            count: read,
        })
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    pub(super) fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }
}
