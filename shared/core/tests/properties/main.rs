//! What holds for every input: no parser panics, no refusal repeats what was sent, no plan depends on when it
//! is made, and no report, however odd, breaks the rules of the states.
// Natively only: proptest keeps failing cases in files, and needs a source of randomness.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod json;
mod parsers;
mod settling;
mod submitting;
