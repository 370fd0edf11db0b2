//! The content policy: what it refuses, what it allows, and that disguises change neither.
//!
//! The texts are put together from the tables, entry by entry; none is written out.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod ages;
mod allowed;
mod bare;
mod clothing;
mod disguise;
mod refused;
mod tables;
mod taste;

#[cfg(not(target_arch = "wasm32"))]
mod properties;
#[cfg(not(target_arch = "wasm32"))]
mod recall;

use ourvidz_policy::{ExtraTerms, check};

/// Whether one text alone is refused.
pub fn refuses(text: &str) -> bool {
    check(&[text], &ExtraTerms::none()).is_refused()
}
