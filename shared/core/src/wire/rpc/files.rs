//! The files of an attempt.

use alloc::string::String;

use serde::{Deserialize, Serialize};

/// Where one file of one attempt goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AttemptKey {
    /// Which asset.
    pub index: u8,
    /// What it is of the asset.
    pub role: Role,
    /// The logical bucket.
    pub bucket: String,
    /// The key in it.
    pub key: String,
}

/// What a file is of its asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The picture itself.
    Image,
    /// The video itself.
    Video,
    /// A small JPEG of a picture.
    Thumbnail,
    /// The first frame of a video as JPEG.
    Poster,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 4] = [Self::Image, Self::Video, Self::Thumbnail, Self::Poster];

    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Thumbnail => "thumbnail",
            Self::Poster => "poster",
        }
    }
}
