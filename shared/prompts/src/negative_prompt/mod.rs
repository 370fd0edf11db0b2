//! The negative prompt that goes with an SDXL prompt.
//!
//! SDXL reads 77 tokens and silently ignores the rest. The terms therefore compete for room in the order of
//! their priority, and what does not fit is left out here, where it can be seen, instead of in the model.

mod scene;
mod terms;

use alloc::string::String;

use scene::Scene;
pub use terms::{Condition, TERM_LISTS, Term, TermList};

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
    /// The CLIP tokens of the text with its start and end token; never more than [`MAX_TOKENS`].
    pub tokens: u16,
}

/// Makes the negative prompt for a user's prompt. The same prompt always gives the same text.
///
/// Required terms are always in it; the others are taken in the order of their priority, each if it still
/// fits.
pub fn negative_prompt(user_prompt: &str) -> NegativePrompt {
    let scene = Scene::of(user_prompt);
    let mut text = String::with_capacity(TEXT_CAPACITY);
    let mut tokens = REQUIRED_TOKENS;

    for list in TERM_LISTS.iter().filter(|list| scene.meets(list.condition)) {
        for term in list.terms {
            if !list.required {
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
    }

    NegativePrompt { text, tokens }
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

/// Whether a negative prompt is the one that this product makes for this prompt.
///
/// Ours names what a picture must not show, "child" and parts of the body among it, and the content policy would
/// refuse it like any other text. It is left out there only where this holds.
pub fn is_ours(prompt: &str, negative: &str) -> bool {
    negative_prompt(prompt).text == negative
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
    fn the_lists_stand_in_the_order_of_their_priority() {
        assert!(TERM_LISTS.is_sorted_by_key(|list| list.priority));
    }
}
