//! The mock picture: two colours, three discs and the word MOCK, all following from a digest.

use ourvidz_core::{ApiError, Code};

/// Side of the picture in pixels: enough to judge a layout by, small enough to draw in a few milliseconds.
const SIDE: u32 = 512;
/// Size of one dot of the lettering.
const DOT: u32 = 10;
/// The word, five dots wide and seven high a letter, one row of bits a number.
const LETTERS: [[u8; 7]; 4] = [
    [
        0b10001, 0b11011, 0b10101, 0b10101, 0b10001, 0b10001, 0b10001,
    ],
    [
        0b01110, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01110,
    ],
    [
        0b01110, 0b10001, 0b10000, 0b10000, 0b10000, 0b10001, 0b01110,
    ],
    [
        0b10001, 0b10010, 0b10100, 0b11000, 0b10100, 0b10010, 0b10001,
    ],
];

type Colour = [u8; 3];

/// A PNG that is always the same for the same digest.
///
/// # Errors
///
/// `internal` if the encoder refuses the picture, which only a bug can cause.
pub fn draw(digest: &[u8; 32]) -> Result<Vec<u8>, ApiError> {
    let byte = |index: usize| {
        digest
            .get(index % digest.len())
            .copied()
            .unwrap_or_default()
    };
    let top = [byte(0) / 2, byte(1) / 2, byte(2) / 2 + 40];
    let bottom = [byte(3) / 2 + 90, byte(4) / 2 + 60, byte(5) / 2 + 60];
    let discs: [(i64, i64, i64, Colour); 3] = core::array::from_fn(|nth| {
        let at = 6 + nth * 6;
        (
            i64::from(byte(at)) * 2,
            i64::from(byte(at + 1)) * 2,
            40 + i64::from(byte(at + 2)) / 2,
            [byte(at + 3), byte(at + 4), byte(at + 5)],
        )
    });

    let mut pixels = Vec::with_capacity((SIDE * SIDE * 3) as usize);
    for y in 0..SIDE {
        for x in 0..SIDE {
            let mut colour = mix(top, bottom, y, SIDE);
            for (centre_x, centre_y, radius, paint) in discs {
                let (dx, dy) = (i64::from(x) - centre_x, i64::from(y) - centre_y);
                if dx * dx + dy * dy < radius * radius {
                    colour = mix(colour, paint, 1, 2);
                }
            }
            pixels.extend_from_slice(&if lettered(x, y) { [255; 3] } else { colour });
        }
    }
    encode(&pixels)
}

/// The colour `part` of `whole` of the way from one to the other.
fn mix(from: Colour, to: Colour, part: u32, whole: u32) -> Colour {
    core::array::from_fn(|channel| {
        let at = |colour: Colour| u32::from(colour.get(channel).copied().unwrap_or_default());
        let value = (at(from) * (whole - part) + at(to) * part) / whole;
        u8::try_from(value).unwrap_or(u8::MAX)
    })
}

/// Whether the word covers this pixel: it stands in the lower left corner.
fn lettered(x: u32, y: u32) -> bool {
    let margin = 2 * DOT;
    let Some(row) = (y + margin + 7 * DOT)
        .checked_sub(SIDE)
        .map(|down| down / DOT)
    else {
        return false;
    };
    let Some(across) = x.checked_sub(margin).map(|right| right / DOT) else {
        return false;
    };
    let (letter, column) = (across / 6, across % 6);
    LETTERS
        .get(letter as usize)
        .and_then(|rows| rows.get(row as usize))
        .is_some_and(|bits| column < 5 && bits & (0b10000 >> column) != 0)
}

fn encode(pixels: &[u8]) -> Result<Vec<u8>, ApiError> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, SIDE, SIDE);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let written = encoder.write_header().and_then(|mut writer| {
        writer
            .write_image_data(pixels)
            .and_then(|()| writer.finish())
    });
    match written {
        Ok(()) => Ok(file),
        Err(error) => Err(ApiError::new(Code::Internal).with_cause(format!("png: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &[u8]) -> (u32, u32, Vec<u8>) {
        let mut reader = png::Decoder::new(std::io::Cursor::new(file))
            .read_info()
            .unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        (info.width, info.height, pixels)
    }

    #[test]
    fn a_real_png_that_follows_from_the_digest_alone() {
        let first = draw(&[7; 32]).unwrap();
        assert_eq!(first, draw(&[7; 32]).unwrap());
        assert_ne!(first, draw(&[8; 32]).unwrap());
        let (width, height, pixels) = read(&first);
        assert_eq!((width, height), (SIDE, SIDE));
        let white = pixels.chunks(3).filter(|pixel| *pixel == [255; 3]).count();
        let dots: u32 = LETTERS.iter().flatten().map(|row| row.count_ones()).sum();
        assert!(
            white >= (dots * DOT * DOT) as usize,
            "the word is there: {white}"
        );
    }
}
