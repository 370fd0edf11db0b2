//! Reference images: how a submit names them, and how a worker gets them.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::body::{Body, Field, Nested};
use super::fields::Fields;
use super::kinds::{Choice, Kind, List, Number, named};
use crate::limits::MAX_KEY_BYTES;
use crate::{ApiError, Id};

/// What a reference image is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ReferenceType {
    /// Colours and strokes.
    Style,
    /// The arrangement of the picture.
    Composition,
    /// A person or figure. An upload of this kind needs the consent of whoever is shown.
    Character,
}

/// What a reference counts as when nothing is said: the kind that copies nobody's likeness.
pub const DEFAULT_REFERENCE_TYPE: ReferenceType = ReferenceType::Style;

/// How strongly a reference acts when nothing is said.
pub const DEFAULT_REFERENCE_STRENGTH: f64 = 0.8;

/// Weaker than this a reference does nothing, stronger than the end nothing else matters.
const STRENGTHS: core::ops::RangeInclusive<f64> = 0.1..=1.0;

/// The error code of a job whose worker cannot read a reference: a picture without it is not what was ordered.
pub const REFERENCE_UNREADABLE: &str = "reference_unreadable";

/// The bucket of uploaded references, which a bare key belongs to.
pub const REFERENCE_BUCKET: &str = "reference_images";

/// The bucket of saved results, which may serve as references too.
pub const WORKSPACE_BUCKET: &str = "workspace_assets";

/// Endings of pictures that a worker can read.
const EXTENSIONS: [&str; 4] = [".png", ".jpg", ".jpeg", ".webp"];

/// A reference image of a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reference {
    /// What it is taken for.
    #[serde(rename = "type")]
    pub kind: ReferenceType,
    /// The logical bucket.
    pub bucket: String,
    /// The key in it, under its owner's prefix.
    pub key: String,
    /// 0.1 to 1.0.
    pub strength: f64,
}

impl Reference {
    /// Whether it lies under this user's prefix.
    #[must_use]
    pub fn belongs_to(&self, user_id: Id) -> bool {
        self.key
            .strip_prefix(&format!("{user_id}/"))
            .is_some_and(|name| !name.is_empty())
    }
}

impl ReferenceType {
    /// Every type.
    pub const ALL: [Self; 3] = [Self::Style, Self::Composition, Self::Character];

    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Style => "style",
            Self::Composition => "composition",
            Self::Character => "character",
        }
    }
}

named!(ReferenceType);

pub(crate) const REFERENCES: Field<List<Nested>> = Field::optional(
    "references",
    List {
        of: Nested(&REFERENCE_BODY),
        items: 0..=ReferenceType::ALL.len(),
        meaning: "references",
    },
);
pub(crate) const REFERENCE_IMAGE_URL: Field<OwnObject> =
    Field::optional("reference_image_url", OwnObject);
pub(crate) const REFERENCE_TYPE: Field<Choice<ReferenceType>> =
    Field::optional("reference_type", Choice::new());
pub(crate) const REFERENCE_STRENGTH: Field<Number> =
    Field::optional("reference_strength", Number(STRENGTHS));

const TYPE: Field<Choice<ReferenceType>> = Field::required("type", Choice::new());
const KEY: Field<OwnObject> = Field::optional("key", OwnObject);
const URL: Field<OwnObject> = Field::optional("url", OwnObject);
const STRENGTH: Field<Number> = Field::optional("strength", Number(STRENGTHS));
const REFERENCE_BODY: Body = Body::closed("", &[&TYPE, &KEY, &URL, &STRENGTH]);

/// One of the caller's own objects, by its bucket and its key.
pub(crate) struct OwnObject;

