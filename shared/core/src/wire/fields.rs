//! Reading JSON objects field by field, with failures that name the field and never its value.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use serde_json::{Map, Value, json};

use super::change::Change;
use crate::limits::MAX_BODY_BYTES;
use crate::{ApiError, Code, Id};

/// Characters of an unknown field's name that an error repeats.
const SHOWN_NAME_CHARS: usize = 40;

/// The fields of an object that are still to be read. `null` counts as absent, as JavaScript clients mean it.
pub(crate) struct Fields {
    path: String,
    map: Map<String, Value>,
}

impl Fields {
    /// The fields of a body.
    pub(crate) fn of_body(body: &[u8]) -> Result<Self, ApiError> {
        if body.len() > MAX_BODY_BYTES {
            return Err(ApiError::new(Code::PayloadTooLarge)
                .with_details(json!({ "field": "body", "limit": MAX_BODY_BYTES })));
        }
        match serde_json::from_slice(body) {
            Ok(value) => Self::of_value("", value),
            Err(error) => Err(ApiError::new(Code::InvalidRequest)
                .with_message("The body is not valid JSON.")
                .with_details(json!({
                    "field": "body",
                    "expected": "a JSON object",
                    "line": error.line(),
                    "column": error.column(),
                }))),
        }
    }

    /// The fields of the object at `path`.
    pub(crate) fn of_value(path: &str, value: Value) -> Result<Self, ApiError> {
        match value {
            Value::Object(map) => Ok(Self {
                path: path.to_owned(),
                map,
            }),
            _ if path.is_empty() => Err(ApiError::invalid_field("body", "a JSON object")),
            _ => Err(ApiError::invalid_field(path, "an object")),
        }
    }

    /// The full name of a field.
    pub(crate) fn name_of(&self, field: &str) -> String {
        if self.path.is_empty() {
            field.to_owned()
        } else {
            format!("{}.{field}", self.path)
        }
    }

    /// An error about a field.
    pub(crate) fn invalid(&self, field: &str, expected: &str) -> ApiError {
        ApiError::invalid_field(&self.name_of(field), expected)
    }

    /// An error about a field that must be there and is not.
    pub(crate) fn missing(&self, field: &str, expected: &str) -> ApiError {
        self.invalid(field, expected)
    }

    /// Takes a field out.
    pub(crate) fn take(&mut self, field: &str) -> Option<Value> {
        self.map.remove(field).filter(|value| !value.is_null())
    }

    /// Takes a field out, telling `null` from absent.
    pub(crate) fn take_change(&mut self, field: &str) -> Change<Value> {
        match self.map.remove(field) {
            None => Change::Keep,
            Some(Value::Null) => Change::Clear,
            Some(value) => Change::Set(value),
        }
    }

    /// Takes a text of at most `max_chars` characters out.
    pub(crate) fn text(
        &mut self,
        field: &str,
        max_chars: usize,
    ) -> Result<Option<String>, ApiError> {
        match self.take(field) {
            None => Ok(None),
            Some(Value::String(text))
                if is_storable(&text) && text.chars().count() <= max_chars =>
            {
                Ok(Some(text))
            }
            Some(_) => {
                Err(self.invalid(field, &format!("a text of at most {max_chars} characters")))
            }
        }
    }

    /// Takes a UUID out.
    pub(crate) fn id(&mut self, field: &str) -> Result<Option<Id>, ApiError> {
        match self.take(field) {
            None => Ok(None),
            Some(value) => match value.as_str().map(str::parse) {
                Some(Ok(id)) => Ok(Some(id)),
                _ => Err(self.invalid(field, "a UUID")),
            },
        }
    }

    /// Takes `true` or `false` out.
    pub(crate) fn boolean(&mut self, field: &str) -> Result<Option<bool>, ApiError> {
        match self.take(field) {
            None => Ok(None),
            Some(Value::Bool(value)) => Ok(Some(value)),
            Some(_) => Err(self.invalid(field, "true or false")),
        }
    }

    /// Takes a whole number in a range out.
    pub(crate) fn integer(
        &mut self,
        field: &str,
        range: RangeInclusive<i64>,
    ) -> Result<Option<i64>, ApiError> {
        match self.take(field) {
            None => Ok(None),
            Some(value) => match whole_number(&value).filter(|number| range.contains(number)) {
                Some(number) => Ok(Some(number)),
                None => Err(self.invalid(
                    field,
                    &format!("a whole number from {} to {}", range.start(), range.end()),
                )),
            },
        }
    }

    /// Takes a number in a range out.
    pub(crate) fn number(
        &mut self,
        field: &str,
        range: RangeInclusive<f64>,
    ) -> Result<Option<f64>, ApiError> {
        match self.take(field) {
            None => Ok(None),
            Some(value) => match value.as_f64().filter(|number| range.contains(number)) {
                Some(number) => Ok(Some(number)),
                None => Err(self.invalid(
                    field,
                    &format!("a number from {} to {}", range.start(), range.end()),
                )),
            },
        }
    }

