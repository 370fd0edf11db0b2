//! What a prompt becomes before a model reads it.
//!
//! | module | what |
//! |---|---|
//! | [`negative_prompt`] | what a picture must not show, in the order of its importance, within CLIP's 77 tokens |
//! | [`clip`] | CLIP's tokens, counted exactly |
//! | [`style`] | words of a style, behind the user's own |
//! | [`enhance`] | a better prompt, within what its model reads |
#![no_std]

extern crate alloc;

pub mod clip;
pub mod enhance;
pub mod negative_prompt;
pub mod quality;
pub mod style;
pub mod target;
mod term;

pub use quality::QualityMetrics;
pub use style::{STYLES, Style};
pub use target::{Format, Model, Quality};
