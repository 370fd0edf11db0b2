//! What a negative prompt is made of: the terms, their weight in tokens, and when they apply.
//!
//! The numbers are counted with CLIP's vocabulary and stand here as constants, so that an edge function can
//! keep a budget in tokens without carrying 190 KB of merges. `tests/negative_prompt.rs` counts each of them
//! again with a tokenizer of its own.

use crate::term::{Term, term};

/// When a list applies, judged by the words of the user's prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    Always,
    /// Several people, women and men among them.
    MixedGroup,
    /// Several people, all of them women.
    WomenOnlyGroup,
    SexualAct,
    /// Nudity or a sexual act.
    Nudity,
}

/// A list of terms that apply together.
#[derive(Debug, Clone, Copy)]
pub struct TermList {
    /// Where the list stands in the result and in the competition for tokens, 1 first.
    pub priority: u8,
    /// Whether the terms are kept whatever else has to go.
    pub required: bool,
    pub condition: Condition,
    /// The terms, most important first.
    pub terms: &'static [Term],
}

/// Where the styles stand that are not photographs, for orders that want one of those.
pub const DRAWN_PRIORITY: u8 = 4;

/// The lists in the order of their priority, which is also the order of the terms in the text.
///
/// Priority 6 stands here twice because a group has a list of its own with men and without; a prompt is
/// never both.
pub const TERM_LISTS: &[TermList] = &[
    // Quality that no picture may lack.
    TermList {
        priority: 1,
        required: true,
        condition: Condition::Always,
        terms: &[
            term("bad anatomy", 2),
            term("extra limbs", 2),
            term("deformed", 2),
            term("missing limbs", 2),
            term("worst quality", 2),
            term("low quality", 2),
            term("normal quality", 2),
            term("lowres", 2),
        ],
    },
    // Hands and faces.
    TermList {
        priority: 2,
        required: true,
        condition: Condition::Always,
        terms: &[
            term("deformed hands", 3),
            term("extra fingers", 2),
            term("deformed face", 3),
            term("malformed", 2),
            term("bad hands", 2),
            term("bad fingers", 2),
            term("missing fingers", 2),
            term("distorted features", 3),
        ],
    },
    // Writing and stamps in the picture.
    TermList {
        priority: 3,
        required: false,
        condition: Condition::Always,
        terms: &[
            term("text", 1),
            term("watermark", 2),
            term("logo", 1),
            term("signature", 1),
        ],
    },
    // Styles that are not photographs.
    TermList {
        priority: DRAWN_PRIORITY,
        required: false,
        condition: Condition::Always,
        terms: &[term("anime", 1), term("cartoon", 1), term("graphic", 1)],
    },
    // Safety. Always sent, whatever the prompt asks for.
    TermList {
        priority: 5,
        required: true,
        condition: Condition::Always,
        terms: &[term("child", 1), term("minor", 1)],
    },
    // The wrong people in a group.
    TermList {
        priority: 6,
        required: false,
        condition: Condition::MixedGroup,
        terms: &[
            term("three girls", 2),
            term("all girls", 2),
            term("only girls", 2),
            term("no male", 2),
            term("missing male", 2),
            term("disembodied penis", 5),
        ],
    },
    TermList {
        priority: 6,
        required: false,
        condition: Condition::WomenOnlyGroup,
        terms: &[
            term("three girls", 2),
            term("all girls", 2),
            term("only girls", 2),
            term("wrong number of people", 4),
        ],
    },
    // Impossible positions.
    TermList {
        priority: 7,
        required: false,
        condition: Condition::SexualAct,
        terms: &[
            term("wrong position", 2),
            term("incorrect pose", 2),
            term("impossible position", 2),
            term("unnatural pose", 3),
            term("penis in wrong place", 5),
        ],
    },
    // Wrong bodies.
    TermList {
        priority: 8,
        required: false,
        condition: Condition::Nudity,
        terms: &[
            term("deformed breasts", 3),
            term("extra breasts", 2),
            term("anatomical errors", 3),
            term("wrong anatomy", 2),
        ],
    },
];
