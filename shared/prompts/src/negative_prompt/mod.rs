//! The negative prompt that goes with an SDXL prompt.
//!
//! SDXL reads 77 tokens and silently ignores the rest. The terms therefore compete for room in the order of
//! their priority, and what does not fit is left out here, where it can be seen, instead of in the model.

mod own;
mod scene;
mod terms;

use alloc::string::String;
use alloc::vec::Vec;

use own::Own;
pub use own::tokens_of;
use scene::Scene;
pub use terms::{Condition, DRAWN_PRIORITY, TERM_LISTS, TermList};

use crate::style::{STYLES, Style};
pub use crate::term::Term;

/// The length of CLIP's context, with the start and the end token.
pub const MAX_TOKENS: u16 = 77;

/// The start and the end token, which surround every text.
const FRAME_TOKENS: u16 = 2;

/// Between two terms. The comma is a token of its own, the space is none.
const SEPARATOR: &str = ", ";
const SEPARATOR_TOKENS: u16 = 1;

/// What the required terms take, with the frame and the separators between them.
const REQUIRED_TOKENS: u16 = required_tokens();

/// Longer than the longest result, so that the text is allocated once.
const TEXT_CAPACITY: usize = 512;

const _: () = assert!(
    REQUIRED_TOKENS <= MAX_TOKENS,
    "the required terms alone exceed CLIP's context"
);

/// A negative prompt and its length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NegativePrompt {
    /// The terms, joined with ", ".
    pub text: String,
    /// The CLIP tokens of the text with its start and end token; never more than [`MAX_TOKENS`]. Those of a user's own
    /// terms are estimated, rather too high.
    pub tokens: u16,
    /// Whether a user's own terms are not all in it.
    pub is_cut: bool,
}

/// What decides about a negative prompt besides the prompt.
#[derive(Debug, Clone, Copy, Default)]
pub struct Additions<'a> {
    pub style: Option<Style>,
    /// The user's own terms.
    pub own: &'a str,
}

/// The negative prompt for a user's prompt, where nothing is added. The same prompt always gives the same text.
#[must_use]
pub fn negative_prompt(user_prompt: &str) -> NegativePrompt {
    with_additions(user_prompt, Additions::default())
}

/// Makes the negative prompt for a user's prompt and what is added.
///
/// Required terms are always in it. What room they leave is the user's; the other lists of ours and the style's terms
/// are taken in the order of their priority, each term if it still fits. The user's terms stand at the end: should they
/// take more tokens than was estimated, they are what the model does not read.
#[must_use]
pub fn with_additions(user_prompt: &str, additions: Additions<'_>) -> NegativePrompt {
    let own = Own::fitting(additions.own, MAX_TOKENS - REQUIRED_TOKENS);
    let mut text = String::with_capacity(TEXT_CAPACITY);
    let mut tokens = REQUIRED_TOKENS + own.tokens;

    for (term, is_required) in applying(Scene::of(user_prompt), additions.style) {
        if !is_required {
            let with_term = tokens + SEPARATOR_TOKENS + term.tokens;
            if with_term > MAX_TOKENS {
                continue;
            }
            tokens = with_term;
        }
        if !text.is_empty() {
            text.push_str(SEPARATOR);
        }
        text.push_str(term.text);
    }
    text.push_str(&own.text);
    NegativePrompt {
        text,
        tokens,
        is_cut: own.is_cut,
    }
}

/// What is added to the negative prompt that a model brings itself, which has room for all of it.
#[must_use]
pub fn joined(additions: Additions<'_>) -> String {
    let style = additions.style.map_or(&[][..], |style| style.avoids);
    let terms: Vec<&str> = style
        .iter()
        .map(|term| term.text)
        .chain(own::terms(additions.own))
        .collect();
    terms.join(SEPARATOR)
}

/// The terms that apply, in their order, and whether each is required.
fn applying(scene: Scene, style: Option<Style>) -> impl Iterator<Item = (Term, bool)> {
    let is_drawn = style.is_some_and(|style| !style.is_photograph);
    TERM_LISTS
        .iter()
        .filter(move |list| scene.meets(list.condition))
        .filter(move |list| !(is_drawn && list.priority == DRAWN_PRIORITY))
        .flat_map(|list| list.terms.iter().map(move |term| (*term, list.required)))
        .chain(
            style
                .map_or(&[][..], |style| style.avoids)
                .iter()
                .map(|term| (*term, false)),
        )
}

