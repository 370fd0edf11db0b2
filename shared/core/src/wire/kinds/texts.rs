//! Texts.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;

#[cfg(feature = "schema")]
use schemars::SchemaGenerator;
use serde_json::Value;
#[cfg(feature = "schema")]
use serde_json::json;

use super::Kind;
use crate::Id;
use crate::limits::MAX_KEY_BYTES;
use crate::wire::json::is_storable;

/// An id.
pub(crate) struct Uuid;

impl Kind for Uuid {
    type Value = Id;

    fn read(&self, value: Value) -> Option<Id> {
        value.as_str()?.parse().ok()
    }

    fn expected(&self) -> String {
        "a UUID".to_owned()
    }

    #[cfg(feature = "schema")]
    fn schema(&self, _generator: &mut SchemaGenerator) -> Value {
        json!({ "type": "string", "format": "uuid" })
    }
}

/// A text of at most so many characters, as it came.
pub(crate) struct Text(pub usize);

impl Kind for Text {
    type Value = String;

    fn read(&self, value: Value) -> Option<String> {
        match value {
            Value::String(text) if is_storable(&text) && text.chars().count() <= self.0 => {
                Some(text)
            }
            _ => None,
        }
    }

    fn expected(&self) -> String {
        format!("a text of at most {} characters", self.0)
    }

    #[cfg(feature = "schema")]
    fn schema(&self, _generator: &mut SchemaGenerator) -> Value {
        json!({ "type": "string", "maxLength": self.0 })
    }
}

/// A text that says something: trimmed, of one to so many characters.
pub(crate) struct Words(pub usize);

impl Words {
    /// The text, if it says something.
    pub(crate) fn of(&self, text: &str) -> Option<String> {
        let text = text.trim();
        let fits = !text.is_empty() && text.chars().count() <= self.0;
        (fits && is_storable(text)).then(|| text.to_owned())
    }
}

impl Kind for Words {
    type Value = String;

    fn read(&self, value: Value) -> Option<String> {
        self.of(value.as_str()?)
    }

    fn expected(&self) -> String {
        format!("a text of 1 to {} characters", self.0)
    }

    #[cfg(feature = "schema")]
    fn schema(&self, _generator: &mut SchemaGenerator) -> Value {
        json!({ "type": "string", "minLength": 1, "maxLength": self.0, "pattern": "\\S" })
    }
}

/// A name of a few ASCII characters, which is safe in logs, in headers and in a signing string.
pub(crate) struct Name {
    pub chars: core::ops::RangeInclusive<usize>,
    /// As a regular expression writes a set: single characters and `a-z`, a `-` of its own at the end.
    pub set: &'static str,
    /// The set, for people.
    pub meaning: &'static str,
}

impl Name {
    fn has(&self, byte: u8) -> bool {
        let mut rest = self.set.as_bytes();
        loop {
            rest = match *rest {
                [first, b'-', last, ref more @ ..] => {
                    if (first..=last).contains(&byte) {
                        return true;
                    }
                    more
                }
                [one, ref more @ ..] => {
                    if one == byte {
                        return true;
                    }
                    more
                }
                [] => return false,
            };
        }
    }
}

impl Kind for Name {
    type Value = String;

    fn read(&self, value: Value) -> Option<String> {
        let name = value.as_str()?.trim();
        let fits = self.chars.contains(&name.len()) && name.bytes().all(|byte| self.has(byte));
        fits.then(|| name.to_owned())
    }

    fn expected(&self) -> String {
        format!(
            "{} to {} {}",
            self.chars.start(),
            self.chars.end(),
            self.meaning
        )
    }

    #[cfg(feature = "schema")]
    fn schema(&self, _generator: &mut SchemaGenerator) -> Value {
        json!({
            "type": "string", "minLength": self.chars.start(), "maxLength": self.chars.end(),
            "pattern": format!("^[{}]*$", self.set),
        })
    }
}

/// The key of an object; `null` and an empty text are none, as older workers send it.
pub(crate) struct Key;

impl Kind for Key {
    type Value = Option<String>;

    fn read(&self, value: Value) -> Option<Option<String>> {
        match value {
            Value::Null => Some(None),
            Value::String(key) if key.is_empty() => Some(None),
            Value::String(key) if key.len() <= MAX_KEY_BYTES => Some(Some(key)),
            _ => None,
        }
    }

    fn expected(&self) -> String {
        format!("an object key of at most {MAX_KEY_BYTES} bytes")
    }

    #[cfg(feature = "schema")]
    fn schema(&self, _generator: &mut SchemaGenerator) -> Value {
        json!({ "type": ["string", "null"], "maxLength": MAX_KEY_BYTES })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_are_of_their_set() {
        let name = Name {
            chars: 1..=4,
            set: "A-Z0-9._-",
            meaning: "of these",
        };
        for (text, fits) in [
            ("A", true),
            ("Z9._", true),
            ("A-", true),
            ("", false),
            ("ABCDE", false),
            ("a", false),
            ("é", false),
            (" A ", true),
            ("A B", false),
        ] {
            assert_eq!(name.read(json!(text)).is_some(), fits, "{text}");
        }
    }
}
