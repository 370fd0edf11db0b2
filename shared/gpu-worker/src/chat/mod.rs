//! The language model for others: an endpoint that speaks OpenAI's chat protocol, and the older one that
//! takes a single prompt.
//!
//! ```text
//! connection (thread each) -> Desk (short queue) -> the engine's thread -> pieces of text -> connection
//! ```
//!
//! A connection never touches the engine. When the queue is full, or the engine does not come to a request in
//! time because it works on a job, the answer is 503 with `Retry-After`: whoever wants a prompt enhanced has
//! other ways and a few seconds only.

mod answer;
mod desk;
mod http;
mod openai;
mod server;
mod single;

pub use desk::{Counter, Desk, desk};
pub use server::{Access, serve};

#[cfg(test)]
mod tests;
