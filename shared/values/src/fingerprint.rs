//! The meaning of a JSON value as a short text, so that two requests can be compared.
//!
//! Two values mean the same when they differ only in the order of object keys, in white space, in how a
//! character is escaped, or in how a number is written: `1`, `1.0` and `1e0` are one number, as in JavaScript,
//! whose clients can't tell them apart. Nothing else is forgiven: `"1"` is not `1`, `null` is not absent.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::{Map, Number, Value};
use sha2::{Digest, Sha256};

/// Above this a float names more than one integer, so that writing it as one would invent digits.
const LARGEST_EXACT_INTEGER: f64 = 9_007_199_254_740_991.0;

/// The value with sorted keys, no white space, and each number in its one form.
#[must_use]
pub fn canonical_json(value: &Value) -> String {
    let mut text = String::new();
    write_value(value, &mut text);
    text
}

/// A number in its one form. JSON's writer is in every function; `Display` of `f64` would add 6 KB (gzip) to it.
#[must_use]
pub fn canonical_number(number: f64) -> String {
    canonical_json(&Value::from(number))
}

/// SHA-256 of the canonical form, in hex.
#[must_use]
pub fn fingerprint(value: &Value) -> String {
    sha256_hex(canonical_json(value).as_bytes())
}

/// SHA-256, in hex.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Two lower-case digits a byte.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 0x0f])
        .filter_map(|nibble| char::from_digit(u32::from(nibble), 16))
        .collect()
}

fn write_value(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => write_object(fields, text),
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write_value(item, text);
            }
            text.push(']');
        }
        Value::Number(number) => text.push_str(&form_of(number)),
        Value::Null | Value::Bool(_) | Value::String(_) => text.push_str(&value.to_string()),
    }
}

/// Sorts by itself: whether the map is sorted depends on a feature that any crate of the build can turn on.
fn write_object(fields: &Map<String, Value>, text: &mut String) {
    let mut sorted: Vec<_> = fields.iter().collect();
    sorted.sort_unstable_by_key(|(key, _)| *key);
    text.push('{');
    for (index, (key, value)) in sorted.into_iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        text.push_str(&Value::from(key.as_str()).to_string());
        text.push(':');
        write_value(value, text);
    }
    text.push('}');
}

fn form_of(number: &Number) -> String {
    match number.as_f64() {
        // Exact, and without the exponent, the point and the -0 that a float may be written with.
        Some(float) if float % 1.0 == 0.0 && float.abs() <= LARGEST_EXACT_INTEGER => {
            (float as i64).to_string()
        }
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn canonical(text: &str) -> String {
        canonical_json(&serde_json::from_str(text).unwrap())
    }

    #[test]
    fn forgets_order_space_and_spelling() {
        assert_eq!(
            canonical(r#"{ "b" : [1, {"z":1,"a":"\u0041"}], "a":null }"#),
            r#"{"a":null,"b":[1,{"a":"A","z":1}]}"#
        );
    }

    #[test]
    fn a_number_has_one_form() {
        for (written, form) in [
            ("1", "1"),
            ("1.0", "1"),
            ("1e0", "1"),
            ("10e-1", "1"),
            ("-0.0", "0"),
            ("-3.0", "-3"),
            ("0.5", "0.5"),
            ("18446744073709551615", "18446744073709551615"),
            ("900719925474099.0", "900719925474099"),
            ("1e300", "1e+300"),
        ] {
            assert_eq!(canonical(written), form, "{written}");
        }
    }

    #[test]
    fn keeps_apart_what_differs() {
        let values = [
            json!({}),
            json!({ "a": null }),
            json!({ "a": 1 }),
            json!({ "a": "1" }),
            json!({ "a": [1] }),
            json!({ "a": 1.5 }),
            json!([{ "a": 1 }]),
            json!([1, 2]),
            json!([2, 1]),
        ];
        for (index, one) in values.iter().enumerate() {
            for other in &values[..index] {
                assert_ne!(fingerprint(one), fingerprint(other));
            }
        }
    }

    #[test]
    fn hashes_as_published() {
        // FIPS 180-2, appendix B.1.
        assert_eq!(
            sha256_hex(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            // Exact in a few digits: serde_json reads longer ones to within a unit of the last place.
            any::<i32>().prop_map(|number| Value::from(f64::from(number) / 64.0)),
            "\\PC{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                proptest::collection::btree_map("\\PC{0,4}", inner, 0..5)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn is_stable_under_a_round_trip(value in any_json()) {
            let once = canonical_json(&value);
            prop_assert_eq!(canonical(&once), once);
        }
    }
}
