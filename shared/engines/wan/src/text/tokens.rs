//! Text to token numbers.

use std::path::Path;

use ourvidz_engine_base::{Error, Result};
use tokenizers::{Tokenizer, TruncationParams};

/// The tokenizer of `tokenizer/tokenizer.json`.
#[derive(Debug)]
pub struct Tokens {
    tokenizer: Tokenizer,
}

impl Tokens {
    /// Reads it from the model's folder. A text becomes at most `longest` tokens, the mark of its end included.
    ///
    /// # Errors
    ///
    /// When the file is missing or not a tokenizer's.
    pub fn open(folder: &Path, longest: usize) -> Result<Self> {
        let path = folder.join("tokenizer").join("tokenizer.json");
        let failed = |error: tokenizers::Error| Error::file(&path, error);
        let mut tokenizer = Tokenizer::from_file(&path).map_err(failed)?;
        // What the file says of padding and cutting is for other programs.
        tokenizer.with_padding(None);
        tokenizer
            .with_truncation(Some(TruncationParams {
                max_length: longest,
                ..TruncationParams::default()
            }))
            .map_err(failed)?;
        Ok(Self { tokenizer })
    }

    /// The numbers of a text's tokens, with the mark of its end. Runs of spaces count as one, as they did when
    /// the model was trained.
    ///
    /// # Errors
    ///
    /// When the tokenizer cannot do it.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>> {
        let cleaned = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let encoding = self
            .tokenizer
            .encode(cleaned, true)
            .map_err(|error| Error::Unsupported(format!("tokenizer: {error}")))?;
        Ok(encoding.get_ids().to_vec())
    }
}
