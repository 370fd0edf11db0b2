//! How CLIP takes a text apart before it encodes the parts.

use alloc::string::String;

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

/// The endings that English contracts; the first that fits is taken.
const CONTRACTIONS: [&str; 7] = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

/// Written in a text, these are the tokens that they name.
const START_TEXT: &str = "<|startoftext|>";
const END_TEXT: &str = "<|endoftext|>";

/// A part of a text.
#[derive(Debug, PartialEq, Eq)]
pub enum Word<'a> {
    Text(&'a str),
    Start,
    End,
}

/// What a character is to the splitter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Space,
    Letter,
    Number,
    Other,
}

/// Calls `take` with the words of a text: composed, in lower case, without white space. Letters stay together,
/// each digit is a word, and so is a run of anything else.
pub fn for_each(text: &str, mut take: impl FnMut(Word<'_>)) {
    // Character by character, as the reference does: a final sigma is not special.
    let normal: String = text.nfc().flat_map(char::to_lowercase).collect();
    let mut rest = normal.as_str();
    while let Some(first) = rest.chars().next() {
        if let Some(behind) = rest.strip_prefix(START_TEXT) {
            take(Word::Start);
            rest = behind;
            continue;
        }
        if let Some(behind) = rest.strip_prefix(END_TEXT) {
            take(Word::End);
            rest = behind;
            continue;
        }
        let length = word_length(rest, first);
        let (word, behind) = rest.split_at(length);
        if kind(first) != Kind::Space {
            take(Word::Text(word));
        }
        rest = behind;
    }
}

/// The bytes of the word, or of the white space, at the beginning of a text that is not empty.
fn word_length(text: &str, first: char) -> usize {
    if let Some(contraction) = CONTRACTIONS
        .iter()
        .find(|contraction| text.starts_with(**contraction))
    {
        return contraction.len();
    }
    let first_kind = kind(first);
    if first_kind == Kind::Number {
        return first.len_utf8();
    }
    text.char_indices()
        .find(|(place, character)| {
            kind(*character) != first_kind || (*character == '<' && starts_with_token(text, *place))
        })
        .map_or(text.len(), |(place, _)| place)
}

fn starts_with_token(text: &str, place: usize) -> bool {
    let behind = text.get(place..).unwrap_or_default();
    behind.starts_with(START_TEXT) || behind.starts_with(END_TEXT)
}

fn kind(character: char) -> Kind {
    if character.is_ascii() {
        return match character {
            'a'..='z' | 'A'..='Z' => Kind::Letter,
            '0'..='9' => Kind::Number,
            _ if character.is_whitespace() => Kind::Space,
            _ => Kind::Other,
        };
    }
    if character.is_whitespace() {
        return Kind::Space;
    }
    match character.general_category_group() {
        GeneralCategoryGroup::Letter => Kind::Letter,
        GeneralCategoryGroup::Number => Kind::Number,
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use alloc::borrow::ToOwned;
    use alloc::string::String;
    use alloc::vec::Vec;

    use super::*;

    fn words(text: &str) -> Vec<String> {
        let mut words = Vec::new();
        for_each(text, |word| {
            words.push(match word {
                Word::Text(text) => text.to_owned(),
                Word::Start => "START".to_owned(),
                Word::End => "END".to_owned(),
            });
        });
        words
    }

    #[test]
    fn letters_stay_together_and_digits_do_not() {
        assert_eq!(
            words("Film grain, 35mm!!"),
            ["film", "grain", ",", "3", "5", "mm", "!!"]
        );
    }

    #[test]
    fn contractions_are_words() {
        assert_eq!(words("don't we'll"), ["don", "'t", "we", "'ll"]);
        assert_eq!(
            words("!'s"),
            ["!'", "s"],
            "inside punctuation an apostrophe is punctuation"
        );
    }

    #[test]
    fn the_frame_can_be_written_out() {
        assert_eq!(
            words("a<|EndOfText|>b ..<|startoftext|>"),
            ["a", "END", "b", "..", "START"]
        );
    }
}
