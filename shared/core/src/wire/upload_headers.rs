//! What an upload by a presigned request carries.

use alloc::borrow::ToOwned;
use alloc::string::String;

use serde::{Deserialize, Serialize};

/// Headers of an upload. All of them are signed, so that a client sends just these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UploadHeaders {
    /// The media type.
    #[serde(rename = "content-type")]
    pub content_type: String,
    /// Always `*`: the storage answers 412 where something lies already, and nothing is ever replaced.
    #[serde(rename = "if-none-match")]
    pub if_none_match: String,
}

impl UploadHeaders {
    /// Of a new object of this media type.
    #[must_use]
    pub fn new(content_type: &str) -> Self {
        Self {
            content_type: content_type.to_owned(),
            if_none_match: "*".to_owned(),
        }
    }

    /// By their names.
    #[must_use]
    pub fn pairs(&self) -> [(&'static str, &str); 2] {
        [
            ("content-type", &self.content_type),
            ("if-none-match", &self.if_none_match),
        ]
    }
}
