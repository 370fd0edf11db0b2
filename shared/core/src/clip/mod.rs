//! CLIP's tokenizer: how many tokens a text takes, and which.
//!
//! SDXL's two text encoders read 77 tokens, the start and the end among them, and ignore the rest. Whoever
//! shortens a prompt to fit has to count exactly as they do. The reference is the tokenizer that the diffusers
//! library uses (Hugging Face's `CLIPTokenizerFast`); `tests/clip.rs` compares the two on 12,000 texts.
//!
//! Behind the feature `clip`, because the merges are 190 KB that most functions do not need.

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
    /// Unpacks the merges.
    pub fn new() -> Self {
        Self {
            merges: Merges::unpack(),
        }
    }

    /// The one tokenizer of the process, made at the first call.
    pub fn shared() -> &'static Self {
        static SHARED: OnceBox<ClipTokenizer> = OnceBox::new();
        SHARED.get_or_init(|| Box::new(Self::new()))
    }

    /// The tokens of a text, with the start and the end token, not cut to any length.
    pub fn encode(&self, text: &str) -> Vec<u16> {
        let mut ids = alloc::vec![START];
        let mut bpe = Bpe::new(&self.merges);
        words::for_each(text, |word| match word {
            words::Word::Text(text) => bpe.encode(text, &mut ids),
            words::Word::Start => ids.push(START),
            words::Word::End => ids.push(END),
        });
        ids.push(END);
        ids
    }

    /// How many tokens a text takes, with the start and the end token.
    pub fn count(&self, text: &str) -> usize {
        self.encode(text).len()
    }
}
