//! Numbers.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::marker::PhantomData;

use ourvidz_values::fingerprint::canonical_number;
#[cfg(feature = "schema")]
use schemars::SchemaGenerator;
use serde_json::Value;
#[cfg(feature = "schema")]
use serde_json::json;

use super::{Kind, any_of};
use crate::ApiError;
use crate::limits::MAX_SEED;
use crate::wire::json::whole_number;

/// A whole number in a range, also when it is written as `3.0`.
pub(crate) struct Whole<T> {
    from: i64,
    to: i64,
    becomes: PhantomData<T>,
}

impl<T> Whole<T> {
    pub(crate) const fn new(from: i64, to: i64) -> Self {
        Self {
            from,
            to,
            becomes: PhantomData,
        }
    }
}

/// From 0 or 1 to the largest integer that every client holds exactly.
pub(crate) const fn exact(from: i64) -> Whole<u64> {
    Whole::new(from, MAX_SEED.cast_signed())
}

impl<T: TryFrom<i64>> Kind for Whole<T> {
    type Value = T;

    fn read(&self, value: Value) -> Option<T> {
        let number = whole_number(&value)?;
        let fits = (self.from..=self.to).contains(&number);
        T::try_from(number).ok().filter(|_| fits)
    }

    fn expected(&self) -> String {
        format!("a whole number from {} to {}", self.from, self.to)
    }

    #[cfg(feature = "schema")]
    fn schema(&self, _generator: &mut SchemaGenerator) -> Value {
        json!({ "type": "integer", "minimum": self.from, "maximum": self.to })
    }
}

/// The size of a file, up to this.
pub(crate) struct Size(pub i64);

impl Size {
    const fn whole(&self) -> Whole<u64> {
        Whole::new(1, self.0)
    }
}

impl Kind for Size {
    type Value = u64;

    fn read(&self, value: Value) -> Option<u64> {
        self.whole().read(value)
    }

    fn expected(&self) -> String {
        self.whole().expected()
    }

    fn missing(&self, field: &str) -> ApiError {
        ApiError::invalid_field(field, "the file's size in bytes")
    }

    #[cfg(feature = "schema")]
    fn schema(&self, generator: &mut SchemaGenerator) -> Value {
        self.whole().schema(generator)
    }
}

/// A number in a range.
pub(crate) struct Number(pub core::ops::RangeInclusive<f64>);

impl Kind for Number {
    type Value = f64;

    fn read(&self, value: Value) -> Option<f64> {
        value.as_f64().filter(|number| self.0.contains(number))
    }

    fn expected(&self) -> String {
        let [from, to] = [self.0.start(), self.0.end()].map(|number| canonical_number(*number));
        format!("a number from {from} to {to}")
    }

    #[cfg(feature = "schema")]
    fn schema(&self, _generator: &mut SchemaGenerator) -> Value {
        json!({ "type": "number", "minimum": self.0.start(), "maximum": self.0.end() })
    }
}

/// One of a few whole numbers.
pub(crate) struct NumberOf(pub &'static [u8]);

impl Kind for NumberOf {
    type Value = u8;

    fn read(&self, value: Value) -> Option<u8> {
        let number = u8::try_from(whole_number(&value)?).ok()?;
        self.0.contains(&number).then_some(number)
    }

    fn expected(&self) -> String {
        let numbers: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        any_of(numbers.iter().map(String::as_str))
    }

    #[cfg(feature = "schema")]
    fn schema(&self, _generator: &mut SchemaGenerator) -> Value {
        json!({ "type": "integer", "enum": self.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_end_at_their_bounds() {
        let kind = Whole::<u8>::new(1, 300);
        for (value, read) in [
            (json!(0), None),
            (json!(1), Some(1)),
            (json!(255.0), Some(255)),
            (json!(256), None),
            (json!("1"), None),
        ] {
            assert_eq!(kind.read(value.clone()), read, "{value}");
        }
    }
}
