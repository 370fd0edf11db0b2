//! Everything that decides about orders and jobs.
//!
//! This crate holds the rules that need no input or output: what a job type is, which requests are valid, what a
//! report changes. The edge functions, the browser client and the GPU worker use the very same code. What a prompt
//! may say is `ourvidz_policy`, what becomes of it `ourvidz_prompts`; what is decided on rows under lock is SQL.
//!
//! It is `no_std` on purpose: without the standard library there is no clock, no environment, no file and no
//! network to reach for, so whatever changes from call to call has to come in as an argument (see [`Moment`]).
#![no_std]

extern crate alloc;

pub mod api_key;
pub mod aspect;
pub mod asset_key;
mod asset_role;
pub mod enhance;
pub mod error;
pub mod file_type;
pub mod job_type;
pub mod judged;
pub mod limits;
pub mod merge;
pub mod metadata;
pub mod moment;
#[cfg(feature = "schema")]
pub mod openapi;
pub mod outbound;
pub mod picture;
pub mod plan;
pub mod state;
pub mod title;
pub mod wire;

pub use error::{ApiError, Code, ErrorParts};
pub use job_type::{Format, JobType, Model, Quality, Queue};
pub use moment::Moment;
pub use ourvidz_values::{Id, fingerprint, id, timestamp};
