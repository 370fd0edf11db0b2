//! The description of a body: a table of its fields, which its parser and the API's description read.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

#[cfg(feature = "schema")]
use schemars::SchemaGenerator;
#[cfg(feature = "schema")]
use serde_json::json;
use serde_json::{Map, Value};

use super::kinds::{Kind, any_of};
use crate::ApiError;

/// A field of a body.
pub(crate) struct Field<K> {
    pub name: &'static str,
    pub kind: K,
    presence: Presence,
    about: &'static str,
    newer: Option<&'static str>,
}

/// Whether a field has to be there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Presence {
    Required,
    /// `null` counts as absent, as JavaScript clients mean it, or empties what is there.
    Nullable,
    /// `null` counts as absent, and a body of nothing else says nothing.
    Given,
}

impl<K> Field<K> {
    const fn new(name: &'static str, kind: K, presence: Presence) -> Self {
        Self {
            name,
            kind,
            presence,
            about: "",
            newer: None,
        }
    }

    /// A field that has to be there.
    pub(crate) const fn required(name: &'static str, kind: K) -> Self {
        Self::new(name, kind, Presence::Required)
    }

    /// A field that may be absent or null.
    pub(crate) const fn optional(name: &'static str, kind: K) -> Self {
        Self::new(name, kind, Presence::Nullable)
    }

    /// A field that may be absent.
    pub(crate) const fn given(name: &'static str, kind: K) -> Self {
        Self::new(name, kind, Presence::Given)
    }

    /// What its name does not tell.
    pub(crate) const fn about(mut self, about: &'static str) -> Self {
        self.about = about;
        self
    }

    /// The older name of another field.
    pub(crate) const fn older_name_of(mut self, newer: &'static str) -> Self {
        self.newer = Some(newer);
        self
    }
}

/// A field in a table.
pub(crate) trait Described: Sync {
    fn name(&self) -> &'static str;

    /// Whether the body says something by it.
    fn is_in(&self, map: &Map<String, Value>) -> bool;

    #[cfg(feature = "schema")]
    fn is_required(&self) -> bool;

    #[cfg(feature = "schema")]
    fn property(&self, generator: &mut SchemaGenerator) -> Value;
}

impl<K: Kind + Sync> Described for Field<K> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn is_in(&self, map: &Map<String, Value>) -> bool {
        map.get(self.name)
            .is_some_and(|value| self.presence == Presence::Nullable || !value.is_null())
    }

    #[cfg(feature = "schema")]
    fn is_required(&self) -> bool {
        self.presence == Presence::Required
    }

    #[cfg(feature = "schema")]
    fn property(&self, generator: &mut SchemaGenerator) -> Value {
        let mut schema = self.kind.schema(generator);
        if self.presence == Presence::Nullable {
            schema = nullable(schema);
        }
        if !self.about.is_empty() {
            schema["description"] = json!(self.about);
        }
        if let Some(newer) = self.newer {
            schema["deprecated"] = json!(true);
            schema["description"] = json!(format!("The older name of `{newer}`."));
        }
        schema
    }
}

/// What becomes of fields that the table does not name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Others {
    /// A typing error shows instead of being ignored.
    Refused,
    /// They are somebody else's, or of a newer version.
    Taken,
}

/// What has to hold between fields.
#[derive(Clone, Copy)]
pub(crate) enum Rule {
    None,
    /// A change has to change something.
    Any,
    /// Exactly one of several.
    OneOf(&'static [&'static dyn Described]),
    /// One of two names of the same thing.
    #[cfg_attr(
        not(feature = "schema"),
        expect(dead_code, reason = "the parser reads both names")
    )]
    EitherName(&'static dyn Described, &'static dyn Described),
}

/// A body.
#[derive(Clone, Copy)]
pub(crate) struct Body {
    /// What the description calls it; what lies within another body has no name.
    #[cfg_attr(
        not(feature = "schema"),
        expect(dead_code, reason = "for the description")
    )]
    pub name: &'static str,
    pub fields: &'static [&'static dyn Described],
    pub others: Others,
    pub rule: Rule,
    pub about: &'static str,
    /// Whether a request may do without.
    pub optional: bool,
}

