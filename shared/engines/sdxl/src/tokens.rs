//! From a text to rows of tokens.
//!
//! An encoder reads 77 tokens. A longer text is cut into parts of 75, each between a start and an end token, and
//! what the encoder makes of the parts is put one behind the other: the UNet looks at all of it.

use std::collections::HashMap;
use std::path::Path;

use ourvidz_engine_base::config::{read_json, read_text};
use ourvidz_engine_base::{Error, Result};
use ourvidz_prompts::clip::ClipTokenizer;

/// Tokens that an encoder reads at once.
pub const ROW: usize = 77;
/// Tokens of text in a row: all but the start and the end.
pub const TEXT_OF_ROW: usize = ROW - 2;

#[derive(Debug)]
pub struct SdxlTokenizer {
    /// `None` for CLIP's own, which this program carries.
    own: Option<ClipTokenizer>,
}

impl SdxlTokenizer {
    /// CLIP's vocabulary, which every SDXL has.
    #[must_use]
    pub const fn clip() -> Self {
        Self { own: None }
    }

    /// The vocabulary of a folder with `vocab.json` and `merges.txt`.
    ///
    /// # Errors
    ///
    /// When a file is missing, or the two are not a vocabulary of CLIP's form.
    pub fn in_folder(folder: &Path) -> Result<Self> {
        let ids: HashMap<String, u16> = read_json(&folder.join("vocab.json"))?;
        let path = folder.join("merges.txt");
        let mut pairs = Vec::new();
        let text = read_text(&path)?;
        let merges = text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with("#version"));
        for line in merges {
            let wrong = || Error::file(&path, format!("the vocabulary does not have {line:?}"));
            let (left, right) = line.split_once(' ').ok_or_else(wrong)?;
            let pair = (ids.get(left), ids.get(right));
            let (Some(left_id), Some(right_id)) = pair else {
                return Err(wrong());
            };
            // Ids follow from ranks, so that the tokenizer needs no table of texts.
            if ids
                .get(&format!("{left}{right}"))
                .map(|id| usize::from(*id))
                != Some(512 + pairs.len())
            {
                return Err(wrong());
            }
            pairs.push((*left_id, *right_id));
        }
        let own = ClipTokenizer::of_merges(&pairs)
            .ok_or_else(|| Error::file(&path, "there are more merges than CLIP has"))?;
        let framed = (ids.get("<|startoftext|>"), ids.get("<|endoftext|>"));
        if framed != (Some(&own.start()), Some(&own.end())) {
            return Err(Error::file(
                folder.join("vocab.json"),
                "the start and the end token are not the last two",
            ));
        }
        Ok(Self { own: Some(own) })
    }

    fn clip_tokenizer(&self) -> &ClipTokenizer {
        self.own.as_ref().unwrap_or_else(|| ClipTokenizer::shared())
    }

    /// One more than the largest id.
    #[must_use]
    pub fn size(&self) -> usize {
        usize::from(self.clip_tokenizer().end()) + 1
    }

    /// The end token, which also fills up rows of the first encoder.
    #[must_use]
    pub fn end(&self) -> u32 {
        u32::from(self.clip_tokenizer().end())
    }

    /// The tokens of a text, without a frame.
    #[must_use]
    pub fn encode(&self, text: &str) -> Vec<u32> {
        let framed = self.clip_tokenizer().encode(text);
        let inside = framed.get(1..framed.len().saturating_sub(1));
        inside
            .unwrap_or_default()
            .iter()
            .map(|id| u32::from(*id))
            .collect()
    }

    /// How many rows a text takes; an empty one takes one, too.
    #[must_use]
    pub fn rows_for(&self, text: &str) -> usize {
        self.encode(text).len().div_ceil(TEXT_OF_ROW).max(1)
    }

    /// A text as `count` rows of [`ROW`] tokens; what does not fit is left out. `fill` fills up rows behind the
    /// end token.
    #[must_use]
    pub fn rows(&self, text: &str, count: usize, fill: u32) -> Vec<[u32; ROW]> {
        let tokens = self.encode(text);
        let mut parts = tokens.chunks(TEXT_OF_ROW);
        let start = u32::from(self.clip_tokenizer().start());
        (0..count)
            .map(|_| {
                let part = parts.next().unwrap_or_default();
                let content = std::iter::once(start)
                    .chain(part.iter().copied())
                    .chain(std::iter::once(self.end()));
                let mut row = [fill; ROW];
                for (slot, token) in row.iter_mut().zip(content) {
                    *slot = token;
                }
                row
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_framed_and_filled() {
        let tokenizer = SdxlTokenizer::clip();
        let rows = tokenizer.rows("a red fox", 1, 0);
        assert_eq!(rows[0][..6], [49_406, 320, 736, 3_240, 49_407, 0]);
        assert_eq!(rows[0][76], 0);
    }

    #[test]
    fn a_long_text_takes_several_rows() {
        let tokenizer = SdxlTokenizer::clip();
        for (words, rows) in [(0, 1), (1, 1), (75, 1), (76, 2), (150, 2), (151, 3)] {
            assert_eq!(
                tokenizer.rows_for(&"fox ".repeat(words)),
                rows,
                "{words} words"
            );
        }
        let rows = tokenizer.rows(&"fox ".repeat(76), 3, 49_407);
        assert!(rows[0][1..76].iter().all(|token| *token == 3_240));
        assert_eq!((rows[0][0], rows[0][76]), (49_406, 49_407));
        assert_eq!(rows[1][..3], [49_406, 3_240, 49_407]);
        assert_eq!(rows[2][..3], [49_406, 49_407, 49_407]);
    }
}
