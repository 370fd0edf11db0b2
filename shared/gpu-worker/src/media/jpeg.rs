//! JPEG files: thumbnails and posters.

use super::{DigitalSource, MediaError, Picture};

/// The longer side of a thumbnail: twice what the gallery shows, for dense screens.
const THUMBNAIL_SIDE: u32 = 320;
/// Good enough that nobody sees it, at about a tenth of the PNG.
const QUALITY: u8 = 82;

/// A JPEG of the picture that says where it is from.
///
/// # Errors
///
/// When a side is over 65,535 pixels.
pub fn jpeg(picture: &Picture, source: DigitalSource) -> Result<Vec<u8>, MediaError> {
    let too_large = |_| MediaError::new("JPEG", "a side is over 65,535 pixels");
    let width = u16::try_from(picture.width()).map_err(too_large)?;
    let height = u16::try_from(picture.height()).map_err(too_large)?;
    let mut bytes = Vec::new();
    let fail = |cause: jpeg_encoder::EncodingError| MediaError::new("JPEG", cause);
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, QUALITY);
    encoder
        .add_app_segment(1, source.jpeg_segment())
        .map_err(fail)?;
    encoder
        .encode(picture.rgb(), width, height, jpeg_encoder::ColorType::Rgb)
        .map_err(fail)?;
    Ok(bytes)
}

/// A small JPEG of the picture.
///
/// # Errors
///
/// As [`jpeg`].
pub fn thumbnail(picture: &Picture, source: DigitalSource) -> Result<Vec<u8>, MediaError> {
    jpeg(&picture.shrunk(THUMBNAIL_SIDE), source)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Height and width as the frame header says them.
    fn size(jpeg: &[u8]) -> (u16, u16) {
        let header = jpeg
            .windows(2)
            .position(|marker| marker == [0xff, 0xc0])
            .unwrap();
        let read = |at: usize| u16::from_be_bytes([jpeg[header + at], jpeg[header + at + 1]]);
        (read(7), read(5))
    }

    #[test]
    fn a_thumbnail_is_small_and_keeps_its_shape() {
        let mut picture = Picture::new(480, 832);
        picture.fill(|column, row| [column as u8, row as u8, 128]);
        let source = DigitalSource::TrainedAlgorithmicMedia;
        let small = thumbnail(&picture, source).unwrap();
        assert_eq!(size(&small), (184, 320));
        assert_eq!(
            (&small[..2], &small[small.len() - 2..]),
            (&[0xff, 0xd8][..], &[0xff, 0xd9][..])
        );
        assert!(small.len() < 40_000, "{}", small.len());
        let said = b"digitalsourcetype/trainedAlgorithmicMedia\"";
        assert!(small.windows(said.len()).any(|bytes| bytes == said));
        assert_eq!(size(&jpeg(&picture, source).unwrap()), (480, 832));
    }
}
