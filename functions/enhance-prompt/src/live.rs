//! The answer as Server-Sent Events: the words of a chat model as it writes them, then the result.
//!
//! `event: token` brings words, `event: reset` says that those so far are void because another worker takes
//! over, and `event: result` ends the stream with the body that a client without a stream would get. What the
//! words of a model become in the result is the compressor's business, so clients replace them by it.

use futures_channel::mpsc::{UnboundedSender, unbounded};
use ourvidz_core::enhance::Enhancement;
use ourvidz_edge::{Call, Reply, Runtime, event_stream};
use serde_json::json;

use crate::audience::Audience;
use crate::making::Making;

/// Starts the work and answers with what it says.
///
/// The work belongs to the runtime, not to the stream: a client that goes away in the middle has the result
/// in the cache when it comes back. What the channel holds is bounded by what is read of a worker's answer.
pub fn answer<R: Runtime>(
    call: &Call<R>,
    making: Making<R>,
    remembered: Option<Enhancement>,
) -> Reply {
    let (sender, frames) = unbounded();
    call.note("stream", true);
    call.later(work(making, remembered, sender));
    Reply::events(Box::pin(frames))
}

async fn work<R: Runtime>(
    mut making: Making<R>,
    remembered: Option<Enhancement>,
    sender: UnboundedSender<Vec<u8>>,
) {
    let cached = remembered.is_some();
    let mut reader = Reader {
        sender,
        is_showing: false,
    };
    let enhancement = match remembered {
        Some(enhancement) => enhancement,
        None => making.make(&mut reader).await,
    };
    let reply = making.reply(&enhancement, cached);
    reader.send("result", &json!(reply));
    // The stream ends here, before what the client need not wait for.
    drop(reader);
    making.record(reply, enhancement).await;
}

/// A client that reads along.
struct Reader {
    sender: UnboundedSender<Vec<u8>>,
    is_showing: bool,
}

impl Reader {
    /// A client that has gone away is no reason to stop.
    fn send(&self, name: &str, data: &serde_json::Value) {
        let _ = self
            .sender
            .unbounded_send(event_stream::frame(None, name, data));
    }
}

impl Audience for Reader {
    fn reads_along(&self) -> bool {
        true
    }

    fn words(&mut self, words: &str) {
        self.is_showing = true;
        self.send("token", &json!({ "text": words }));
    }

    fn forget(&mut self) {
        if self.is_showing {
            self.is_showing = false;
            self.send("reset", &json!({}));
        }
    }

    /// The log line of a stream has been written when it begins; the operators' row says how it ended.
    fn note(&mut self, _name: &str, _value: &str) {}
}
