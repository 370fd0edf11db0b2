//! What a field of a body may hold. Each kind says once what it takes: [`Kind::read`] holds a request to it,
//! [`Kind::expected`] tells a client, and [`Kind::schema`] is the same for the API's description.

mod choices;
mod numbers;
mod texts;

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

#[cfg(feature = "schema")]
use schemars::SchemaGenerator;
use serde_json::Value;
#[cfg(feature = "schema")]
use serde_json::json;

pub(crate) use choices::{AspectOf, Choice, Named, OneOf, StyleName, any_of, named};
pub(crate) use numbers::{Number, NumberOf, Size, Whole, exact};
pub(crate) use texts::{Key, Name, Text, Uuid, Words};

use crate::ApiError;

/// What a field may hold.
pub(crate) trait Kind {
    /// What it becomes.
    type Value;

    /// The value, if it is of this kind. `null` does not come here but from within a list.
    fn read(&self, value: Value) -> Option<Self::Value>;

    /// What is taken, for people.
    fn expected(&self) -> String;

    /// What is answered to anything else.
    fn refusal(&self, field: &str) -> ApiError {
        ApiError::invalid_field(field, &self.expected())
    }

    /// What is answered when there is nothing.
    fn missing(&self, field: &str) -> ApiError {
        self.refusal(field)
    }

    /// The same as JSON Schema.
    #[cfg(feature = "schema")]
    fn schema(&self, generator: &mut SchemaGenerator) -> Value;
}

/// `true` or `false`.
pub(crate) struct Flag;

impl Kind for Flag {
    type Value = bool;

    fn read(&self, value: Value) -> Option<bool> {
        value.as_bool()
    }

    fn expected(&self) -> String {
        "true or false".to_owned()
    }

    #[cfg(feature = "schema")]
    fn schema(&self, _generator: &mut SchemaGenerator) -> Value {
        json!({ "type": "boolean" })
    }
}

/// A list.
pub(crate) struct List<K> {
    pub of: K,
    pub items: core::ops::RangeInclusive<usize>,
    /// Its items, for people.
    pub meaning: &'static str,
}

impl<K: Kind> Kind for List<K> {
    type Value = Vec<K::Value>;

    fn read(&self, value: Value) -> Option<Self::Value> {
        match value {
            Value::Array(items) if self.items.contains(&items.len()) => {
                items.into_iter().map(|item| self.of.read(item)).collect()
            }
            _ => None,
        }
    }

    fn expected(&self) -> String {
        match *self.items.start() {
            0 => format!("a list of at most {} {}", self.items.end(), self.meaning),
            first => format!("a list of {first} to {} {}", self.items.end(), self.meaning),
        }
    }

    #[cfg(feature = "schema")]
    fn schema(&self, generator: &mut SchemaGenerator) -> Value {
        let mut schema = json!({
            "type": "array", "items": self.of.schema(generator), "maxItems": self.items.end(),
        });
        if *self.items.start() > 0 {
            schema["minItems"] = json!(self.items.start());
        }
        schema
    }
}

/// Whatever JSON can say.
pub(crate) struct Anything;

impl Kind for Anything {
    type Value = Value;

    fn read(&self, value: Value) -> Option<Value> {
        Some(value)
    }

    fn expected(&self) -> String {
        "any JSON".to_owned()
    }

    #[cfg(feature = "schema")]
    fn schema(&self, _generator: &mut SchemaGenerator) -> Value {
        json!({})
    }
}
