//! What every prompt must be, wherever it comes in.

use alloc::string::{String, ToString};

use super::fields::is_storable;
use crate::limits::MAX_PROMPT_CHARS;

/// What every prompt must be.
pub(crate) const EXPECTED_PROMPT: &str = "a text of 1 to 2000 characters";

/// The prompt without surrounding white space, if it has an allowed length.
pub(crate) fn trimmed_prompt(prompt: &str) -> Option<String> {
    let prompt = prompt.trim();
    let fits = !prompt.is_empty() && prompt.chars().count() <= MAX_PROMPT_CHARS;
    (fits && is_storable(prompt)).then(|| prompt.to_string())
}
