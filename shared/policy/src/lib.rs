//! The content policy: a text that puts a minor in a sexual context is refused.
//!
//! The gate cannot be turned off and has no levels. Operators may add terms ([`ExtraTerms`]) and never take
//! any away. All text fields of one request are judged together, so that it does not help to name the person
//! in one field and the act in another.
//!
//! What counts, in short: the texts are folded ([`fold`]) until case, accents, look-alike letters and
//! invisible characters are gone; the folded words are matched against the tables in
//! `data/policy_terms.txt`, through spaces, punctuation and symbols put between letters ([`walk`]); ages are
//! read in digits and words ([`scan`]). Negation is not understood on purpose: a picture model reads past
//! "no", so "no children" in a sexual prompt asks for children.
//!
//! A refusal carries no detail, neither for the client nor for the log: whoever tries to get around the gate
//! learns nothing, and no log repeats the text.
#![no_std]

extern crate alloc;

mod class;
mod extra;
mod fold;
mod lexicon;
mod lookalikes;
mod piece;
mod scan;
mod scripts;
#[cfg(test)]
mod tests;
mod unicode;
mod walk;

pub use extra::{ExtraTerms, ExtraTermsError};
use lexicon::Lexicon;
use scan::Evidence;

/// The tables, embedded: `policy_terms.txt` by section and sorted, which compresses better.
const TERMS: &str = include_str!("../data/policy_terms.packed.txt");

/// What the policy says about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Allowed,
    /// Refuse, and record the reason's class.
    Refused {
        reason: Reason,
    },
}

impl Verdict {
    /// Whether the request has to be refused.
    pub fn is_refused(self) -> bool {
        matches!(self, Self::Refused { .. })
    }
}

/// The rules that a text can break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It puts a minor in a sexual context.
    MinorInSexualContext,
}

impl Reason {
    /// The name for the audit row.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MinorInSexualContext => "minor_in_sexual_context",
        }
    }
}

/// Judges all text fields of one request together. Linear in their length.
pub fn check(fields: &[&str], extra_terms: &ExtraTerms) -> Verdict {
    let mut evidence = Evidence::default();
    for field in fields {
        let folded = fold::fold(field);
        evidence.note_script(&folded);
        scan::scan(&folded, Lexicon::built_in(), &mut evidence);
        if !extra_terms.lexicon().is_empty() {
            scan::scan(&folded, extra_terms.lexicon(), &mut evidence);
        }
        if evidence.minor && evidence.sexual {
            return Verdict::Refused {
                reason: Reason::MinorInSexualContext,
            };
        }
    }
    Verdict::Allowed
}
