//! What JSON can say and a table or an integer cannot hold.

use serde_json::Value;

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
