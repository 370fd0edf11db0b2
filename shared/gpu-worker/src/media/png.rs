//! PNG files: pixels plus the notes on how they were made.

use super::{MediaError, Notes, Picture};

/// The largest side that is decoded: a reference picture beyond it is a mistake or an attack.
const LARGEST_SIDE: u32 = 8_192;

/// A PNG with a `parameters` text (the line that viewers show) and an `ourvidz` text (JSON, any language).
///
/// # Errors
///
/// When the encoder refuses, which only impossible sizes cause.
pub fn encode_png(picture: &Picture, notes: &Notes) -> Result<Vec<u8>, MediaError> {
    let fail = |cause: png::EncodingError| MediaError::new("PNG", cause);
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, picture.width(), picture.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let parameters = notes.parameters();
    // tEXt holds Latin-1 only; viewers read the same keyword from iTXt too.
    if parameters
        .chars()
        .all(|character| u32::from(character) < 256)
    {
        encoder
            .add_text_chunk("parameters".to_owned(), parameters)
            .map_err(fail)?;
    } else {
        encoder
            .add_itxt_chunk("parameters".to_owned(), parameters)
            .map_err(fail)?;
    }
    encoder
        .add_itxt_chunk("ourvidz".to_owned(), notes.json())
        .map_err(fail)?;
    let mut writer = encoder.write_header().map_err(fail)?;
    writer.write_image_data(picture.rgb()).map_err(fail)?;
    writer.finish().map_err(fail)?;
    Ok(bytes)
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
