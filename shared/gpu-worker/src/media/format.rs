//! The format that pictures are ordered in.

use ourvidz_core::file_type::FileType;
use ourvidz_core::limits::DEFAULT_OUTPUT_QUALITY;
use serde_json::Value;

use super::{ImageMetadata, MediaError, Picture, encode_jpeg, encode_png};
use crate::credentials::FileKind;

/// How a finished picture is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureFormat {
    Png,
    Jpeg {
        /// 1 to 100.
        quality: u8,
    },
}

impl PictureFormat {
    /// What a payload asks for: a PNG unless it says that it wants a JPEG.
    #[must_use]
    pub fn ordered(payload: &Value) -> Self {
        let config = &payload["config"];
        if config["file_extension"] != FileType::Jpeg.extension() {
            return Self::Png;
        }
        let quality = config["output_quality"].as_u64();
        let quality = quality.and_then(|quality| u8::try_from(quality).ok());
        Self::Jpeg {
            quality: quality.unwrap_or(DEFAULT_OUTPUT_QUALITY).clamp(1, 100),
        }
    }

    /// The file, without its signature.
    ///
    /// # Errors
    ///
    /// When the encoder refuses, which only impossible sizes cause.
    pub fn encode(
        self,
        picture: &Picture,
        metadata: &ImageMetadata,
    ) -> Result<Vec<u8>, MediaError> {
        match self {
            Self::Png => encode_png(picture, metadata),
            Self::Jpeg { quality } => encode_jpeg(picture, metadata, quality),
        }
    }

    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => FileType::Png.media_type(),
            Self::Jpeg { .. } => FileType::Jpeg.media_type(),
        }
    }

    /// Where its signature goes.
    pub const fn signed_as(self) -> FileKind {
        match self {
            Self::Png => FileKind::Png,
            Self::Jpeg { .. } => FileKind::Jpeg,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_payload_of_any_age_has_a_format() {
        let of = |config: Value| PictureFormat::ordered(&json!({ "config": config }));
        assert_eq!(of(Value::Null), PictureFormat::Png);
        assert_eq!(of(json!({ "file_extension": "png" })), PictureFormat::Png);
        assert_eq!(of(json!({ "file_extension": "gif" })), PictureFormat::Png);
        for (quality, read) in [(json!(75), 75), (Value::Null, 90), (json!(1000), 90)] {
            let jpeg = of(json!({ "file_extension": "jpg", "output_quality": quality }));
            assert_eq!(jpeg, PictureFormat::Jpeg { quality: read });
        }
    }
}
