//! PNG files: pixels plus the notes on how they were made.

use ourvidz_core::limits::MAX_REFERENCE_SIDE as LARGEST_SIDE;

use super::{DigitalSource, ImageMetadata, MediaError, Picture};

/// A PNG with a `parameters` text (the line that viewers show), an `ourvidz` text (JSON, any language) and its origin.
///
/// # Errors
///
/// When the encoder refuses, which only impossible sizes cause.
pub fn encode_png(picture: &Picture, metadata: &ImageMetadata) -> Result<Vec<u8>, MediaError> {
    let mut bytes = Vec::new();
    let mut encoder = encoder(&mut bytes, picture);
    let written = add_notes(&mut encoder, metadata).and_then(|()| write_pixels(encoder, picture));
    written.map_err(|cause| MediaError::new("PNG", cause))?;
    Ok(bytes)
}

/// A PNG of nothing but the pixels, for whoever judges them.
///
/// # Errors
///
/// As [`encode_png`].
pub fn encode_bare_png(picture: &Picture) -> Result<Vec<u8>, MediaError> {
    let mut bytes = Vec::new();
    let written = write_pixels(encoder(&mut bytes, picture), picture);
    written.map_err(|cause| MediaError::new("PNG", cause))?;
    Ok(bytes)
}

type Encoder<'a> = png::Encoder<'static, &'a mut Vec<u8>>;

fn encoder<'a>(bytes: &'a mut Vec<u8>, picture: &Picture) -> Encoder<'a> {
    let mut encoder = png::Encoder::new(bytes, picture.width(), picture.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    encoder
}

fn add_notes(
    encoder: &mut Encoder<'_>,
    metadata: &ImageMetadata,
) -> Result<(), png::EncodingError> {
    let parameters = metadata.parameters();
    // tEXt holds Latin-1 only; viewers read the same keyword from iTXt too.
    if parameters
        .chars()
        .all(|character| u32::from(character) < 256)
    {
        encoder.add_text_chunk("parameters".to_owned(), parameters)?;
    } else {
        encoder.add_itxt_chunk("parameters".to_owned(), parameters)?;
    }
    encoder.add_itxt_chunk("ourvidz".to_owned(), metadata.json())?;
    encoder.add_itxt_chunk(DigitalSource::PNG_KEYWORD.to_owned(), metadata.source.xmp())
}

fn write_pixels(encoder: Encoder<'_>, picture: &Picture) -> Result<(), png::EncodingError> {
    let mut writer = encoder.write_header()?;
    writer.write_image_data(picture.rgb())?;
    writer.finish()
}