impl Kind for OwnObject {
    type Value = (&'static str, String);

    fn read(&self, value: Value) -> Option<Self::Value> {
        let (bucket, key) = split_bucket(value.as_str()?)?;
        Some((bucket, key.to_owned()))
    }

    fn expected(&self) -> String {
        "the key of one of your own objects in reference_images or workspace_assets, not a URL"
            .to_owned()
    }

    #[cfg(feature = "schema")]
    fn schema(&self, _generator: &mut schemars::SchemaGenerator) -> Value {
        serde_json::json!({ "type": "string", "maxLength": MAX_KEY_BYTES })
    }
}

/// Reads the references of a submit's metadata: the list, or the single form of older clients.
pub(crate) fn take_references(metadata: &mut Fields) -> Result<Vec<Reference>, ApiError> {
    let single = take_single(metadata)?;
    let Some(items) = metadata.objects(&REFERENCES)? else {
        return Ok(single.into_iter().collect());
    };
    if single.is_some() {
        return Err(metadata.invalid(REFERENCES.name, "either this list or reference_image_url"));
    }
    let mut references: Vec<Reference> = Vec::with_capacity(items.len());
    for item in items {
        let reference = take_listed(item)?;
        if references.iter().any(|other| other.kind == reference.kind) {
            return Err(metadata.invalid(REFERENCES.name, "at most one reference of each type"));
        }
        references.push(reference);
    }
    Ok(references)
}

fn take_single(metadata: &mut Fields) -> Result<Option<Reference>, ApiError> {
    let kind = metadata.take(&REFERENCE_TYPE)?;
    let strength = metadata.take(&REFERENCE_STRENGTH)?;
    let object = metadata.take_unless_empty(&REFERENCE_IMAGE_URL)?;
    let kind = kind.unwrap_or(DEFAULT_REFERENCE_TYPE);
    Ok(object.map(|object| reference(kind, object, strength)))
}

fn take_listed(mut fields: Fields) -> Result<Reference, ApiError> {
    let kind = fields.need(&TYPE)?;
    let strength = fields.take(&STRENGTH)?;
    let object = match (fields.take(&KEY)?, fields.take(&URL)?) {
        (Some(object), None) | (None, Some(object)) => object,
        _ => return Err(fields.invalid(KEY.name, &OwnObject.expected())),
    };
    fields.finish()?;
    Ok(reference(kind, object, strength))
}

fn reference(
    kind: ReferenceType,
    (bucket, key): (&str, String),
    strength: Option<f64>,
) -> Reference {
    Reference {
        kind,
        bucket: bucket.to_owned(),
        key,
        strength: strength.unwrap_or(DEFAULT_REFERENCE_STRENGTH),
    }
}

/// Splits `bucket/owner/name.png` or `owner/name.png`; whose prefix it is, the plan checks.
fn split_bucket(value: &str) -> Option<(&'static str, &str)> {
    let (bucket, key) = [REFERENCE_BUCKET, WORKSPACE_BUCKET]
        .into_iter()
        .find_map(|bucket| {
            let key = value.strip_prefix(bucket)?.strip_prefix('/')?;
            Some((bucket, key))
        })
        .unwrap_or((REFERENCE_BUCKET, value));
    let clean = key.len() <= MAX_KEY_BYTES
        && key.contains('/')
        && key.split('/').all(is_plain_segment)
        && EXTENSIONS
            .iter()
            .any(|extension| key.to_ascii_lowercase().ends_with(extension));
    clean.then_some((bucket, key))
}

/// Whether a part of a key is a plain name: no dots alone, nothing that a URL or a path would interpret.
pub(crate) fn is_plain_segment(segment: &str) -> bool {
    !segment.is_empty()
        && !segment.starts_with('.')
        && !segment.contains("..")
        && segment
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    const OWNER: &str = "0188d1a4-7b3c-4f00-8a11-0123456789ab";

    fn references(metadata: &str) -> Result<Vec<Reference>, ApiError> {
        const BODY: Body = Body::open(
            "",
            &[
                &REFERENCES,
                &REFERENCE_IMAGE_URL,
                &REFERENCE_TYPE,
                &REFERENCE_STRENGTH,
            ],
        );
        take_references(&mut Fields::of(&BODY, metadata.as_bytes())?)
    }

    #[test]
    fn the_single_form_maps_onto_the_list() {
        let single = references(&format!(
            r#"{{"reference_image_url":"{OWNER}/a.png","reference_type":"style","reference_strength":0.5}}"#
        ));
        let list = references(&format!(
            r#"{{"references":[{{"type":"style","key":"reference_images/{OWNER}/a.png","strength":0.5}}]}}"#
        ));
        assert_eq!(single, list);
        assert!(single.unwrap()[0].belongs_to(OWNER.parse().unwrap()));
    }

    #[test]
    fn free_urls_and_path_tricks_are_refused() {
        for key in [
            "https://example.com/a.png",
            "http://169.254.169.254/latest.png",
            "//host/a.png",
            "a.png",
            "user/../other/a.png",
            "user/.png",
            "user/a.svg",
            "user/a.png\u{0}",
            "user\\a.png",
            "user/%2e%2e/a.png",
            "sdxl_image_fast/user/ä.png",
        ] {
            let body = serde_json::json!({ "reference_image_url": key }).to_string();
            let error = references(&body).unwrap_err();
            assert!(error.message.starts_with("reference_image_url"), "{key}");
        }
    }

    #[test]
    fn one_of_each_type() {
        let item = format!(r#"{{"type":"style","key":"{OWNER}/a.png"}}"#);
        assert!(references(&format!(r#"{{"references":[{item},{item}]}}"#)).is_err());
        assert!(references(&format!(r#"{{"references":[{item}]}}"#)).is_ok());
    }
}
