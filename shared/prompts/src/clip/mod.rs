//! CLIP's tokenizer: how many tokens a text takes, and which.
//!
//! SDXL's two text encoders read 77 tokens, the start and the end among them, and ignore the rest. Whoever
//! shortens a prompt to fit has to count exactly as they do. The reference is the tokenizer that the diffusers
//! library uses (Hugging Face's `CLIPTokenizerFast`); `tests/clip.rs` compares the two on 12,000 texts.
//!
//! The merges are 190 KB, and the linker leaves them out of whatever counts no tokens.

mod bpe;
mod merges;
mod words;

use alloc::boxed::Box;
use alloc::vec::Vec;

use once_cell::race::OnceBox;

use bpe::Bpe;
use merges::Merges;

/// The token before every text.
pub const START: u16 = 49_406;
/// The token behind every text.
pub const END: u16 = 49_407;

/// The tokenizer. It owns about 300 KB and takes a millisecond to make; [`ClipTokenizer::shared`] makes one
/// for all.
#[derive(Debug)]
pub struct ClipTokenizer {
    merges: Merges,
}

impl Default for ClipTokenizer {
    fn default() -> Self {
        Self::new()
    }
}

impl ClipTokenizer {
    pub fn new() -> Self {
        Self {
            merges: Merges::unpack(),
        }
    }

    /// A tokenizer of another vocabulary of CLIP's form: bytes, bytes at the end of a word, what the merges make
    /// in the order of their rank, start, end. `None` if there are more merges than CLIP has.
    pub fn of_merges(pairs: &[(u16, u16)]) -> Option<Self> {
        Merges::of(pairs).map(|merges| Self { merges })
    }

    /// The token before every text: [`START`] in CLIP's own vocabulary.
    pub const fn start(&self) -> u16 {
        self.merges.start()
    }

    /// The token behind every text: [`END`] in CLIP's own vocabulary.
    pub const fn end(&self) -> u16 {
        self.merges.start() + 1
    }

    /// The one tokenizer of the process, made at the first call.
    pub fn shared() -> &'static Self {
        static SHARED: OnceBox<ClipTokenizer> = OnceBox::new();
        SHARED.get_or_init(|| Box::new(Self::new()))
    }

    /// The tokens of a text, with the start and the end token, not cut to any length.
    pub fn encode(&self, text: &str) -> Vec<u16> {
        let mut ids = alloc::vec![self.start()];
        let mut bpe = Bpe::new(&self.merges);
        words::for_each(text, |word| match word {
            words::Word::Text(text) => bpe.encode(text, &mut ids),
            words::Word::Start => ids.push(self.start()),
            words::Word::End => ids.push(self.end()),
        });
        ids.push(self.end());
        ids
    }

    /// How many tokens a text takes, with the start and the end token.
    pub fn count(&self, text: &str) -> usize {
        self.encode(text).len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vocabulary_of_two_merges() {
        // "a" is byte 64 of the printable ones; "ab", and "abb" at the end of a word.
        let tokenizer = ClipTokenizer::of_merges(&[(64, 65), (512, 65 + 256)]).unwrap();
        assert_eq!((tokenizer.start(), tokenizer.end()), (514, 515));
        assert_eq!(tokenizer.encode("abb abc"), [514, 513, 512, 66 + 256, 515]);
    }

    #[test]
    fn the_vocabulary_is_clips_unless_told_otherwise() {
        let tokenizer = ClipTokenizer::shared();
        assert_eq!((tokenizer.start(), tokenizer.end()), (START, END));
        assert!(ClipTokenizer::of_merges(&[(0, 0); 48_895]).is_none());
    }
}
