//! The language model for others: an endpoint that speaks OpenAI's chat protocol, and the older one that
//! takes a single prompt.
//!
//! ```text
//! connection (thread each) -> ChatQueue (short) -> the engine's thread -> pieces of text -> connection
//! ```
//!
//! A connection never touches the engine. When the queue is full, or the engine does not come to a request in
//! time because it works on a job, the answer is 503 with `Retry-After`: whoever wants a prompt enhanced has
//! other ways and a few seconds only.

mod alone;
mod answer;
mod enhance;
mod http;
mod openai;
mod queue;
mod server;

pub use alone::serve_alone;
pub use queue::{ChatQueue, ChatQueueReceiver, chat_queue};
pub use server::{Access, serve};

#[cfg(test)]
mod tests;