/// The pixels of a PNG, without its transparency.
///
/// # Errors
///
/// When it is no PNG, broken, or too large.
pub fn decode_png(bytes: &[u8]) -> Result<Picture, MediaError> {
    let fail = |cause: png::DecodingError| MediaError::new("PNG", cause);
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(fail)?;
    let (width, height) = (reader.info().width, reader.info().height);
    if width.max(height) > LARGEST_SIDE {
        return Err(MediaError::new(
            "PNG",
            format!("{width}x{height} is larger than {LARGEST_SIDE}"),
        ));
    }
    let size = reader
        .output_buffer_size()
        .ok_or_else(|| MediaError::new("PNG", "too large"))?;
    let mut samples = vec![0; size];
    let frame = reader.next_frame(&mut samples).map_err(fail)?;
    samples.truncate(frame.buffer_size());
    let rgb = match frame.color_type.samples() {
        1 => samples.iter().flat_map(|grey| [*grey; 3]).collect(),
        2 => samples
            .chunks_exact(2)
            .flat_map(|pixel| [pixel[0]; 3])
            .collect(),
        4 => samples
            .chunks_exact(4)
            .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]])
            .collect(),
        _ => samples,
    };
    Picture::from_rgb(width, height, rgb).ok_or_else(|| MediaError::new("PNG", "unexpected layout"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::metadata::example as metadata;

    /// Keywords and texts.
    type Chunks = Vec<(String, String)>;

    /// The chunks in Latin-1 and those in UTF-8.
    fn texts(png: &[u8]) -> (Chunks, Chunks) {
        let reader = png::Decoder::new(std::io::Cursor::new(png))
            .read_info()
            .unwrap();
        let info = reader.info();
        let latin1 = info
            .uncompressed_latin1_text
            .iter()
            .map(|chunk| (chunk.keyword.clone(), chunk.text.clone()));
        let utf8 = info
            .utf8_text
            .iter()
            .map(|chunk| (chunk.keyword.clone(), chunk.get_text().unwrap()));
        (latin1.collect(), utf8.collect())
    }

    #[test]
    fn a_picture_knows_how_it_was_made() {
        let picture = Picture::from_rgb(3, 2, (0..18).collect()).unwrap();
        let png = encode_png(&picture, &metadata("a red fox")).unwrap();
        assert_eq!(decode_png(&png).unwrap(), picture);
        let (latin1, utf8) = texts(&png);
        let version = env!("CARGO_PKG_VERSION");
        let line = format!(
            "a red fox\nNegative prompt: text, watermark\nSteps: 15, Sampler: Euler, CFG scale: 6.5, Seed: 42, \
             Size: 3x2, Model: preview (no model), Version: ourvidz-worker {version}"
        );
        assert_eq!(latin1, [("parameters".to_owned(), line)]);
        assert_eq!(utf8[0].0, "ourvidz");
        let json: serde_json::Value = serde_json::from_str(&utf8[0].1).unwrap();
        assert_eq!(
            (&json["seed"], &json["engine"], &json["job_type"]),
            (&42.into(), &"preview".into(), &"sdxl_image_fast".into())
        );
        assert_eq!(utf8[1].0, "XML:com.adobe.xmp");
        assert!(utf8[1].1.contains("digitalsourcetype/algorithmicMedia\""));
    }

    #[test]
    fn prompts_of_any_language_are_kept() {
        let picture = Picture::new(3, 2);
        let png = encode_png(&picture, &metadata("雪の中の狐 🦊")).unwrap();
        let (latin1, utf8) = texts(&png);
        assert!(latin1.is_empty());
        assert!(
            utf8.iter()
                .any(|(keyword, text)| keyword == "parameters"
                    && text.starts_with("雪の中の狐 🦊\n"))
        );
    }

    #[test]
    fn every_kind_of_png_is_read() {
        for (colour, samples, expected) in [
            (
                png::ColorType::Grayscale,
                vec![9, 8],
                vec![9, 9, 9, 8, 8, 8],
            ),
            (
                png::ColorType::GrayscaleAlpha,
                vec![9, 1, 8, 1],
                vec![9, 9, 9, 8, 8, 8],
            ),
            (
                png::ColorType::Rgba,
                vec![1, 2, 3, 0, 4, 5, 6, 0],
                vec![1, 2, 3, 4, 5, 6],
            ),
        ] {
            let mut bytes = Vec::new();
            let mut encoder = png::Encoder::new(&mut bytes, 2, 1);
            encoder.set_color(colour);
            encoder
                .write_header()
                .unwrap()
                .write_image_data(&samples)
                .unwrap();
            assert_eq!(decode_png(&bytes).unwrap().rgb(), expected, "{colour:?}");
        }
    }

    #[test]
    fn what_is_no_png_is_refused() {
        assert!(decode_png(b"").is_err());
        assert!(decode_png(b"\xff\xd8\xff\xe0 a JPEG").is_err());
        let png = encode_png(&Picture::new(3, 2), &metadata("x")).unwrap();
        assert!(decode_png(&png[..png.len() / 2]).is_err());
        let huge = encode_png(&Picture::new(LARGEST_SIDE + 1, 1), &metadata("x")).unwrap();
        assert!(
            decode_png(&huge)
                .unwrap_err()
                .to_string()
                .contains("larger than")
        );
    }
}
