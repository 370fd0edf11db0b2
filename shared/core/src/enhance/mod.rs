//! Who makes a prompt better, and what of it is told.
//!
//! A chat model writes the best prompts, the WAN worker's model good ones, and the rules of `ourvidz_prompts` always
//! have an answer. Which of them is asked, and for how long, [`tiers`] and [`breaker`] decide; what a model says is
//! only used after the content policy found nothing wrong with it.

pub mod breaker;
pub mod brief;
pub mod limit;
pub mod outcome;
pub mod release;
pub mod session;
pub mod tiers;

pub use outcome::{Enhancement, cache_key};
pub use tiers::Tier;
