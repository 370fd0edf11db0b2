//! Reference images: how a submit names them, how a worker gets them, and how a browser uploads one.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::fields::Fields;
use crate::limits::{MAX_KEY_BYTES, MAX_REFERENCE_BYTES};
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

/// The bucket of uploaded references, which a bare key belongs to.
pub const REFERENCE_BUCKET: &str = "reference_images";

/// The bucket of saved results, which may serve as references too.
pub const WORKSPACE_BUCKET: &str = "workspace_assets";

/// Endings of pictures that a worker can read.
const EXTENSIONS: [&str; 4] = [".png", ".jpg", ".jpeg", ".webp"];

const EXPECTED_KEY: &str =
    "the key of one of your own objects in reference_images or workspace_assets, not a URL";

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

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// Reads the references of a submit's metadata: the list, or the single form of older clients.
pub(crate) fn take_references(metadata: &mut Fields) -> Result<Vec<Reference>, ApiError> {
    let single = take_single(metadata)?;
    let Some(items) = metadata.list("references", ReferenceType::ALL.len())? else {
        return Ok(single.into_iter().collect());
    };
    if single.is_some() {
        return Err(metadata.invalid("references", "either this list or reference_image_url"));
    }
    let mut references: Vec<Reference> = Vec::with_capacity(items.len());
    for (index, item) in items.into_iter().enumerate() {
        let path = metadata.name_of(&format!("references[{index}]"));
        let reference = take_listed(Fields::of_value(&path, item)?)?;
        if references.iter().any(|other| other.kind == reference.kind) {
            return Err(metadata.invalid("references", "at most one reference of each type"));
        }
        references.push(reference);
    }
    Ok(references)
}

fn take_single(metadata: &mut Fields) -> Result<Option<Reference>, ApiError> {
    let kind = take_type(metadata, "reference_type")?;
    let strength = metadata.number("reference_strength", STRENGTHS)?;
    // Older forms send an empty text for "none".
    let value = metadata
        .take("reference_image_url")
        .filter(|value| value.as_str() != Some(""));
    let Some(value) = value else { return Ok(None) };
    reference(metadata, "reference_image_url", &value, kind, strength).map(Some)
}

fn take_listed(mut fields: Fields) -> Result<Reference, ApiError> {
    let kind = take_type(&mut fields, "type")?;
    if kind.is_none() {
        return Err(fields.missing("type", "style, composition or character"));
    }
    let strength = fields.number("strength", STRENGTHS)?;
    let (name, value) = match (fields.take("key"), fields.take("url")) {
        (Some(key), None) => ("key", key),
        (None, Some(url)) => ("url", url),
        _ => return Err(fields.missing("key", EXPECTED_KEY)),
    };
    let reference = reference(&fields, name, &value, kind, strength)?;
    fields.refuse_rest(&["type", "key", "url", "strength"])?;
    Ok(reference)
}

fn take_type(fields: &mut Fields, field: &str) -> Result<Option<ReferenceType>, ApiError> {
    match fields.take(field) {
        None => Ok(None),
        Some(value) => match value.as_str().and_then(ReferenceType::from_name) {
            Some(kind) => Ok(Some(kind)),
            None => Err(fields.invalid(field, "style, composition or character")),
        },
    }
}

fn reference(
    fields: &Fields,
    field: &str,
    value: &Value,
    kind: Option<ReferenceType>,
    strength: Option<f64>,
) -> Result<Reference, ApiError> {
    let Some((bucket, key)) = value.as_str().and_then(split_bucket) else {
        return Err(fields.invalid(field, EXPECTED_KEY));
    };
    Ok(Reference {
        kind: kind.unwrap_or(DEFAULT_REFERENCE_TYPE),
        bucket: bucket.to_owned(),
        key: key.to_owned(),
        strength: strength.unwrap_or(DEFAULT_REFERENCE_STRENGTH),
    })
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

/// As many bytes as [`is_picture`] looks at.
pub const MAGIC_BYTES: u16 = 12;

/// Whether a file begins as a PNG, JPEG or WebP does. Its name and its media type are only what a client said.
#[must_use]
pub fn is_picture(first_bytes: &[u8]) -> bool {
    first_bytes.starts_with(b"\x89PNG\r\n\x1a\n")
        || first_bytes.starts_with(b"\xff\xd8\xff")
        || (first_bytes.starts_with(b"RIFF") && first_bytes.get(8..12) == Some(b"WEBP".as_slice()))
}

/// The body of `POST /api/references`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferenceUploadRequest {
    /// What it will be used for.
    pub kind: ReferenceType,
    /// `image/png`, `image/jpeg` or `image/webp`.
    pub content_type: &'static str,
    /// Its size.
    pub bytes: u64,
    /// Whether the person shown agrees; must be true for `character`.
    pub consent: bool,
}

