//! From a question at the desk to an answer on the wire.

use std::net::TcpStream;
use std::time::Duration;

use ourvidz_policy::{self as policy, ExtraTerms};
use serde_json::Value;

use super::desk::{Heard, Hearing, News};
use super::http::{Events, has_left, reply};
use super::openai::{self, Ending, Name};
use crate::engine::{ChatAnswer, EngineError};

/// How often a connection looks whether its client is still there.
const TICK: Duration = Duration::from_millis(200);
/// What a client that was turned away may wait: about one answer.
pub const RETRY_AFTER_SECONDS: u32 = 5;

/// How a request ended, for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Answered,
    Filtered,
    Refused,
    Busy,
    Left,
    Failed,
}

impl Outcome {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Filtered => "filtered",
            Self::Refused => "refused",
            Self::Busy => "busy",
            Self::Left => "left",
            Self::Failed => "failed",
        }
    }
}

/// Sends an error.
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

fn fail(stream: &mut TcpStream, error: &EngineError) -> Outcome {
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
            return Outcome::Refused;
        }
        // What failed in detail is for the operator's log.
        EngineError::Stopped | EngineError::Failed(_) => {
            refuse(
                stream,
                500,
                "generation_failed",
                "the language model failed",
            );
        }
    }
    Outcome::Failed
}

fn busy(stream: &mut TcpStream) -> Outcome {
    refuse(stream, 503, "busy", "the GPU works on something else");
    Outcome::Busy
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
pub fn whole(
    stream: &mut TcpStream,
    hearing: &mut Hearing,
    terms: &ExtraTerms,
    form: impl FnOnce(&str, Ending, &ChatAnswer) -> Value,
) -> Outcome {
    loop {
        match hearing.next(TICK) {
            Heard::News(News::Piece(_)) | Heard::Nothing => {
                if has_left(stream) {
                    return Outcome::Left;
                }
            }
            Heard::News(News::Ended(Err(error))) => return fail(stream, &error),
            Heard::News(News::Ended(Ok(answer))) => {
                if is_refused(&answer.text, true, terms) {
                    reply(stream, 200, &[], &form("", Ending::Filter, &answer));
                    return Outcome::Filtered;
                }
                let body = form(&answer.text, Ending::of(&answer), &answer);
                reply(stream, 200, &[], &body);
                return Outcome::Answered;
            }
            Heard::GaveUp => return busy(stream),
        }
    }
}

/// Sends the answer piece by piece. The status is decided by the first news: until then an error is an answer
/// of its own.
pub fn streamed(
    stream: &mut TcpStream,
    hearing: &mut Hearing,
    terms: &ExtraTerms,
    name: &Name<'_>,
    wants_usage: bool,
) -> Outcome {
    let first = loop {
        match hearing.next(TICK) {
            Heard::News(News::Ended(Err(error))) => return fail(stream, &error),
            Heard::News(news) => break news,
            Heard::Nothing if has_left(stream) => return Outcome::Left,
            Heard::Nothing => {}
            Heard::GaveUp => return busy(stream),
        }
    };
    // A write that fails means that the client has left.
    send_stream(stream, hearing, terms, name, wants_usage, first).unwrap_or(Outcome::Left)
}

fn send_stream(
    stream: &mut TcpStream,
    hearing: &mut Hearing,
    terms: &ExtraTerms,
    name: &Name<'_>,
    wants_usage: bool,
    first: News,
) -> std::io::Result<Outcome> {
    let mut events = Events::begin(stream)?;
    events.send(&name.opening().to_string())?;
    let mut text = String::new();
    let mut next = Heard::News(first);
    let (ending, answer) = loop {
        match next {
            Heard::News(News::Piece(piece)) if piece.is_empty() => {}
            Heard::News(News::Piece(piece)) => {
                text.push_str(&piece);
                if is_refused(&text, false, terms) {
                    break (Ending::Filter, None);
                }
                events.send(&name.piece(&piece).to_string())?;
            }
            Heard::News(News::Ended(Ok(answer))) => {
                let refused = is_refused(&text, true, terms);
                let ending = if refused {
                    Ending::Filter
                } else {
                    Ending::of(&answer)
                };
                break (ending, Some(answer));
            }
            Heard::News(News::Ended(Err(_))) | Heard::GaveUp => {
                let error =
                    openai::error(500, "generation_failed", "the language model failed", None);
                events.send(&error.to_string())?;
                events.end()?;
                return Ok(Outcome::Failed);
            }
            Heard::Nothing if events.has_left() => return Ok(Outcome::Left),
            Heard::Nothing => {}
        }
        next = hearing.next(TICK);
    };
    events.send(&name.closing(ending).to_string())?;
    if let (true, Some(answer)) = (wants_usage, &answer) {
        events.send(&name.usage(answer).to_string())?;
    }
    events.send("[DONE]")?;
    events.end()?;
    Ok(if ending == Ending::Filter {
        Outcome::Filtered
    } else {
        Outcome::Answered
    })
}
