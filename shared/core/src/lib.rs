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
pub mod enhance;
pub mod error;
pub mod job_type;
pub mod limits;
pub mod merge;
pub mod metadata;
pub mod moment;
#[cfg(feature = "schema")]
pub mod openapi;
pub mod outbound;
pub mod plan;
pub mod state;
pub mod title;
pub mod wire;

pub use error::{ApiError, Code};
pub use job_type::{Format, JobType, Model, Quality, Queue};
pub use moment::Moment;
pub use ourvidz_values::{Id, fingerprint, id, timestamp};