    /// Takes an object out.
    pub(crate) fn object(&mut self, field: &str) -> Result<Option<Self>, ApiError> {
        match self.take(field) {
            None => Ok(None),
            Some(value) => Self::of_value(&self.name_of(field), value).map(Some),
        }
    }

    /// Takes a list of at most `max` items out.
    pub(crate) fn list(&mut self, field: &str, max: usize) -> Result<Option<Vec<Value>>, ApiError> {
        match self.take(field) {
            None => Ok(None),
            Some(Value::Array(items)) if items.len() <= max => Ok(Some(items)),
            Some(_) => Err(self.invalid(field, &format!("a list of at most {max}"))),
        }
    }

    /// What was not taken.
    pub(crate) fn rest(self) -> Map<String, Value> {
        self.map
    }

    /// Refuses what was not taken, by name, so that a typing error shows instead of being ignored.
    pub(crate) fn refuse_rest(&self, known: &[&str]) -> Result<(), ApiError> {
        let Some(name) = self.map.keys().next() else {
            return Ok(());
        };
        let shown: String = name
            .chars()
            .filter(|character| !character.is_control())
            .take(SHOWN_NAME_CHARS)
            .collect();
        let field = self.name_of(&shown);
        Err(ApiError::new(Code::InvalidRequest)
            .with_message(format!("{field}: there is no such field."))
            .with_details(json!({ "field": field, "expected": "a known field", "known": known })))
    }
}

/// A whole number, also when it is written as `3.0`.
pub(crate) fn whole_number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| {
        let number = value.as_f64()?;
        // Casting saturates, so the way back tells whether anything was lost.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            reason = "compared"
        )]
        let whole = (number as i64 as f64 == number).then_some(number as i64);
        whole
    })
}

/// Whether Postgres can store this text: it takes every character but NUL.
pub(crate) fn is_storable(text: &str) -> bool {
    !text.contains('\0')
}

/// Whether Postgres can store this JSON.
pub(crate) fn is_storable_json(value: &Value) -> bool {
    match value {
        Value::String(text) => is_storable(text),
        Value::Array(items) => items.iter().all(is_storable_json),
        Value::Object(map) => map
            .iter()
            .all(|(key, value)| is_storable(key) && is_storable_json(value)),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    fn fields(body: &str) -> Fields {
        Fields::of_body(body.as_bytes()).unwrap()
    }

    #[test]
    fn whole_numbers() {
        for (json, expected) in [
            ("3", Some(3)),
            ("3.0", Some(3)),
            ("-0", Some(0)),
            ("2.5", None),
            ("9007199254740991", Some(9_007_199_254_740_991)),
            ("\"3\"", None),
            ("true", None),
        ] {
            let value: Value = serde_json::from_str(json).unwrap();
            assert_eq!(whole_number(&value), expected, "{json}");
        }
    }

    #[test]
    fn failures_name_the_field_and_not_its_value() {
        let mut fields = fields(r#"{"metadata":{"inner":"hunter2"}}"#);
        let mut metadata = fields.object("metadata").unwrap().unwrap();
        let error = metadata.integer("inner", 0..=9).unwrap_err();
        assert_eq!(
            error.message,
            "metadata.inner: expected a whole number from 0 to 9."
        );
        assert!(!error.to_body("r").to_string().contains("hunter2"));
    }

    #[test]
    fn unknown_fields_are_refused_by_name() {
        let error = fields(r#"{"jobtype":1}"#)
            .refuse_rest(&["jobType"])
            .unwrap_err();
        assert_eq!(error.message, "jobtype: there is no such field.");
    }

    #[test]
    fn what_postgres_cannot_store_is_found_wherever_it_is() {
        for body in [
            r#""\u0000""#,
            r#"["\u0000"]"#,
            r#"{"a":[{"b":"\u0000"}]}"#,
            r#"{"\u0000":1}"#,
        ] {
            let value: Value = serde_json::from_str(body).unwrap();
            assert!(!is_storable_json(&value), "{body}");
        }
        assert!(is_storable_json(&json!({ "a": ["b", null, 1, true] })));
    }

    #[test]
    fn bodies_that_are_no_objects() {
        for body in ["", "[]", "\"text\"", "{", "null", "{\"a\":\"\\ud800\"}"] {
            let error = Fields::of_body(body.as_bytes()).err().unwrap();
            assert_eq!(error.code, Code::InvalidRequest, "{body}");
        }
        let mut largest = b"{}".to_vec();
        largest.resize(MAX_BODY_BYTES, b' ');
        assert!(Fields::of_body(&largest).is_ok());
        let large = alloc::vec![b' '; MAX_BODY_BYTES + 1];
        assert_eq!(
            Fields::of_body(&large).err().unwrap().code,
            Code::PayloadTooLarge
        );
    }
}
