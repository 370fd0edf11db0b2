//! What the engines share: devices, weights, attention, noise.
//!
//! An engine turns tensors into tensors. It knows nothing of jobs, queues or uploads; its caller learns of
//! each step through a [`Progress`], and can end the work there.
//!
//! Model code is written once against candle's `VarBuilder`, and that builder has three sources here: files
//! ([`weights::Weights`]), a list of what the model asks for ([`weights::RequiredTensors`], which needs no memory and is
//! what `doctor` compares files with), and random numbers ([`weights::random`], for measuring speed).

pub mod attention;
pub mod config;
pub mod conv;
pub mod device;
pub mod error;
pub mod fault;
#[cfg(feature = "cuda")]
mod gpu;
pub mod latent_preview;
pub mod memory;
pub mod noise;
pub mod norm;
pub mod output;
pub mod progress;
pub mod rows;
pub mod weights;

pub use error::{Error, Result};
pub use fault::DeviceFault;
pub use latent_preview::{LatentColours, LatentPreview};
pub use progress::Progress;
