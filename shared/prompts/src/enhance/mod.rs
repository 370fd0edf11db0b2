//! Making a prompt better, within what its model reads.
//!
//! [`rules`] always has an answer. What a model writes instead is only used after [`clean`] found nothing wrong with
//! it; [`compress`] keeps every result within its [`Brief`]'s budget, and [`score`] says what it is worth by a formula
//! that anybody can repeat. [`chat`] and [`stream`] are how a model is asked and read.

pub mod brief;
pub mod chat;
pub mod clean;
pub mod compress;
mod lexicon;
mod meaning;
pub mod rules;
pub mod score;
pub mod stream;
mod suggestions;
pub mod text;
mod traits;

pub use brief::{Brief, Template, Tokenizer};