impl Body {
    /// A body of these fields alone.
    pub(crate) const fn closed(
        name: &'static str,
        fields: &'static [&'static dyn Described],
    ) -> Self {
        Self {
            name,
            fields,
            others: Others::Refused,
            rule: Rule::None,
            about: "",
            optional: false,
        }
    }

    /// A body that may say more.
    pub(crate) const fn open(
        name: &'static str,
        fields: &'static [&'static dyn Described],
    ) -> Self {
        Self {
            others: Others::Taken,
            ..Self::closed(name, fields)
        }
    }

    pub(crate) const fn with(mut self, rule: Rule) -> Self {
        self.rule = rule;
        self
    }

    pub(crate) const fn about(mut self, about: &'static str) -> Self {
        self.about = about;
        self
    }

    /// A body that a request may do without; nothing is an object without fields.
    pub(crate) const fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// Whether this is one of the fields.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|field| field.name() == name)
    }

    /// What is wrong between the fields of an object, if something is.
    pub(crate) fn broken_rule(&self, map: &Map<String, Value>) -> Option<ApiError> {
        match self.rule {
            Rule::None | Rule::EitherName(..) => None,
            Rule::Any => {
                let names = self.fields.iter().map(|field| field.name());
                let is_empty = !self.fields.iter().any(|field| field.is_in(map));
                is_empty.then(|| ApiError::invalid_field("body", &any_of(names)))
            }
            Rule::OneOf(choices) => {
                let given = choices.iter().filter(|field| field.is_in(map)).count();
                let names: Vec<&str> = choices.iter().map(|field| field.name()).collect();
                let (first, rest) = names.split_first()?;
                (given != 1).then(|| {
                    let expected = format!("either {first} or {}", rest.join(" or "));
                    ApiError::invalid_field(first, &expected)
                })
            }
        }
    }

    /// As JSON Schema.
    #[cfg(feature = "schema")]
    pub(crate) fn schema(&self, generator: &mut SchemaGenerator) -> Value {
        let Rule::OneOf(choices) = self.rule else {
            return self.object(generator, |_| true, &|field| field.is_required());
        };
        let is_choice = |name: &str| choices.iter().any(|field| field.name() == name);
        let objects = choices.iter().map(|chosen| {
            let is_in =
                |field: &dyn Described| field.name() == chosen.name() || !is_choice(field.name());
            self.object(generator, is_in, &|field| field.name() == chosen.name())
        });
        json!({ "oneOf": objects.collect::<Vec<_>>() })
    }

    #[cfg(feature = "schema")]
    fn object(
        &self,
        generator: &mut SchemaGenerator,
        is_in: impl Fn(&dyn Described) -> bool,
        is_required: &dyn Fn(&dyn Described) -> bool,
    ) -> Value {
        if self.fields.is_empty() {
            return json!({ "type": "object" });
        }
        let fields = || self.fields.iter().copied().filter(|field| is_in(*field));
        let properties: Map<String, Value> = fields()
            .map(|field| (field.name().into(), field.property(generator)))
            .collect();
        let required: Vec<&str> = fields()
            .filter(|field| is_required(*field))
            .map(Described::name)
            .collect();
        let mut schema =
            json!({ "type": "object", "required": required, "properties": properties });
        if self.others == Others::Refused {
            schema["additionalProperties"] = json!(false);
        }
        if !self.about.is_empty() {
            schema["description"] = json!(self.about);
        }
        match self.rule {
            Rule::Any => schema["minProperties"] = json!(1),
            Rule::EitherName(one, other) => {
                let choices = [one, other].map(|field| json!({ "required": [field.name()] }));
                schema["anyOf"] = json!(choices);
            }
            Rule::None | Rule::OneOf(_) => {}
        }
        schema
    }
}

/// An object within a body.
pub(crate) struct Nested(pub &'static Body);

impl Kind for Nested {
    type Value = Map<String, Value>;

    fn read(&self, value: Value) -> Option<Self::Value> {
        match value {
            Value::Object(map) => Some(map),
            _ => None,
        }
    }

    fn expected(&self) -> String {
        "an object".into()
    }

    #[cfg(feature = "schema")]
    fn schema(&self, generator: &mut SchemaGenerator) -> Value {
        self.0.schema(generator)
    }
}

/// The same, or `null`.
#[cfg(feature = "schema")]
fn nullable(mut schema: Value) -> Value {
    match schema.get("type").cloned() {
        Some(Value::String(kind)) => {
            schema["type"] = json!([kind, "null"]);
            if let Some(values) = schema.get_mut("enum").and_then(Value::as_array_mut) {
                values.push(Value::Null);
            }
            schema
        }
        // It takes null already.
        Some(_) => schema,
        None if schema.as_object().is_some_and(Map::is_empty) => schema,
        None => json!({ "anyOf": [schema, { "type": "null" }] }),
    }
}
