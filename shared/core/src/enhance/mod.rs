//! Making a prompt better, within what its model reads, whoever is there to help.
//!
//! A chat model writes the best prompts, the WAN worker's model good ones, and [`rules`] always has an answer.
//! Which of them is asked, and for how long, [`tiers`] and [`breaker`] decide; what a model says is only
//! used after [`clean`] and the content policy found nothing wrong with it; [`compress`] keeps every result
//! within its [`Brief`]'s budget, and [`score`] says what it is worth by a formula that anybody can repeat.
//!
//! Behind the feature `clip`, because counting SDXL's tokens needs CLIP's vocabulary.

pub mod breaker;
pub mod brief;
pub mod chat;
pub mod clean;
pub mod compress;
mod lexicon;
pub mod limit;
pub mod outcome;
pub mod rules;
pub mod score;
pub mod session;
pub mod stream;
mod suggestions;
pub mod text;
pub mod tiers;
mod traits;

pub use brief::{Brief, Template, Tokenizer};
pub use outcome::{Enhancement, cache_key};
pub use tiers::Tier;
