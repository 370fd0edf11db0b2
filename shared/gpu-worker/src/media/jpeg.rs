//! JPEG files: thumbnails and posters.

use super::{MediaError, Picture};

/// The longer side of a thumbnail: twice what the gallery shows, for dense screens.
const THUMBNAIL_SIDE: u32 = 320;
/// Good enough that nobody sees it, at about a tenth of the PNG.
const QUALITY: u8 = 82;

/// A JPEG of the picture.
///
/// # Errors
///
/// When a side is over 65,535 pixels.
pub fn jpeg(picture: &Picture) -> Result<Vec<u8>, MediaError> {
    let too_large = |_| MediaError::new("JPEG", "a side is over 65,535 pixels");
    let width = u16::try_from(picture.width()).map_err(too_large)?;
    let height = u16::try_from(picture.height()).map_err(too_large)?;
    let mut bytes = Vec::new();
    jpeg_encoder::Encoder::new(&mut bytes, QUALITY)
        .encode(picture.rgb(), width, height, jpeg_encoder::ColorType::Rgb)
        .map_err(|cause| MediaError::new("JPEG", cause))?;
    Ok(bytes)
}

/// A small JPEG of the picture.
///
/// # Errors
///
/// As [`jpeg`].
pub fn thumbnail(picture: &Picture) -> Result<Vec<u8>, MediaError> {
    jpeg(&picture.shrunk(THUMBNAIL_SIDE))
}
