//! `GET /api/tags`, and tags as requests give them: a user's own words for pictures and videos.

use alloc::string::String;
use alloc::vec::Vec;

#[cfg(feature = "schema")]
use schemars::SchemaGenerator;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::kinds::{Kind, List, Words};
use crate::limits::{MAX_TAG_CHARS, MAX_TAGS};

/// What a tag is, for people.
pub(crate) const TAG_EXPECTED: &str = "a tag of 1 to 40 characters";

/// A tag as it is kept: one is the same in capitals, or with other spaces.
pub(crate) fn tag_of(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    Words(MAX_TAG_CHARS).of(&words.join(" ").to_lowercase())
}

/// A tag.
pub(crate) struct Tag;

impl Kind for Tag {
    type Value = String;

    fn read(&self, value: Value) -> Option<String> {
        tag_of(value.as_str()?)
    }

    fn expected(&self) -> String {
        TAG_EXPECTED.into()
    }

    #[cfg(feature = "schema")]
    fn schema(&self, generator: &mut SchemaGenerator) -> Value {
        Words(MAX_TAG_CHARS).schema(generator)
    }
}

/// As many tags as an asset may have.
pub(crate) const TAGS: List<Tag> = List {
    of: Tag,
    items: 1..=MAX_TAGS,
    meaning: "tags of 1 to 40 characters",
};

/// The answer of `GET /api/tags`: all there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TagsReply {
    /// The tags that the caller's pictures and videos have, each once, in the order of the alphabet.
    pub items: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn a_tag_is_the_same_in_capitals_and_with_other_spaces() {
        for (text, tag) in [
            ("fox", Some("fox")),
            ("  Red \n FOX ", Some("red fox")),
            (
                &"a".repeat(MAX_TAG_CHARS),
                Some(&*"a".repeat(MAX_TAG_CHARS)),
            ),
            (&"a".repeat(MAX_TAG_CHARS + 1), None),
            // In lower case it is one character longer.
            (&format!("İ{}", "a".repeat(MAX_TAG_CHARS - 1)), None),
            (" ", None),
            ("a\0b", None),
        ] {
            assert_eq!(tag_of(text).as_deref(), tag, "{text}");
        }
    }

    #[test]
    fn what_is_said_of_a_tag_is_so() {
        let named = format!("1 to {MAX_TAG_CHARS} characters");
        assert!(TAG_EXPECTED.ends_with(&named) && TAGS.meaning.ends_with(&named));
    }
}
