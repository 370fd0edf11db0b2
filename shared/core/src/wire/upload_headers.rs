//! What an upload by a presigned request carries.

use alloc::string::String;

use serde::{Deserialize, Serialize};

/// Headers of an upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UploadHeaders {
    /// The media type.
    #[serde(rename = "content-type")]
    pub content_type: String,
}
