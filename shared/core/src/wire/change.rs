//! A field that is left as it is, emptied, or set.

use serde::Serialize;
use serde_json::{Value, json};

/// A change of a field: left as it is, emptied, or set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Change<T> {
    /// The body does not name it.
    #[default]
    Keep,
    /// The body says `null`.
    Clear,
    /// The body gives a value.
    Set(T),
}

impl<T> Change<T> {
    /// The new value, if there is one.
    #[must_use]
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Keep | Self::Clear => None,
        }
    }
}

impl<T: Serialize> Change<T> {
    /// What becomes of a column: nothing, null, or the value.
    pub(super) fn column(&self) -> Option<Value> {
        match self {
            Self::Keep => None,
            Self::Clear => Some(Value::Null),
            Self::Set(value) => Some(json!(value)),
        }
    }
}
