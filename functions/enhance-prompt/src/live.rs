//! The answer as Server-Sent Events: the text of a chat model as it writes it, then the result.
//!
//! `event: token` brings text, `event: reset` says that what came so far is void because another worker takes
//! over, and `event: result` ends the stream with the body that a client without a stream would get. What the
//! words of a model become in the result is the compressor's business, so clients replace them by it.

use futures_channel::mpsc::{UnboundedSender, unbounded};
use ourvidz_core::enhance::Enhancement;
use ourvidz_edge::{Call, Reply, Runtime, event_stream};
use serde_json::json;

use crate::enhancing::Enhancing;
use crate::sink::AnswerSink;

/// Starts the work and answers with what it says.
///
/// The work belongs to the runtime, not to the stream: a client that goes away in the middle has the result
/// in the cache when it comes back. What the channel holds is bounded by what is read of a worker's answer.
pub fn answer<R: Runtime>(
    call: &Call<R>,
    enhancing: Enhancing<R>,
    cached_result: Option<Enhancement>,
) -> Reply {
    let (sender, frames) = unbounded();
    call.note("stream", true);
    call.later(work(enhancing, cached_result, sender));
    Reply::events(Box::pin(frames))
}

async fn work<R: Runtime>(
    mut enhancing: Enhancing<R>,
    cached_result: Option<Enhancement>,
    sender: UnboundedSender<Vec<u8>>,
) {
    let cached = cached_result.is_some();
    let mut reader = StreamSink {
        sender,
        is_showing: false,
    };
    let enhancement = match cached_result {
        Some(enhancement) => enhancement,
        None => enhancing.make(&mut reader).await,
    };
    let reply = enhancing.reply(&enhancement, cached);
    reader.send("result", &json!(reply));
    // The stream ends here, before what the client need not wait for.
    drop(reader);
    enhancing.record(reply, enhancement).await;
}

/// A client that reads the stream.
struct StreamSink {
    sender: UnboundedSender<Vec<u8>>,
    is_showing: bool,
}

impl StreamSink {
    /// A client that has gone away is no reason to stop.
    fn send(&self, name: &str, data: &serde_json::Value) {
        let _ = self
            .sender
            .unbounded_send(event_stream::frame(None, name, data));
    }
}

impl AnswerSink for StreamSink {
    fn is_streaming(&self) -> bool {
        true
    }

    fn text(&mut self, text: &str) {
        self.is_showing = true;
        self.send("token", &json!({ "text": text }));
    }

    fn discard(&mut self) {
        if self.is_showing {
            self.is_showing = false;
            self.send("reset", &json!({}));
        }
    }

    /// The log line of a stream has been written when it begins; the operators' row says how it ended.
    fn note(&mut self, _name: &str, _value: &str) {}
}
