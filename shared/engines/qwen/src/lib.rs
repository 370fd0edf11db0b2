//! Qwen2.5-Instruct: better prompts, and a chat endpoint.
//!
//! ```text
//! messages -> template (ChatML) -> tokenizer.json -> Network (keys and values kept) -> Sampler -> text, piece by piece
//! ```
//!
//! Weights come from a folder in the published layout (`config.json`, `tokenizer.json`, `*.safetensors`) or from
//! one GGUF file beside its `tokenizer.json`; one network serves both, because only the matrices differ.

mod chat;
mod config;
mod layer;
mod linear;
mod network;
mod rotary;
mod sampler;
mod source;
mod stop;
mod template;

pub use chat::{Completion, Finish, LONGEST_CONTEXT, Options, Qwen, Request, bytes, examine};
pub use config::{Config, published_7b};
pub use network::Network;
pub use sampler::{Sampler, Sampling};
pub use source::Source;
pub use template::{Message, Role, render};
