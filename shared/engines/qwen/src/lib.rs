//! Qwen2.5-Instruct: better prompts, and a chat endpoint.
//!
//! ```text
//! messages -> template (ChatML) -> tokenizer.json -> QwenNetwork (keys and values kept) -> TokenSampler -> text, piece by piece
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
mod stop;
mod template;
mod weights;

pub use chat::{Completion, Finish, LONGEST_CONTEXT, Options, Qwen, QwenRequest, bytes, examine};
pub use config::{QwenConfig, published_7b};
pub use network::QwenNetwork;
pub use sampler::{Sampling, TokenSampler};
pub use template::{QwenMessage, QwenRole, render};
pub use weights::QwenWeights;