const fn required_tokens() -> u16 {
    let mut tokens = FRAME_TOKENS;
    let mut count = 0;
    let mut list = 0;
    while list < TERM_LISTS.len() {
        let TermList {
            required,
            condition,
            terms,
            ..
        } = TERM_LISTS[list];
        assert!(
            !required || matches!(condition, Condition::Always),
            "a required list applies to every prompt"
        );
        let mut index = 0;
        while required && index < terms.len() {
            tokens += terms[index].tokens;
            count += 1;
            index += 1;
        }
        list += 1;
    }
    tokens + SEPARATOR_TOKENS * (count - 1)
}

/// What of a negative prompt is not ours: a user's terms, or somebody else's.
///
/// Ours names what a picture must not show, "child" and parts of the body among it, and the content policy would
/// refuse it like any other text. A term is left out there only where we would write it, for this prompt or a style.
#[must_use]
pub fn not_ours(prompt: &str, negative: &str) -> String {
    let scene = Scene::of(prompt);
    let styles = STYLES.iter().flat_map(|style| style.avoids).copied();
    let ours: Vec<&str> = applying(scene, None)
        .map(|(term, _)| term)
        .chain(styles)
        .map(|term| term.text)
        .collect();
    let others: Vec<&str> = negative
        .split(SEPARATOR)
        .filter(|term| !ours.contains(term))
        .collect();
    others.join(SEPARATOR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_prompt_gets_the_lists_that_always_apply() {
        let made = negative_prompt("a lighthouse at dusk");
        assert_eq!(
            made.text,
            "bad anatomy, extra limbs, deformed, missing limbs, worst quality, low quality, normal quality, lowres, \
             deformed hands, extra fingers, deformed face, malformed, bad hands, bad fingers, missing fingers, \
             distorted features, text, watermark, logo, signature, anime, cartoon, graphic, child, minor"
        );
        assert_eq!(made.tokens, 71);
    }

    #[test]
    fn a_list_that_does_not_fit_gives_as_many_terms_as_do() {
        let made = negative_prompt("two women in a garden");
        assert!(
            made.text.ends_with("child, minor, three girls, all girls"),
            "{}",
            made.text
        );
        assert_eq!(made.tokens, MAX_TOKENS);
    }

    #[test]
    fn a_users_terms_come_before_what_is_not_required_and_are_cut_before_what_is() {
        let with = |own: &str| {
            let additions = Additions { own, style: None };
            with_additions("a lighthouse at dusk", additions)
        };
        let few = with("fog, people\n boats ");
        assert!(
            few.text.ends_with("child, minor, fog, people, boats"),
            "{}",
            few.text
        );
        assert!(!few.is_cut && few.tokens <= MAX_TOKENS);
        let many = with(&["storm clouds"; 40].join(","));
        assert!(many.is_cut && many.tokens <= MAX_TOKENS);
        assert!(
            many.text.starts_with("bad anatomy, ") && many.text.contains("child, minor, storm")
        );
        assert!(!many.text.contains("watermark"), "which is not required");
        assert_eq!(with(" , ;").text, with("").text);
    }

    #[test]
    fn a_drawn_style_does_not_avoid_drawings() {
        for style in STYLES {
            let additions = Additions {
                style: Some(style),
                own: "",
            };
            let made = with_additions("a lighthouse at dusk", additions);
            assert_eq!(
                made.text.contains("anime"),
                style.is_photograph,
                "{}",
                style.name
            );
            assert!(
                style
                    .avoids
                    .iter()
                    .all(|term| made.text.contains(term.text)),
                "{}",
                style.name
            );
            assert_eq!(not_ours("a lighthouse at dusk", &made.text), "");
            let prompt = Style::of(Some(style), "a lighthouse at dusk");
            assert_eq!(
                with_additions(&prompt, additions),
                made,
                "its words are no scene"
            );
        }
    }

    #[test]
    fn what_is_not_ours_is_seen() {
        let additions = Additions {
            own: "fog, child, boats",
            style: None,
        };
        let made = with_additions("a lighthouse", additions).text;
        assert_eq!(not_ours("a lighthouse", &made), "fog, boats");
        assert_eq!(
            not_ours("a lighthouse", "childish, deformed breasts"),
            "childish, deformed breasts"
        );
        assert_eq!(
            joined(Additions {
                own: "fog;; boats",
                style: Some(STYLES[4])
            }),
            "photograph, realistic, fog, boats"
        );
    }

    #[test]
    fn the_lists_stand_in_the_order_of_their_priority() {
        assert!(TERM_LISTS.is_sorted_by_key(|list| list.priority));
    }
}
