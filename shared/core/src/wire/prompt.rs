//! What every prompt must be, wherever it comes in.

use super::kinds::Words;
use crate::limits::{MAX_NEGATIVE_PROMPT_CHARS, MAX_PROMPT_CHARS};

/// What every prompt must be.
pub(crate) const PROMPTS: Words = Words(MAX_PROMPT_CHARS);

/// What every user's own negative prompt must be.
pub(crate) const NEGATIVE_PROMPTS: Words = Words(MAX_NEGATIVE_PROMPT_CHARS);
