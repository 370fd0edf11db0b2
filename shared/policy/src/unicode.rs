//! Unicode's compatibility decomposition, as far as the policy needs it.
//!
//! For every character the table says what it is without case, marks and presentation: what NFKD makes of it, in
//! lower case and without the combining marks. A general library carries more than 100 KB for this, to keep what
//! is dropped here; the table takes a tenth. The tests below make it from such a library and
//! compare it character by character.

use alloc::boxed::Box;
use alloc::vec::Vec;

use once_cell::race::OnceBox;

/// Runs of characters, ascending, as numbers in LEB128: how far the run begins behind the end of the one before;
/// its length times two, plus one if each character stands for the one behind what the character before it
/// stands for; how many characters it stands for; those characters.
const TABLE: &[u8] = include_bytes!("../data/unicode_fold.bin");

/// The syllables of Hangul are decomposed by arithmetic (The Unicode Standard, section 3.12).
const SYLLABLES: core::ops::RangeInclusive<u32> = 0xac00..=0xd7a3;
const LEADING: u32 = 0x1100;
const VOWELS: u32 = 0x1161;
const TRAILING: u32 = 0x11a7;
const VOWEL_COUNT: u32 = 21;
const TRAILING_COUNT: u32 = 28;

#[derive(Debug, Clone, Copy)]
struct Run {
    first: u32,
    length: u32,
    ascends: bool,
    /// Where its characters are in [`Table::outputs`].
    output: usize,
    output_length: usize,
}

#[derive(Debug, Default)]
struct Table {
    runs: Vec<Run>,
    outputs: Vec<u32>,
}

/// Calls `take` with what a character is without case, marks and presentation. A mark alone is nothing.
pub fn decompose(character: char, mut take: impl FnMut(char)) {
    let code = u32::from(character);
    if character.is_ascii() {
        return take(character.to_ascii_lowercase());
    }
    if SYLLABLES.contains(&code) {
        let index = code - SYLLABLES.start();
        let trailing = index % TRAILING_COUNT;
        let jamo = [
            LEADING + index / (VOWEL_COUNT * TRAILING_COUNT),
            VOWELS + index / TRAILING_COUNT % VOWEL_COUNT,
            TRAILING + trailing,
        ];
        let count = if trailing == 0 { 2 } else { 3 };
        return jamo
            .into_iter()
            .take(count)
            .filter_map(char::from_u32)
            .for_each(take);
    }
    let table = Table::shared();
    match table.run_of(code) {
        Some(run) => {
            let step = if run.ascends { code - run.first } else { 0 };
            let output = table
                .outputs
                .get(run.output..run.output + run.output_length)
                .unwrap_or_default();
            output
                .iter()
                .filter_map(|code| char::from_u32(code + step))
                .for_each(take);
        }
        None => character.to_lowercase().for_each(take),
    }
}

impl Table {
    fn shared() -> &'static Self {
        static SHARED: OnceBox<Table> = OnceBox::new();
        SHARED.get_or_init(|| Box::new(Self::unpack(TABLE)))
    }

    fn unpack(packed: &[u8]) -> Self {
        let mut table = Self::default();
        let mut rest = packed;
        let mut behind = 0;
        while let Some(gap) = number(&mut rest) {
            let shape = number(&mut rest).unwrap_or_default();
            let output_length = number(&mut rest).unwrap_or_default() as usize;
            let run = Run {
                first: behind + gap,
                length: shape / 2,
                ascends: shape % 2 == 1,
                output: table.outputs.len(),
                output_length,
            };
            behind = run.first + run.length;
            table
                .outputs
                .extend((0..output_length).filter_map(|_| number(&mut rest)));
            table.runs.push(run);
        }
        table
    }

    fn run_of(&self, code: u32) -> Option<Run> {
        let behind = self.runs.partition_point(|run| run.first <= code);
        let run = *self.runs.get(behind.checked_sub(1)?)?;
        (code < run.first + run.length).then_some(run)
    }
}

/// Reads a number and moves on; nothing at the end.
fn number(bytes: &mut &[u8]) -> Option<u32> {
    let mut value = 0;
    let mut shift = 0;
    loop {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u32::from(byte & 0x7f)
            .checked_shl(shift)
            .unwrap_or_default();
        if byte & 0x80 == 0 {
            return Some(value);
        }
        shift += 7;
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use alloc::string::String;
    use alloc::vec::Vec;

    use unicode_normalization::UnicodeNormalization;
    use unicode_normalization::char::is_combining_mark;

    use super::*;

    /// The same by a general library. The tilde of "ñ" stays.
    fn expected(character: char) -> String {
        let lower = core::iter::once(character)
            .nfkd()
            .flat_map(char::to_lowercase);
        let mut output = String::new();
        for part in lower {
            let is_kept_tilde = part == '\u{303}' && output.ends_with('n') && character != part;
            if !is_combining_mark(part) || is_kept_tilde {
                output.push(part);
            }
        }
        output
    }

    fn characters() -> impl Iterator<Item = char> {
        ('\u{80}'..=char::MAX).filter(|character| !SYLLABLES.contains(&u32::from(*character)))
    }

    /// Packs the table; `UPDATE_SNAPSHOTS=1` writes it.
    fn pack() -> Vec<u8> {
        let mut runs: Vec<(u32, u32, bool, Vec<u32>)> = Vec::new();
        for character in characters() {
            let output = expected(character);
            if output.chars().eq(character.to_lowercase()) {
                continue;
            }
            let code = u32::from(character);
            let output: Vec<u32> = output.chars().map(u32::from).collect();
            if let Some((first, length, ascends, known)) = runs.last_mut()
                && *first + *length == code
            {
                let ascending: Vec<u32> = known.iter().map(|part| part + *length).collect();
                let may_ascend =
                    (*ascends || *length == 1) && known.len() == 1 && output == ascending;
                let may_stay = !*ascends && output == *known;
                if may_ascend || may_stay {
                    *ascends = may_ascend;
                    *length += 1;
                    continue;
                }
            }
            runs.push((code, 1, false, output));
        }
        let mut packed = Vec::new();
        let mut behind = 0;
        for (first, length, ascends, output) in runs {
            let head = [
                first - behind,
                length * 2 + u32::from(ascends),
                output.len() as u32,
            ];
            for mut value in head.into_iter().chain(output) {
                while value > 0x7f {
                    packed.push((value & 0x7f) as u8 | 0x80);
                    value >>= 7;
                }
                packed.push(value as u8);
            }
            behind = first + length;
        }
        packed
    }

    #[test]
    fn the_table_is_what_a_general_library_makes_of_every_character() {
        extern crate std;
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/unicode_fold.bin");
            std::fs::write(path, pack()).unwrap();
            return;
        }
        for character in characters() {
            let mut output = String::new();
            decompose(character, |part| output.push(part));
            assert_eq!(
                output,
                expected(character),
                "U+{:04X}",
                u32::from(character)
            );
        }
    }

    #[test]
    fn syllables_of_hangul_are_taken_apart() {
        for character in SYLLABLES.filter_map(char::from_u32) {
            let mut output = String::new();
            decompose(character, |part| output.push(part));
            assert_eq!(output, expected(character));
        }
    }
}
