//! What a prompt becomes before a model reads it.
//!
//! | module | what |
//! |---|---|
//! | [`negative_prompt`] | what a picture must not show, in the order of its importance, within CLIP's 77 tokens |
//! | `clip` | CLIP's tokens, counted exactly (feature `clip`) |
//! | `enhance` | a better prompt, within what its model reads (feature `clip`) |
#![no_std]

extern crate alloc;

#[cfg(feature = "clip")]
pub mod clip;
#[cfg(feature = "clip")]
pub mod enhance;
pub mod negative_prompt;
pub mod quality;
pub mod target;

pub use quality::QualityMetrics;
pub use target::{Format, Model, Quality};