/// Media types of references with the endings of their files.
const MEDIA_TYPES: [(&str, &str); 3] = [
    ("image/png", "png"),
    ("image/jpeg", "jpg"),
    ("image/webp", "webp"),
];

impl ReferenceUploadRequest {
    const FIELDS: [&str; 4] = ["type", "contentType", "bytes", "consent"];

    /// Reads a body.
    ///
    /// # Errors
    ///
    /// Names the first field that is not what it should be; 403 without the consent that `character` needs.
    pub fn parse(body: &[u8]) -> Result<Self, ApiError> {
        let mut fields = Fields::of_body(body)?;
        let kind = take_type(&mut fields, "type")?.unwrap_or(DEFAULT_REFERENCE_TYPE);
        let content_type = fields
            .text("contentType", MAX_KEY_BYTES)?
            .and_then(|given| MEDIA_TYPES.into_iter().find(|(known, _)| *known == given))
            .map(|(known, _)| known)
            .ok_or_else(|| fields.missing("contentType", "image/png, image/jpeg or image/webp"))?;
        let limit = i64::try_from(MAX_REFERENCE_BYTES).unwrap_or(i64::MAX);
        let bytes = fields
            .integer("bytes", 1..=limit)?
            .and_then(|bytes| u64::try_from(bytes).ok())
            .ok_or_else(|| fields.missing("bytes", "the file's size in bytes"))?;
        let consent = fields.boolean("consent")?.unwrap_or(false);
        fields.refuse_rest(&Self::FIELDS)?;
        if kind == ReferenceType::Character && !consent {
            return Err(ApiError::invalid_field(
                "consent",
                "true: the person shown has agreed",
            ));
        }
        Ok(Self {
            kind,
            content_type,
            bytes,
            consent,
        })
    }

    /// The key for an upload with this fresh id.
    #[must_use]
    pub fn key(&self, user_id: Id, upload_id: Id) -> String {
        let extension = MEDIA_TYPES
            .into_iter()
            .find(|(known, _)| *known == self.content_type)
            .map_or("png", |(_, extension)| extension);
        format!("{user_id}/{}_{upload_id}.{extension}", self.kind.as_str())
    }
}

/// The answer of `POST /api/references`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ReferenceUploadReply {
    /// Always true.
    pub success: bool,
    /// What a submit takes as `references[].key`.
    pub key: String,
    /// The logical bucket.
    pub bucket: String,
    /// Where to send the file.
    pub url: String,
    /// How: always `PUT`.
    pub method: String,
    /// Headers that the upload must carry, as they are signed.
    pub headers: super::upload_headers::UploadHeaders,
    /// RFC 3339.
    pub expires_at: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    const OWNER: &str = "0188d1a4-7b3c-4f00-8a11-0123456789ab";

    fn references(metadata: &str) -> Result<Vec<Reference>, ApiError> {
        let value = serde_json::from_str(metadata).unwrap();
        take_references(&mut Fields::of_value("metadata", value)?)
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
            assert!(
                error.message.starts_with("metadata.reference_image_url"),
                "{key}"
            );
        }
    }

    #[test]
    fn one_of_each_type() {
        let item = format!(r#"{{"type":"style","key":"{OWNER}/a.png"}}"#);
        assert!(references(&format!(r#"{{"references":[{item},{item}]}}"#)).is_err());
        assert!(references(&format!(r#"{{"references":[{item}]}}"#)).is_ok());
    }

    #[test]
    fn pictures_are_known_by_their_first_bytes() {
        let pictures: [&[u8]; 3] = [
            b"\x89PNG\r\n\x1a\n\0\0\0\r",
            b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01",
            b"RIFF\x24\0\0\0WEBP",
        ];
        for bytes in pictures {
            assert!(is_picture(bytes) && bytes.len() == usize::from(MAGIC_BYTES));
        }
        let others: [&[u8]; 5] = [
            b"",
            b"RIFF",
            b"RIFF\x24\0\0\0WAVE",
            b"<svg xmlns=",
            b"GIF89a\x01\0\x01\0\0\0",
        ];
        for bytes in others {
            assert!(!is_picture(bytes), "{bytes:?}");
        }
    }

    #[test]
    fn a_character_needs_consent() {
        let body = |consent: bool| {
            serde_json::json!({ "type": "character", "contentType": "image/png", "bytes": 10, "consent": consent })
                .to_string()
        };
        assert!(ReferenceUploadRequest::parse(body(false).as_bytes()).is_err());
        let request = ReferenceUploadRequest::parse(body(true).as_bytes()).unwrap();
        let id = Id::from_bytes([0; 16]);
        let key = request.key(OWNER.parse().unwrap(), id);
        assert!(
            split_bucket(&key).is_some(),
            "what is handed out can be referred to"
        );
    }
}
