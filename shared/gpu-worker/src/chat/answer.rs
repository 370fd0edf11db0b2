//! From the queue's events to an answer on the wire.

use std::net::TcpStream;
use std::time::Duration;

use ourvidz_policy::{self as policy, ExtraTerms};
use serde_json::Value;

use super::http::{EventStream, is_disconnected, reply};
use super::openai::{self, CompletionHead, FinishReason};
use super::queue::{ChatEvent, ChatStream, Received};
use crate::engine::{ChatAnswer, EngineError};

/// How often a connection looks whether its client is still there.
const TICK: Duration = Duration::from_millis(200);
/// What a client that was turned away may wait: about one answer.
pub const RETRY_AFTER_SECONDS: u32 = 5;

/// How a request ended, for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChatOutcome {
    Answered,
    Filtered,
    Refused,
    Busy,
    Disconnected,
    Failed,
}

impl ChatOutcome {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Filtered => "filtered",
            Self::Refused => "refused",
            Self::Busy => "busy",
            Self::Disconnected => "left",
            Self::Failed => "failed",
        }
    }
}

pub fn refuse(stream: &mut TcpStream, status: u16, code: &str, message: &str) {
    let retry = [("retry-after", RETRY_AFTER_SECONDS.to_string())];
    let extra: &[(&str, String)] = if status == 503 { &retry } else { &[] };
    reply(
        stream,
        status,
        extra,
        &openai::error(status, code, message, None),
    );
}

fn fail(stream: &mut TcpStream, error: &EngineError) -> ChatOutcome {
    match error {
        EngineError::Unsupported(_) => {
            refuse(
                stream,
                501,
                "no_language_model",
                "this worker has no language model",
            );
        }
        EngineError::Impossible(why) => {
            refuse(stream, 400, "context_length_exceeded", why);
            return ChatOutcome::Refused;
        }
        // What failed in detail is for the operator's log.
        EngineError::Stopped
        | EngineError::Failed(_)
        | EngineError::OutOfMemory(_)
        | EngineError::Device { .. } => {
            refuse(
                stream,
                500,
                "generation_failed",
                "the language model failed",
            );
        }
    }
    ChatOutcome::Failed
}

fn busy(stream: &mut TcpStream) -> ChatOutcome {
    refuse(stream, 503, "busy", "the GPU works on something else");
    ChatOutcome::Busy
}

/// What the policy says about what the model has written so far. A word that is still being written is left
/// out: its beginning may be another word.
fn is_refused(text: &str, whole: bool, terms: &ExtraTerms) -> bool {
    let end = if whole {
        text.len()
    } else {
        text.rfind(char::is_whitespace).unwrap_or(0)
    };
    policy::check(&[text.get(..end).unwrap_or(text)], terms).is_refused()
}

/// Waits for the whole answer and sends it in the form that `form` gives it.
pub fn respond_whole(
    stream: &mut TcpStream,
    pending: &mut ChatStream,
    terms: &ExtraTerms,
    form: impl FnOnce(&str, FinishReason, &ChatAnswer) -> Value,
) -> ChatOutcome {
    loop {
        match pending.next(TICK) {
            Received::Event(ChatEvent::Piece(_)) | Received::Nothing => {
                if is_disconnected(stream) {
                    return ChatOutcome::Disconnected;
                }
            }
            Received::Event(ChatEvent::Ended(Err(error))) => return fail(stream, &error),
            Received::Event(ChatEvent::Ended(Ok(answer))) => {
                if is_refused(&answer.text, true, terms) {
                    reply(stream, 200, &[], &form("", FinishReason::Filter, &answer));
                    return ChatOutcome::Filtered;
                }
                let body = form(&answer.text, FinishReason::of(&answer), &answer);
                reply(stream, 200, &[], &body);
                return ChatOutcome::Answered;
            }
            Received::GaveUp => return busy(stream),
        }
    }
}

/// Sends the answer piece by piece. The status is decided by the first event: until then an error is an answer
/// of its own.
pub fn respond_streamed(
    stream: &mut TcpStream,
    pending: &mut ChatStream,
    terms: &ExtraTerms,
    name: &CompletionHead<'_>,
    wants_usage: bool,
) -> ChatOutcome {
    let first = loop {
        match pending.next(TICK) {
            Received::Event(ChatEvent::Ended(Err(error))) => return fail(stream, &error),
            Received::Event(event) => break event,
            Received::Nothing if is_disconnected(stream) => return ChatOutcome::Disconnected,
            Received::Nothing => {}
            Received::GaveUp => return busy(stream),
        }
    };
    // A write that fails means that the client has left.
    send_stream(stream, pending, terms, name, wants_usage, first)
        .unwrap_or(ChatOutcome::Disconnected)
}

fn send_stream(
    stream: &mut TcpStream,
    pending: &mut ChatStream,
    terms: &ExtraTerms,
    name: &CompletionHead<'_>,
    wants_usage: bool,
    first: ChatEvent,
) -> std::io::Result<ChatOutcome> {
    let mut events = EventStream::begin(stream)?;
    events.send(&name.opening().to_string())?;
    let mut text = String::new();
    let mut next = Received::Event(first);
    let (reason, answer) = loop {
        match next {
            Received::Event(ChatEvent::Piece(delta)) if delta.is_empty() => {}
            Received::Event(ChatEvent::Piece(delta)) => {
                text.push_str(&delta);
                if is_refused(&text, false, terms) {
                    break (FinishReason::Filter, None);
                }
                events.send(&name.delta(&delta).to_string())?;
            }
            Received::Event(ChatEvent::Ended(Ok(answer))) => {
                let refused = is_refused(&text, true, terms);
                let reason = if refused {
                    FinishReason::Filter
                } else {
                    FinishReason::of(&answer)
                };
                break (reason, Some(answer));
            }
            Received::Event(ChatEvent::Ended(Err(_))) | Received::GaveUp => {
                let error =
                    openai::error(500, "generation_failed", "the language model failed", None);
                events.send(&error.to_string())?;
                events.end()?;
                return Ok(ChatOutcome::Failed);
            }
            Received::Nothing if events.is_disconnected() => return Ok(ChatOutcome::Disconnected),
            Received::Nothing => {}
        }
        next = pending.next(TICK);
    };
    events.send(&name.closing(reason).to_string())?;
    if let (true, Some(answer)) = (wants_usage, &answer) {
        events.send(&name.usage(answer).to_string())?;
    }
    events.send("[DONE]")?;
    events.end()?;
    Ok(if reason == FinishReason::Filter {
        ChatOutcome::Filtered
    } else {
        ChatOutcome::Answered
    })
}
