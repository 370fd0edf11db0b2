//! The small plate in the corner: `PREVIEW`, the prompt's first words, the seed.

use font8x8::UnicodeFonts as _;

use crate::media::Picture;

/// Width and height of a character of the font, in its own dots.
const DOTS: u32 = 8;
/// Pixels per dot in the first line.
const BIG: u32 = 3;
/// Pixels per dot in the second line: the smallest that stays readable in a thumbnail's original.
const SMALL: u32 = 2;
/// Between the plate and the picture's edge, and inside the plate.
const MARGIN: u32 = 14;

const PAPER: [u8; 3] = [10, 12, 20];
const TITLE: [u8; 3] = [255, 214, 102];
const TEXT: [u8; 3] = [240, 242, 248];

/// Draws the plate at the bottom left.
pub fn stamp(picture: &mut Picture, prompt: &str, seed: u64) {
    let room = picture.width().saturating_sub(4 * MARGIN);
    let title = "PREVIEW";
    let seed_text = format!("seed {seed}");
    let words = fitting(prompt, (room / (DOTS * SMALL)) as usize);
    let title_width = title.len() as u32 * DOTS * BIG;
    // The seed stands beside the title where there is room, else it gets a line of its own.
    let seed_width = seed_text.len() as u32 * DOTS * SMALL;
    let beside = title_width + 2 * DOTS + seed_width <= room;
    let first_line = if beside {
        title_width + 2 * DOTS + seed_width
    } else {
        title_width.max(seed_width)
    };
    let width = first_line.max(words.chars().count() as u32 * DOTS * SMALL) + 2 * MARGIN;
    let lines = u32::from(!beside) + u32::from(!words.is_empty());
    let height = DOTS * BIG + lines * (DOTS * SMALL + MARGIN / 2) + 2 * MARGIN;
    let left = MARGIN;
    let top = picture.height().saturating_sub(MARGIN + height);

    plate(picture, left, top, width, height);
    let (text_left, mut line) = (left + MARGIN, top + MARGIN);
    write(picture, title, text_left, line, BIG, TITLE);
    if beside {
        let baseline = line + DOTS * (BIG - SMALL);
        write(
            picture,
            &seed_text,
            text_left + title_width + 2 * DOTS,
            baseline,
            SMALL,
            TEXT,
        );
    }
    line += DOTS * BIG + MARGIN / 2;
    if !beside {
        write(picture, &seed_text, text_left, line, SMALL, TEXT);
        line += DOTS * SMALL + MARGIN / 2;
    }
    write(picture, &words, text_left, line, SMALL, TEXT);
}

/// The whole words that fit into `most` characters, with `...` where some are left out.
fn fitting(prompt: &str, most: usize) -> String {
    let words: Vec<&str> = prompt.split_whitespace().collect();
    let whole = words.join(" ");
    if whole.chars().count() <= most {
        return whole;
    }
    let mut line = String::new();
    for word in words {
        let longer =
            line.chars().count() + usize::from(!line.is_empty()) + word.chars().count() + 3;
        if longer > most {
            break;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if line.is_empty() {
        line = whole.chars().take(most.saturating_sub(3)).collect();
    }
    line + "..."
}

/// A dark sheet of glass with rounded corners.
fn plate(picture: &mut Picture, left: u32, top: u32, width: u32, height: u32) {
    const RADIUS: f32 = 10.0;
    for row in 0..height {
        for column in 0..width {
            let past_x = (RADIUS - column as f32)
                .max(column as f32 - (width as f32 - 1.0 - RADIUS))
                .max(0.0);
            let past_y = (RADIUS - row as f32)
                .max(row as f32 - (height as f32 - 1.0 - RADIUS))
                .max(0.0);
            let inside =
                (RADIUS + 0.5 - (past_x * past_x + past_y * past_y).sqrt()).clamp(0.0, 1.0);
            picture.blend(
                i64::from(left + column),
                i64::from(top + row),
                PAPER,
                0.62 * inside,
            );
        }
    }
}

fn write(picture: &mut Picture, text: &str, left: u32, top: u32, dot: u32, colour: [u8; 3]) {
    for (place, character) in text.chars().enumerate() {
        let start = left + place as u32 * DOTS * dot;
        for (row, bits) in glyph(character).into_iter().enumerate() {
            for column in (0..DOTS).filter(|column| bits >> column & 1 == 1) {
                for pixel in 0..dot * dot {
                    let x = start + column * dot + pixel % dot;
                    let y = top + row as u32 * dot + pixel / dot;
                    picture.blend(i64::from(x), i64::from(y), colour, 1.0);
                }
            }
        }
    }
}

/// The dots of a character; a hollow box for those that the font does not have.
fn glyph(character: char) -> [u8; 8] {
    const UNKNOWN: [u8; 8] = [0, 0x7e, 0x42, 0x42, 0x42, 0x42, 0x7e, 0];
    font8x8::BASIC_FONTS
        .get(character)
        .or_else(|| font8x8::LATIN_FONTS.get(character))
        .or_else(|| font8x8::GREEK_FONTS.get(character))
        .or_else(|| font8x8::HIRAGANA_FONTS.get(character))
        .unwrap_or(UNKNOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_cut_whole() {
        assert_eq!(fitting("a  red fox", 20), "a red fox");
        assert_eq!(fitting("a red fox in snow", 12), "a red fox...");
        assert_eq!(fitting("abcdefghijklmnop", 8), "abcde...");
        assert_eq!(fitting("", 8), "");
    }

    #[test]
    fn the_plate_changes_the_corner_and_nothing_above_the_middle() {
        let mut picture = Picture::new(480, 832);
        stamp(&mut picture, "a red fox", u64::MAX);
        let middle = 480 * 3 * 416;
        assert!(picture.rgb()[..middle].iter().all(|byte| *byte == 0));
        assert!(
            picture.rgb()[middle..]
                .chunks(3)
                .any(|pixel| pixel == TITLE)
        );
    }

    #[test]
    fn a_picture_smaller_than_the_plate_is_no_trouble() {
        stamp(&mut Picture::new(16, 9), "a red fox", 1);
    }
}
