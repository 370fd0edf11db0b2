//! What can be said about an order before it is sent.

use ourvidz_core::plan::submit;
use ourvidz_core::wire::submit::SubmitRequest;
use ourvidz_core::{ApiError, Code};
use ourvidz_policy::{self as policy, ExtraTerms};
use ourvidz_prompts::STYLES;
use ourvidz_prompts::negative_prompt::{Additions, MAX_TOKENS, with_additions};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::convert::{problem, to_js};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** The negative prompt that the edge sends along, and its length in CLIP tokens. */
export interface NegativePrompt {
  text: string;
  tokens: number;
  maxTokens: number;
  /** Whether your own terms are more than SDXL reads; `text` has those that it does. */
  isCut: boolean;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// A `Problem` for TypeScript.
    #[wasm_bindgen(typescript_type = "Problem | undefined")]
    pub type MaybeProblem;
    /// A `NegativePrompt` for TypeScript.
    #[wasm_bindgen(typescript_type = "NegativePrompt")]
    pub type NegativePromptView;
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NegativePromptFields<'a> {
    text: &'a str,
    tokens: u16,
    max_tokens: u16,
    is_cut: bool,
}

/// What is wrong with the body of a submit, if anything: the edge's own parser and content policy, run here.
/// What only the edge knows (balances, projects, an operator's extra terms) is left to it.
///
/// # Errors
///
/// Only when the JavaScript engine is out of memory.
#[wasm_bindgen(js_name = validateJob)]
pub fn validate_job(body: &JsValue) -> Result<MaybeProblem, JsValue> {
    let checked = to_json(body)
        .and_then(|bytes| SubmitRequest::parse(&bytes))
        .and_then(|request| submit::check_own_texts(&request));
    answer(checked)
}

/// The negative prompt that goes with a prompt for SDXL, with the user's own terms and those of a style.
///
/// # Errors
///
/// Only when the JavaScript engine is out of memory.
#[wasm_bindgen(js_name = negativePrompt)]
pub fn negative_prompt(
    prompt: &str,
    own: Option<String>,
    style: Option<String>,
) -> Result<NegativePromptView, JsValue> {
    let additions = Additions {
        style: STYLES
            .into_iter()
            .find(|known| Some(known.name) == style.as_deref()),
        own: own.as_deref().unwrap_or_default(),
    };
    let made = with_additions(prompt, additions);
    let fields = NegativePromptFields {
        text: &made.text,
        tokens: made.tokens,
        max_tokens: MAX_TOKENS,
        is_cut: made.is_cut,
    };
    Ok(to_js(&fields)?.unchecked_into())
}

/// Whether the content policy refuses these texts, judged together. An operator's extra terms are known to
/// the edge alone, so a text that passes here can still be refused there.
///
/// # Errors
///
/// Only when the JavaScript engine is out of memory.
#[wasm_bindgen(js_name = checkPolicy)]
pub fn check_policy(fields: Vec<String>) -> Result<MaybeProblem, JsValue> {
    let texts: Vec<&str> = fields.iter().map(String::as_str).collect();
    answer(if policy::check(&texts, &ExtraTerms::none()).is_refused() {
        Err(ApiError::new(Code::ContentPolicy))
    } else {
        Ok(())
    })
}

fn answer(checked: Result<(), ApiError>) -> Result<MaybeProblem, JsValue> {
    let value = match checked {
        Ok(()) => JsValue::UNDEFINED,
        Err(error) => problem(&error)?,
    };
    Ok(value.unchecked_into())
}

/// The bytes that a page would send for this value. What JSON cannot say (a cycle, a function) is no body.
fn to_json(body: &JsValue) -> Result<Vec<u8>, ApiError> {
    js_sys::JSON::stringify(body)
        .ok()
        .and_then(|text| text.as_string())
        .map(String::into_bytes)
        .ok_or_else(|| ApiError::invalid_field("body", "a JSON object"))
}
