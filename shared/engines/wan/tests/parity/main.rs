//! A model of toy size, stage by stage, against what diffusers and transformers computed with the same weights:
//! see tests/parity/README.md.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod denoiser;
mod published;
mod schedules;
mod support;
mod text;
mod video;
