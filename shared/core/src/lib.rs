//! Everything that decides.
//!
//! This crate holds every rule of the product that needs no input or output: what a job type is, which
//! requests are valid, which state follows which, what a callback changes, what a prompt may say. The edge
//! functions, the browser client and the GPU worker use the very same code.
//!
//! It is `no_std` on purpose: without the standard library there is no clock, no environment, no file and no
//! network to reach for, so whatever changes from call to call has to come in as an argument (see [`Moment`]).
#![no_std]

extern crate alloc;

pub mod asset_key;
#[cfg(feature = "clip")]
pub mod clip;
#[cfg(feature = "clip")]
pub mod enhance;
pub mod error;
pub mod fingerprint;
pub mod id;
pub mod job_type;
pub mod limits;
pub mod merge;
pub mod metadata;
pub mod moment;
pub mod negative_prompt;
pub mod outbound;
pub mod plan;
pub mod policy;
pub mod sign;
pub mod state;
pub mod strict_json;
pub mod timestamp;
pub mod title;
pub mod wire;

pub use error::{ApiError, Code};
pub use id::Id;
pub use job_type::{Format, JobType, Model, Quality, Queue};
pub use moment::Moment;
