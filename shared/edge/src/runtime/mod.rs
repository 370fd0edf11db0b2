//! The half of this crate that touches the Workers runtime.

mod crypto;
mod door;
mod environment;
mod http;

pub use door::{Function, serve};
pub use environment::{backends, moment};
pub use http::Fetch;
