//! JSON of every form, and bodies that are almost right.

use proptest::prelude::*;
use serde_json::{Map, Number, Value, json};

/// Texts with what parsers stumble over.
pub fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => ".{0,40}",
        1 => Just(String::new()),
        1 => Just("\0".to_owned()),
        1 => Just("../../etc/passwd".to_owned()),
        1 => Just("https://example.com/a.png".to_owned()),
        1 => Just("11111111-1111-4111-8111-111111111111".to_owned()),
        1 => Just("ä🌊\u{202e}\u{200d}".repeat(30)),
        1 => "[a-z0-9_/.]{0,60}(\\.png|\\.mp4)?",
    ]
}

/// Any number that JSON can hold.
fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| Number::from_f64(number).map_or(Value::Null, Value::Number)),
        (-10i64..200).prop_map(Value::from),
    ]
}

/// Any JSON, a few levels deep.
pub fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        number(),
        text().prop_map(Value::String),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
            prop::collection::btree_map(text(), inner, 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// The body, with some of the named fields replaced by anything, missing, or joined by unknown ones.
pub fn disturbed(body: Value, fields: &'static [&'static str]) -> impl Strategy<Value = Value> {
    let change = (prop::sample::select(fields), prop::option::of(any_json()));
    let stranger = prop::option::weighted(0.1, (text(), any_json()));
    (prop::collection::vec(change, 0..4), stranger).prop_map(move |(changes, stranger)| {
        let mut fields: Map<String, Value> = body.as_object().unwrap().clone();
        for (path, value) in changes {
            set(&mut fields, path, value);
        }
        fields.extend(stranger);
        Value::Object(fields)
    })
}

/// Sets or takes away a field by its dotted path.
fn set(fields: &mut Map<String, Value>, path: &str, value: Option<Value>) {
    match (path.split_once('.'), value) {
        (Some((outer, inner)), value) => {
            if let Value::Object(nested) = fields.entry(outer).or_insert_with(|| json!({})) {
                set(nested, inner, value);
            }
        }
        (None, Some(value)) => {
            fields.insert(path.to_owned(), value);
        }
        (None, None) => {
            fields.remove(path);
        }
    }
}
