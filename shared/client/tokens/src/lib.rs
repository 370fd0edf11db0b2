//! How much of a prompt SDXL reads: CLIP's tokenizer for pages.
//!
//! A module of its own, because its tables outweigh all other rules together and a page needs them only once
//! somebody writes a prompt for SDXL.

use ourvidz_prompts::clip::ClipTokenizer;
use ourvidz_prompts::negative_prompt::MAX_TOKENS;
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** How many tokens a prompt takes, and where SDXL stops reading it. */
export interface PromptTokens {
  count: number;
  max: number;
  /** The length of the part that is read, as JavaScript counts it; whole words. */
  readLength: number;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// A `PromptTokens` for TypeScript.
    #[wasm_bindgen(typescript_type = "PromptTokens")]
    pub type PromptTokensView;
}

/// The start and the end token, which surround every text.
const FRAME_TOKENS: usize = 2;
/// What is left for the prompt itself.
const MAX: usize = MAX_TOKENS as usize - FRAME_TOKENS;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PromptTokens {
    count: usize,
    max: usize,
    read_length: usize,
}

/// Counts the tokens of a prompt exactly as SDXL's text encoders do.
///
/// # Errors
///
/// Only when the JavaScript engine is out of memory.
#[wasm_bindgen(js_name = promptTokens)]
pub fn prompt_tokens(prompt: &str) -> Result<PromptTokensView, JsValue> {
    let count = tokens(prompt);
    let read = if count <= MAX {
        prompt
    } else {
        &prompt[..read_bytes(prompt)]
    };
    let tokens = PromptTokens {
        count,
        max: MAX,
        read_length: read.encode_utf16().count(),
    };
    Ok(tokens
        .serialize(&Serializer::json_compatible())?
        .unchecked_into())
}

fn tokens(text: &str) -> usize {
    ClipTokenizer::shared()
        .count(text)
        .saturating_sub(FRAME_TOKENS)
}

/// The bytes of the longest run of whole words that fits. Tokens never reach over white space, so every
/// word only adds to the count, and the boundary can be searched by halves.
fn read_bytes(prompt: &str) -> usize {
    let ends: Vec<usize> = prompt
        .char_indices()
        .filter(|(_, character)| character.is_whitespace())
        .map(|(position, _)| position)
        .collect();
    let fitting = ends.partition_point(|&end| tokens(&prompt[..end]) <= MAX);
    fitting
        .checked_sub(1)
        .and_then(|last| ends.get(last))
        .copied()
        .unwrap_or(0)
}
