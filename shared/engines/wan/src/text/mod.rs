//! From words to vectors: umT5's tokens and its encoder.

mod encoder;
mod position;
mod tokens;

pub use encoder::Umt5Encoder;
pub use tokens::Tokens;
