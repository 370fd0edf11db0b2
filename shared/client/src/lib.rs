//! The browser's half: the edge's own rules, compiled for pages.
//!
//! Nothing here decides anything. Each function converts, asks `ourvidz_core` and converts back, so that a
//! page says before sending exactly what the edge would answer after.

// wasm-bindgen writes these docs into the package's TypeScript types.
#![warn(missing_docs)]

mod convert;
mod job_types;
mod request;

use wasm_bindgen::prelude::wasm_bindgen;

pub use job_types::{job_types, price};
pub use request::{check_policy, negative_prompt, validate_job};

/// Prepares the module: a panic, which would be a bug, shows in the console with its place.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}
