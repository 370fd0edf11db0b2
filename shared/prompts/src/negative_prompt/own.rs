//! The terms that users add to a negative prompt.

use alloc::string::String;

use super::{SEPARATOR, SEPARATOR_TOKENS};

/// Letters of a word for each of its tokens. CLIP has one token for most short words of English and for what longer ones
/// are made of, so that this is too many for words that there are; of one that is made up it may be too few, and then
/// the model does not read the end of the user's terms.
const LETTERS_OF_A_TOKEN: u16 = 4;

/// What fits of a user's terms.
#[derive(Debug, Default)]
pub(super) struct Own {
    /// With a separator before each term.
    pub text: String,
    pub tokens: u16,
    /// Whether something is left out.
    pub is_cut: bool,
}

impl Own {
    /// As many words as there is room for.
    pub(super) fn fitting(given: &str, room: u16) -> Self {
        let mut own = Self::default();
        for term in terms(given) {
            for (place, word) in term.split_whitespace().enumerate() {
                let before = if place == 0 { SEPARATOR_TOKENS } else { 0 };
                let tokens = tokens_of(word).saturating_add(own.tokens + before);
                if tokens > room {
                    own.is_cut = true;
                    return own;
                }
                own.tokens = tokens;
                own.text.push_str(if place == 0 { SEPARATOR } else { " " });
                own.text.push_str(word);
            }
        }
        own
    }
}

/// The terms in a user's text.
pub(super) fn terms(given: &str) -> impl Iterator<Item = &str> {
    given
        .split([',', ';', '\n'])
        .map(str::trim)
        .filter(|term| !term.is_empty())
}

/// About how many tokens a word is. The vocabulary, which would tell, is larger than all
/// else that an order needs.
#[must_use]
pub fn tokens_of(word: &str) -> u16 {
    let mut tokens = 0_u16;
    let mut letters = 0_u16;
    for character in word.chars() {
        if character.is_ascii_alphabetic() {
            tokens = tokens.saturating_add(u16::from(letters.is_multiple_of(LETTERS_OF_A_TOKEN)));
            letters = letters.saturating_add(1);
        } else {
            letters = 0;
            tokens = tokens.saturating_add(bytes_of(character));
        }
    }
    tokens
}

// Never more than four.
fn bytes_of(character: char) -> u16 {
    u16::try_from(character.len_utf8()).unwrap_or(u16::MAX)
}
