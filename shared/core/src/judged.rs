//! Which texts of a request the content policy judges: all that is stored or shown.
//!
//! A request takes itself apart field by field, without `..`: a field that is added does not compile until somebody
//! has said here whether it carries words.

use alloc::vec::Vec;

use ourvidz_policy::{self as policy, ExtraTerms};
use serde_json::Value;

use crate::{ApiError, Code};

/// A request that brings texts of a user along.
pub trait Judged {
    /// Its texts, which are judged together.
    fn texts(&self) -> Vec<&str>;
}

/// Refuses a request whose texts, together with those that it goes beside, break the content policy.
///
/// # Errors
///
/// 422 `content_policy`, without a word about which text it was.
pub fn judge(
    request: &impl Judged,
    beside: &[&str],
    extra_terms: &ExtraTerms,
) -> Result<(), ApiError> {
    let mut texts = request.texts();
    texts.extend(beside);
    match policy::check(&texts, extra_terms).is_refused() {
        true => Err(ApiError::new(Code::ContentPolicy)),
        false => Ok(()),
    }
}

/// Collects the texts in a JSON value, the names of its fields too.
pub(crate) fn collect<'a>(value: &'a Value, texts: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Object(map) => {
            for (key, value) in map {
                texts.push(key);
                collect(value, texts);
            }
        }
        _ => {}
    }
}
