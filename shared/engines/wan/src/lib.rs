//! WAN 2.1: text to video, and single pictures.
//!
//! Three networks take part, each in a module of its own: [`text`] reads the prompt (umT5), [`transformer`] turns
//! noise to a clip's latents step by step along a [`schedule`], and [`vae`] makes frames of these. [`Wan`] puts
//! them together. All sizes come from the configurations beside the weights.

pub mod config;
pub mod folder;
mod generate;
pub mod negative;
mod preview;
mod request;
pub mod schedule;
mod tea_cache;
pub mod text;
pub mod transformer;
pub mod vae;

pub use folder::{Examination, Folder, WanComponent};
pub use generate::{Denoised, NoListener, TextContext, Wan, decode, denoise};
pub use request::{ClipSize, Frame, VideoListener, WanRequest};
pub use schedule::WanSolver;
pub use tea_cache::{CacheThreshold, Rescaling, TeaCache};
