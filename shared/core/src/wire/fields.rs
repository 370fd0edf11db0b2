//! Reading JSON objects field by field, with failures that name the field and never its value.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Map, Value, json};

use super::body::{Body, Field, Nested, Others};
use super::change::Change;
use super::json::Unambiguous;
use super::kinds::{Kind, List};
use crate::limits::MAX_BODY_BYTES;
use crate::{ApiError, Code};

/// Characters of an unknown field's name that an error repeats.
const SHOWN_NAME_CHARS: usize = 40;

/// The fields of an object that are still to be read. `null` counts as absent, as JavaScript clients mean it.
pub(crate) struct Fields {
    path: String,
    body: &'static Body,
    map: Map<String, Value>,
    broken_rule: Option<ApiError>,
    /// What the parser asked for, which has to be what the table names.
    #[cfg(test)]
    asked: alloc::collections::BTreeSet<&'static str>,
}

impl Fields {
    /// The fields of a body.
    pub(crate) fn of(body: &'static Body, bytes: &[u8]) -> Result<Self, ApiError> {
        if bytes.len() > MAX_BODY_BYTES {
            return Err(ApiError::new(Code::PayloadTooLarge)
                .with_details(json!({ "field": "body", "limit": MAX_BODY_BYTES })));
        }
        if body.optional && bytes.is_empty() {
            return Ok(Self::within(String::new(), body, Map::new()));
        }
        match serde_json::from_slice(bytes).map(|Unambiguous(value)| value) {
            Ok(Value::Object(map)) => Ok(Self::within(String::new(), body, map)),
            Ok(_) => Err(ApiError::invalid_field("body", "a JSON object")),
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

    /// The fields of an object that was read as a part of something else.
    pub(crate) fn of_object(body: &'static Body, map: Map<String, Value>) -> Self {
        Self::within(String::new(), body, map)
    }

    /// The fields of the object at `path`.
    fn within(path: String, body: &'static Body, map: Map<String, Value>) -> Self {
        Self {
            path,
            body,
            broken_rule: body.broken_rule(&map),
            map,
            #[cfg(test)]
            asked: alloc::collections::BTreeSet::new(),
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

    fn remove(&mut self, name: &'static str) -> Option<Value> {
        #[cfg(test)]
        {
            assert!(self.body.has(name), "{name} is in no table");
            self.asked.insert(name);
        }
        self.map.remove(name)
    }

    fn read<K: Kind>(&self, field: &Field<K>, value: Value) -> Result<K::Value, ApiError> {
        field
            .kind
            .read(value)
            .ok_or_else(|| field.kind.refusal(&self.name_of(field.name)))
    }

    /// Takes a field out.
    pub(crate) fn take<K: Kind>(&mut self, field: &Field<K>) -> Result<Option<K::Value>, ApiError> {
        match self.remove(field.name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => self.read(field, value).map(Some),
        }
    }

    /// Takes a field out for which older clients send an empty text where there is nothing.
    pub(crate) fn take_unless_empty<K: Kind>(
        &mut self,
        field: &Field<K>,
    ) -> Result<Option<K::Value>, ApiError> {
        match self.remove(field.name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(value) => self.read(field, value).map(Some),
        }
    }

    /// Takes a field out that has to be there.
    pub(crate) fn need<K: Kind>(&mut self, field: &Field<K>) -> Result<K::Value, ApiError> {
        self.take(field)?
            .ok_or_else(|| field.kind.missing(&self.name_of(field.name)))
    }

    /// Takes a field out, telling `null` from absent.
    pub(crate) fn change<K: Kind>(
        &mut self,
        field: &Field<K>,
    ) -> Result<Change<K::Value>, ApiError> {
        match self.remove(field.name) {
            None => Ok(Change::Keep),
            Some(Value::Null) => Ok(Change::Clear),
            Some(value) => match field.kind.read(value) {
                Some(value) => Ok(Change::Set(value)),
                None => {
                    let expected = format!("{} or null", field.kind.expected());
                    Err(self.invalid(field.name, &expected))
                }
            },
        }
    }

    /// Takes a field out that counts as absent when it is not as it should be.
    pub(crate) fn take_leniently<K: Kind>(&mut self, field: &Field<K>) -> Option<K::Value> {
        self.remove(field.name)
            .and_then(|value| field.kind.read(value))
    }

    /// Takes an object out.
    pub(crate) fn object(&mut self, field: &Field<Nested>) -> Result<Option<Self>, ApiError> {
        let map = self.take(field)?;
        Ok(map.map(|map| Self::within(self.name_of(field.name), field.kind.0, map)))
    }

    /// Takes an object out that counts as absent when it is none.
    pub(crate) fn object_leniently(&mut self, field: &Field<Nested>) -> Option<Self> {
        let map = self.take_leniently(field)?;
        Some(Self::within(self.name_of(field.name), field.kind.0, map))
    }

    /// Takes a list of objects out.
    pub(crate) fn objects(
        &mut self,
        field: &Field<List<Nested>>,
    ) -> Result<Option<Vec<Self>>, ApiError> {
        let items = match self.remove(field.name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Array(items)) if field.kind.items.contains(&items.len()) => items,
            Some(_) => return Err(field.kind.refusal(&self.name_of(field.name))),
        };
        let objects = items.into_iter().enumerate().map(|(index, item)| {
            let path = self.name_of(&format!("{}[{index}]", field.name));
            match field.kind.of.read(item) {
                Some(map) => Ok(Self::within(path, field.kind.of.0, map)),
                None => Err(field.kind.of.refusal(&path)),
            }
        });
        objects.collect::<Result<_, _>>().map(Some)
    }

    /// Takes a list of objects out, of which whatever is not as it should be counts as absent.
    pub(crate) fn objects_leniently(&mut self, field: &Field<List<Nested>>) -> Vec<Self> {
        let Some(Value::Array(items)) = self.remove(field.name) else {
            return Vec::new();
        };
        let read = |item| field.kind.of.read(item);
        let maps = items
            .into_iter()
            .take(*field.kind.items.end())
            .filter_map(read);
        let path = self.name_of(field.name);
        maps.map(|map| Self::within(path.clone(), field.kind.of.0, map))
            .collect()
    }

    /// What was not taken.
    pub(crate) fn rest(self) -> Map<String, Value> {
        #[cfg(test)]
        self.assert_all_read();
        self.map
    }

    #[cfg(test)]
    fn assert_all_read(&self) {
        for field in self.body.fields {
            let name = field.name();
            assert!(self.asked.contains(name), "{name} is read by no parser");
        }
    }

    /// Refuses by name what a closed body does not know, so that a typing error shows instead of being ignored, and
    /// fields that do not go together.
    pub(crate) fn finish(self) -> Result<(), ApiError> {
        #[cfg(test)]
        self.assert_all_read();
        if self.body.others == Others::Refused
            && let Some(name) = self.map.keys().next()
        {
            return Err(self.unknown(name));
        }
        self.broken_rule.map_or(Ok(()), Err)
    }

    fn unknown(&self, name: &str) -> ApiError {
        let shown: String = name
            .chars()
            .filter(|character| !character.is_control())
            .take(SHOWN_NAME_CHARS)
            .collect();
        let field = self.name_of(&shown);
        let known: Vec<&str> = self.body.fields.iter().map(|field| field.name()).collect();
        ApiError::new(Code::InvalidRequest)
            .with_message(format!("{field}: there is no such field."))
            .with_details(json!({ "field": field, "expected": "a known field", "known": known }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::kinds::Whole;
    use alloc::string::ToString;

    const INNER: Field<Whole<u8>> = Field::optional("inner", Whole::new(0, 9));
    const METADATA: Field<Nested> = Field::optional("metadata", Nested(&Body::open("", &[&INNER])));
    const BODY: Body = Body::closed("Test", &[&METADATA]);

    fn fields(body: &str) -> Fields {
        Fields::of(&BODY, body.as_bytes()).unwrap()
    }

    #[test]
    fn failures_name_the_field_and_not_its_value() {
        let mut fields = fields(r#"{"metadata":{"inner":"hunter2"}}"#);
        let mut metadata = fields.object(&METADATA).unwrap().unwrap();
        let error = metadata.take(&INNER).unwrap_err();
        assert_eq!(
            error.message,
            "metadata.inner: expected a whole number from 0 to 9."
        );
        assert!(!error.to_body("r").to_string().contains("hunter2"));
    }

    #[test]
    fn unknown_fields_are_refused_by_name() {
        let mut fields = fields(r#"{"metaData":1}"#);
        fields.object(&METADATA).unwrap();
        let error = fields.finish().unwrap_err();
        assert_eq!(error.message, "metaData: there is no such field.");
        assert_eq!(
            error.details.as_ref().unwrap()["known"],
            json!(["metadata"])
        );
    }

    #[test]
    fn bodies_that_are_no_objects() {
        for body in ["", "[]", "\"text\"", "{", "null", "{\"a\":\"\\ud800\"}"] {
            let error = Fields::of(&BODY, body.as_bytes()).err().unwrap();
            assert_eq!(error.code, Code::InvalidRequest, "{body}");
        }
        let mut largest = b"{}".to_vec();
        largest.resize(MAX_BODY_BYTES, b' ');
        assert!(Fields::of(&BODY, &largest).is_ok());
        let large = alloc::vec![b' '; MAX_BODY_BYTES + 1];
        assert_eq!(
            Fields::of(&BODY, &large).err().unwrap().code,
            Code::PayloadTooLarge
        );
    }
}
