//! In which format a file is written.

use serde::Serialize;

/// A format of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileType {
    Png,
    Jpeg,
    Mp4,
}

impl FileType {
    /// A file's ending, without the dot.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Mp4 => "mp4",
        }
    }

    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Mp4 => "video/mp4",
        }
    }
}

/// In which format pictures are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum OutputFormat {
    /// Without any loss, three to ten times as large.
    Png,
    /// With losses that `output_quality` decides about.
    Jpeg,
}

impl OutputFormat {
    /// Every format; the first where an order names none.
    pub const ALL: [Self; 2] = [Self::Png, Self::Jpeg];

    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpeg",
        }
    }

    #[must_use]
    pub const fn file_type(self) -> FileType {
        match self {
            Self::Png => FileType::Png,
            Self::Jpeg => FileType::Jpeg,
        }
    }
}
