//! How a browser asks for a link to upload a reference image with, and what it gets.

use alloc::format;
use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::body::{Body, Field};
use super::fields::Fields;
use super::kinds::{Choice, Flag, OneOf, Size};
use super::references::{DEFAULT_REFERENCE_TYPE, ReferenceType};
use super::rpc::MakeReference;
use super::upload_headers::UploadHeaders;
use crate::limits::{MAX_REFERENCE_BYTES, MAX_REFERENCES, MAX_REFERENCES_BYTES};
use crate::{ApiError, Id};

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

const UPLOAD_TYPE: Field<Choice<ReferenceType>> = Field::optional("type", Choice::new());
const CONTENT_TYPE: Field<OneOf> = Field::required(
    "contentType",
    OneOf(&["image/png", "image/jpeg", "image/webp"]),
);
const BYTES: Field<Size> = Field::required("bytes", Size(MAX_REFERENCE_BYTES.cast_signed()));
const CONSENT: Field<Flag> = Field::optional("consent", Flag)
    .about("That the person shown has agreed; `character` needs it.");

/// The body of an upload.
pub(crate) const UPLOAD_BODY: Body = Body::closed(
    "ReferenceUploadRequest",
    &[&UPLOAD_TYPE, &CONTENT_TYPE, &BYTES, &CONSENT],
);

impl ReferenceUploadRequest {
    /// Reads a body.
    ///
    /// # Errors
    ///
    /// Names the first field that is not what it should be; 403 without the consent that `character` needs.
    pub fn parse(body: &[u8]) -> Result<Self, ApiError> {
        let mut fields = Fields::of(&UPLOAD_BODY, body)?;
        let kind = fields.take(&UPLOAD_TYPE)?.unwrap_or(DEFAULT_REFERENCE_TYPE);
        let content_type = fields.need(&CONTENT_TYPE)?;
        let bytes = fields.need(&BYTES)?;
        let consent = fields.take(&CONSENT)?.unwrap_or(false);
        fields.finish()?;
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

    /// What to record before a link with this fresh id is handed out.
    #[must_use]
    pub fn record(&self, user_id: Id, upload_id: Id) -> MakeReference {
        MakeReference {
            p_user_id: user_id,
            p_key: self.key(user_id, upload_id),
            p_type: self.kind,
            p_consent: self.consent,
            p_bytes: self.bytes,
            p_most: MAX_REFERENCES,
            p_most_bytes: MAX_REFERENCES_BYTES,
        }
    }

    fn key(&self, user_id: Id, upload_id: Id) -> String {
        let extension = match self.content_type {
            "image/jpeg" => "jpg",
            "image/webp" => "webp",
            _ => "png",
        };
        format!("{user_id}/{upload_id}.{extension}")
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
    pub headers: UploadHeaders,
    /// RFC 3339.
    pub expires_at: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::kinds::Kind;
    use crate::wire::references::OwnObject;
    use alloc::string::ToString;

    const OWNER: &str = "0188d1a4-7b3c-4f00-8a11-0123456789ab";

    #[test]
    fn a_character_needs_consent() {
        let body = |consent: bool| {
            serde_json::json!({ "type": "character", "contentType": "image/png", "bytes": 10, "consent": consent })
                .to_string()
        };
        assert!(ReferenceUploadRequest::parse(body(false).as_bytes()).is_err());
        let request = ReferenceUploadRequest::parse(body(true).as_bytes()).unwrap();
        let id = Id::from_bytes([0; 16]);
        let record = request.record(OWNER.parse().unwrap(), id);
        assert!(
            OwnObject.read(record.p_key.into()).is_some(),
            "what is handed out can be referred to"
        );
        assert_eq!(
            (record.p_type, record.p_consent, record.p_bytes),
            (ReferenceType::Character, true, 10)
        );
    }
}
