//! SDXL: text to image and image to image.
//!
//! [`Sdxl::open`] reads a folder in the layout of the diffusers library, or a single checkpoint file;
//! [`Sdxl::generate`] makes pictures of it. The parts are in the order in which a request goes through them:
//! [`text`] turns a prompt into vectors, [`sampler`] goes from noise to a picture, [`unet`] predicts at each
//! step what is noise, [`vae`] turns the result into pixels. An [`adapter`], where there is one, shows the UNet
//! pictures. All of them compute what diffusers computes; `tests/parity` holds them to it.

pub mod adapter;
pub mod config;
pub mod folder;
pub mod generate;
mod layers;
pub mod picture;
pub mod reference;
pub mod sampler;
pub mod schedule_config;
pub mod text;
pub mod tokens;
pub mod unet;
pub mod vae;

pub use folder::{Requirements, requirements};
pub use generate::{AdapterImage, ImageListener, InitImage, Sdxl, SdxlPart, SdxlRequest};
pub use picture::RgbImage;
pub use sampler::SdxlSampler;
