//! From words to vectors: umT5's tokens and its encoder.

mod encoder;
mod position;
mod tokens;

pub use encoder::TextEncoder;
pub use tokens::Tokens;
