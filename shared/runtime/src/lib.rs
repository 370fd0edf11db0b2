//! The only crate that knows the Workers runtime.
//!
//! What comes in becomes plain data (`Incoming`), what goes out was plain data (`Reply`), and in between a handler
//! sees a `Call`: all of it is `ourvidz_edge`'s. Only the `entry.rs` of a function names this crate.

mod clock;
mod crossings;
mod crypto;
mod environment;
mod function;
mod http;
mod serve;

pub use clock::moment;
pub use environment::backends;
pub use function::Function;
pub use http::Fetch;
pub use serve::{serve, serve_in_form};
pub use web_sys::{Request, Response};
