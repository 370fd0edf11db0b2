//! JPEG files: thumbnails, posters, and pictures that were ordered so.

use super::exif::comment_segment;
use super::{DigitalSource, ImageMetadata, MediaError, Picture};

/// The longer side of a thumbnail: twice what the gallery shows, for dense screens.
const THUMBNAIL_SIDE: u32 = 320;
/// Good enough that nobody sees it in something small, at about a tenth of the PNG.
const SMALL_QUALITY: u8 = 82;
/// Longer sides and qualities of step previews, from the one that looks best on: what is still noise needs many times
/// the bytes of a picture.
const STEP_PREVIEWS: [(u32, u8); 5] = [(256, 80), (256, 50), (128, 60), (128, 30), (64, 30)];
/// Before the JSON in a segment of our own: a number that hardly anybody uses, and whose it is.
const OWN_SEGMENT: u8 = 10;
const OWN_HEADER: &[u8] = b"ourvidz\0";

/// A JPEG with the notes of a PNG: the line that viewers show, the same facts as JSON, and its origin.
///
/// # Errors
///
/// When a side is over 65,535 pixels, or the notes are as long.
pub fn encode_jpeg(
    picture: &Picture,
    metadata: &ImageMetadata,
    quality: u8,
) -> Result<Vec<u8>, MediaError> {
    let own = [OWN_HEADER, metadata.json().as_bytes()].concat();
    let notes = [
        (1, comment_segment(&metadata.parameters())),
        (OWN_SEGMENT, own),
    ];
    jpeg(picture, metadata.source, quality, notes)
}

fn jpeg(
    picture: &Picture,
    source: DigitalSource,
    quality: u8,
    notes: impl IntoIterator<Item = (u8, Vec<u8>)>,
) -> Result<Vec<u8>, MediaError> {
    let too_large = |_| MediaError::new("JPEG", "a side is over 65,535 pixels");
    let width = u16::try_from(picture.width()).map_err(too_large)?;
    let height = u16::try_from(picture.height()).map_err(too_large)?;
    let mut bytes = Vec::new();
    let fail = |cause: jpeg_encoder::EncodingError| MediaError::new("JPEG", cause);
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, quality);
    for (number, segment) in [(1, source.jpeg_segment())].into_iter().chain(notes) {
        encoder.add_app_segment(number, segment).map_err(fail)?;
    }
    encoder
        .encode(picture.rgb(), width, height, jpeg_encoder::ColorType::Rgb)
        .map_err(fail)?;
    Ok(bytes)
}

/// A small JPEG of the picture.
///
/// # Errors
///
/// When a side is over 65,535 pixels.
pub fn thumbnail(picture: &Picture, source: DigitalSource) -> Result<Vec<u8>, MediaError> {
    poster(&picture.shrunk(THUMBNAIL_SIDE), source)
}

/// A JPEG that stands for a clip.
///
/// # Errors
///
/// As [`thumbnail`].
pub fn poster(picture: &Picture, source: DigitalSource) -> Result<Vec<u8>, MediaError> {
    jpeg(picture, source, SMALL_QUALITY, [])
}

/// The picture as small as a step preview is, and a JPEG of it that has at most so many bytes; none if none has.
#[must_use]
pub fn step_preview(
    picture: &Picture,
    source: DigitalSource,
    most_bytes: usize,
) -> Option<(Picture, Vec<u8>)> {
    STEP_PREVIEWS.into_iter().find_map(|(longest, quality)| {
        let small = picture.shrunk(longest);
        let file = jpeg(&small, source, quality, []).ok()?;
        (file.len() <= most_bytes).then_some((small, file))
    })
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
        assert_eq!(size(&poster(&picture, source).unwrap()), (480, 832));
    }

    #[test]
    fn a_step_preview_is_never_larger_than_said() {
        let source = DigitalSource::TrainedAlgorithmicMedia;
        let mut even = Picture::new(1024, 768);
        even.fill(|column, row| [(column / 4) as u8, (row / 4) as u8, 128]);
        let (small, file) = step_preview(&even, source, 12 * 1024).unwrap();
        assert_eq!((small.width(), small.height()), (256, 192));
        assert_eq!(size(&file), (256, 192));
        for (width, height) in [(128, 128), (104, 60), (256, 256), (832, 480), (1024, 1024)] {
            let mut noise = vec![0; width as usize * height as usize * 3];
            getrandom::fill(&mut noise).unwrap();
            let noise = Picture::from_rgb(width, height, noise).unwrap();
            for most in [12, 6, 4] {
                let (small, file) = step_preview(&noise, source, most * 1024).unwrap();
                println!(
                    "{width}x{height}, {most} KiB: {:?} {}",
                    size(&file),
                    file.len()
                );
                assert!(file.len() <= most * 1024, "{width}x{height}");
                let shown = crate::media::decode_reference(&file).unwrap();
                assert_eq!(
                    (shown.width(), shown.height()),
                    (small.width(), small.height())
                );
            }
        }
        assert!(step_preview(&even, source, 100).is_none());
    }

    #[test]
    fn quality_decides_about_the_size_and_notes_are_in_any_language() {
        let mut picture = Picture::new(320, 208);
        picture.fill(|column, row| [(column * 7) as u8, (row * 5) as u8, (column * row) as u8]);
        let metadata = crate::media::metadata::example("雪の中の狐");
        let of = |quality| encode_jpeg(&picture, &metadata, quality).unwrap();
        let (small, large) = (of(20), of(95));
        assert!(
            small.len() * 2 < large.len(),
            "{} {}",
            small.len(),
            large.len()
        );
        assert_eq!(size(&large), (320, 208));
        let decoded = crate::media::decode_reference(&large).unwrap();
        assert_eq!((decoded.width(), decoded.height()), (320, 208));
        let letters: Vec<u8> = "雪の中の狐"
            .encode_utf16()
            .flat_map(u16::to_be_bytes)
            .collect();
        let comment = [b"UNICODE\0".as_slice(), &letters].concat();
        let json = format!("ourvidz\0{}", metadata.json());
        for said in [comment.as_slice(), json.as_bytes()] {
            assert!(large.windows(said.len()).any(|bytes| bytes == said));
        }
    }
}
