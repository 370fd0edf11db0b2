//! Reading what users upload: PNG, JPEG or WebP, told apart by their first bytes.

use std::io::Cursor;

use ourvidz_core::limits::MAX_REFERENCE_SIDE as LARGEST_SIDE;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::{MediaError, Picture, decode_png};

/// What a decoder may take: the largest picture with alpha, and as much again.
const MOST_BYTES: usize = 2 * 4 * (LARGEST_SIDE as usize) * (LARGEST_SIDE as usize);

/// Reads a picture of any of the three kinds. Transparency is dropped.
///
/// # Errors
///
/// When it is none of them, damaged, or too large.
pub fn decode_reference(bytes: &[u8]) -> Result<Picture, MediaError> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => decode_jpeg(bytes),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => decode_webp(bytes),
        _ => decode_png(bytes),
    }
}

fn decode_jpeg(bytes: &[u8]) -> Result<Picture, MediaError> {
    let fail = |cause| MediaError::new("JPEG", cause);
    let options = DecoderOptions::default()
        .set_max_width(LARGEST_SIDE as usize)
        .set_max_height(LARGEST_SIDE as usize)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    let rgb = decoder.decode().map_err(fail)?;
    let (width, height) = decoder
        .dimensions()
        .ok_or_else(|| MediaError::new("JPEG", "it has no size"))?;
    picture("JPEG", width as u32, height as u32, rgb)
}

fn decode_webp(bytes: &[u8]) -> Result<Picture, MediaError> {
    let fail = |cause| MediaError::new("WebP", cause);
    let mut decoder = image_webp::WebPDecoder::new(Cursor::new(bytes)).map_err(fail)?;
    decoder.set_memory_limit(MOST_BYTES);
    let (width, height) = decoder.dimensions();
    if width.max(height) > LARGEST_SIDE {
        return Err(MediaError::new(
            "WebP",
            format!("{width}x{height} is larger than {LARGEST_SIDE}"),
        ));
    }
    let size = decoder
        .output_buffer_size()
        .ok_or_else(|| MediaError::new("WebP", "too large"))?;
    let mut samples = vec![0; size];
    decoder.read_image(&mut samples).map_err(fail)?;
    let rgb = if decoder.has_alpha() {
        samples
            .chunks_exact(4)
            .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]])
            .collect()
    } else {
        samples
    };
    picture("WebP", width, height, rgb)
}

fn picture(kind: &str, width: u32, height: u32, rgb: Vec<u8>) -> Result<Picture, MediaError> {
    Picture::from_rgb(width, height, rgb).ok_or_else(|| MediaError::new(kind, "unexpected layout"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::{DigitalSource, poster};

    /// Two halves, red and blue.
    fn halves() -> Picture {
        let mut picture = Picture::new(32, 16);
        picture.fill(|x, _| if x < 16 { [200, 30, 30] } else { [30, 30, 200] });
        picture
    }

    fn check(bytes: &[u8], tolerance: u8) {
        let read = decode_reference(bytes).unwrap();
        assert_eq!((read.width(), read.height()), (32, 16));
        let original = halves();
        let pixels = read
            .rgb()
            .chunks_exact(3)
            .zip(original.rgb().chunks_exact(3));
        for (place, (found, expected)) in pixels.enumerate() {
            // A JPEG has colours at half the resolution: where they meet, they mix.
            if tolerance > 0 && (12..20).contains(&(place % 32)) {
                continue;
            }
            let near = found
                .iter()
                .zip(expected)
                .all(|(one, other)| one.abs_diff(*other) <= tolerance);
            assert!(near, "{place}: {found:?} {expected:?}");
        }
    }

    #[test]
    fn a_jpeg_is_read() {
        check(
            &poster(&halves(), DigitalSource::AlgorithmicMedia).unwrap(),
            12,
        );
    }

    #[test]
    fn a_webp_is_read_with_and_without_transparency() {
        let rgba: Vec<u8> = halves()
            .rgb()
            .chunks_exact(3)
            .flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 77])
            .collect();
        for (samples, kind) in [
            (halves().rgb(), image_webp::ColorType::Rgb8),
            (rgba.as_slice(), image_webp::ColorType::Rgba8),
        ] {
            let mut bytes = Vec::new();
            let encoder = image_webp::WebPEncoder::new(&mut bytes);
            encoder.encode(samples, 32, 16, kind).unwrap();
            check(&bytes, 0);
        }
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        let whole = poster(&halves(), DigitalSource::AlgorithmicMedia).unwrap();
        for bytes in [&b""[..], b"GIF89a", b"RIFF\0\0\0\0WEBPxxxx", &whole[..20]] {
            assert!(decode_reference(bytes).is_err(), "{bytes:?}");
        }
        let huge = poster(
            &Picture::new(LARGEST_SIDE + 8, 8),
            DigitalSource::AlgorithmicMedia,
        )
        .unwrap();
        assert!(decode_reference(&huge).is_err());
    }
}
