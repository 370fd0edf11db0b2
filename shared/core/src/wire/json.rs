//! What JSON can say and a table or an integer cannot hold.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// JSON in which no object says a thing twice: of two values one reader takes the first and the next one the last, and
/// what was checked is then not what is done.
pub(crate) struct Unambiguous(pub Value);

impl<'de> Deserialize<'de> for Unambiguous {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue).map(Self)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Unambiguous(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some((key, Unambiguous(value))) = entries.next_entry::<String, _>()? {
            if map.insert(key, value).is_some() {
                return Err(A::Error::custom("a key twice"));
            }
        }
        Ok(Value::Object(map))
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
    use serde_json::json;

    #[test]
    fn what_says_a_thing_twice_is_no_json() {
        for text in [r#"{"a":1,"a":1}"#, r#"[{"b":{"a":1,"\u0061":2}}]"#] {
            assert!(serde_json::from_str::<Unambiguous>(text).is_err(), "{text}");
        }
        let all = r#"{"a":[null,true,-1,18446744073709551615,2.5,"x"],"b":{"a":{}}}"#;
        let Unambiguous(value) = serde_json::from_str(all).unwrap();
        assert_eq!(value, serde_json::from_str::<Value>(all).unwrap());
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
}
