//! What rules are written in: ids, points in time, and the meaning of a JSON value as a short text.
#![no_std]

extern crate alloc;

pub mod fingerprint;
pub mod id;
pub mod timestamp;

pub use id::Id;
