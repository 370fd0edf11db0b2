//! Pictures and clips as files.

mod clip;
mod exif;
mod format;
mod jpeg;
mod metadata;
mod picture;
mod png;
mod provenance;
mod reference;

pub use clip::Clip;
pub use format::PictureFormat;
pub use jpeg::{encode_jpeg, poster, step_preview, thumbnail};
pub use metadata::{ImageMetadata, Ordered};
pub use picture::Picture;
pub use png::{decode_png, encode_bare_png, encode_png};
pub use provenance::DigitalSource;
pub use reference::decode_reference;

/// A picture or clip could not be turned into a file, or the other way round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaError(String);

impl MediaError {
    pub(crate) fn new(what: &str, cause: impl std::fmt::Display) -> Self {
        Self(format!("{what}: {cause}"))
    }
}

impl std::fmt::Display for MediaError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for MediaError {}
