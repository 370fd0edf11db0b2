//! The small HTTP server in front of the queue, on a loopback address.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use ourvidz_policy::{self as policy, ExtraTerms};
use serde_json::json;

use super::answer::{ChatOutcome, refuse, respond_streamed, respond_whole};
use super::enhance;
use super::http::{self, HttpRequest, RequestError, reply};
use super::openai::{self, CompletionHead, InvalidRequest};
use super::queue::{ChatQueue, QueueError};
use crate::config::Redacted;
use crate::engine::ChatRequest;
use crate::log;

/// Connections at a time: more than the queue holds, so that those who find it full are answered at once.
const MOST_CONNECTIONS: usize = 16;

/// Who may ask, and what is there to be asked.
pub struct Access {
    /// The bearer key: without it nothing is answered but `/health`.
    pub key: Redacted,
    /// The model's name; none if the engine has no language model.
    pub model: Option<String>,
    /// The operator's own policy terms.
    pub policy_terms: ExtraTerms,
}

/// Answers requests in threads that end with the program.
///
/// # Errors
///
/// When the address is taken.
pub fn serve(
    address: SocketAddr,
    access: Access,
    chat_queue: ChatQueue,
) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind(address)?;
    let bound = listener.local_addr()?;
    let access = Arc::new(access);
    let open = Arc::new(AtomicUsize::new(0));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            if open.fetch_add(1, Ordering::Relaxed) >= MOST_CONNECTIONS {
                open.fetch_sub(1, Ordering::Relaxed);
                refuse(&mut stream, 503, "busy", "too many connections");
                continue;
            }
            let (access, chat_queue, open) =
                (Arc::clone(&access), chat_queue.clone(), Arc::clone(&open));
            std::thread::spawn(move || {
                let _slot = ConnectionSlot(open);
                connection(&mut stream, &access, &chat_queue);
            });
        }
    });
    Ok(bound)
}

/// A slot that is free again when its thread ends, however it ends.
struct ConnectionSlot(Arc<AtomicUsize>);

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn connection(stream: &mut TcpStream, access: &Access, chat_queue: &ChatQueue) {
    let started = Instant::now();
    let request = match http::read(stream) {
        Ok(request) => request,
        Err(RequestError::Rejected(status, message)) => {
            refuse(stream, status, "bad_request", message);
            http::drain(stream);
            return;
        }
        Err(RequestError::Disconnected) => return,
    };
    if let Some(outcome) = route(stream, &request, access, chat_queue) {
        log::info(
            "chat_ended",
            json!({
                "path": request.path,
                "outcome": outcome.as_str(),
                "milliseconds": started.elapsed().as_millis() as u64,
            }),
        );
    }
}

fn route(
    stream: &mut TcpStream,
    request: &HttpRequest,
    access: &Access,
    chat_queue: &ChatQueue,
) -> Option<ChatOutcome> {
    let (method, path) = (request.method.as_str(), request.path.as_str());
    let expected = match path {
        "/health" | "/v1/models" => "GET",
        "/v1/chat/completions" | "/enhance" => "POST",
        _ => {
            refuse(stream, 404, "not_found", "there is no such path");
            return None;
        }
    };
    if method != expected {
        let error = openai::error(
            405,
            "method_not_allowed",
            "another method is expected",
            None,
        );
        reply(stream, 405, &[("allow", expected.to_owned())], &error);
        return None;
    }
    if path == "/health" {
        reply(
            stream,
            200,
            &[],
            &json!({ "status": "ok", "model": access.model }),
        );
        return None;
    }
    if !is_key(request.bearer.as_deref(), access.key.expose()) {
        refuse(
            stream,
            401,
            "invalid_api_key",
            "the bearer key is missing or wrong",
        );
        return None;
    }
    if path == "/v1/models" {
        reply(stream, 200, &[], &openai::models(access.model.as_deref()));
        return None;
    }
    Some(answer(stream, request, access, chat_queue))
}

fn answer(
    stream: &mut TcpStream,
    request: &HttpRequest,
    access: &Access,
    chat_queue: &ChatQueue,
) -> ChatOutcome {
    let Some(model) = access.model.as_deref() else {
        refuse(
            stream,
            501,
            "no_language_model",
            "this worker has no language model",
        );
        return ChatOutcome::Refused;
    };
    let terms = &access.policy_terms;
    let is_enhance = request.path == "/enhance";
    let asked = if is_enhance {
        enhance::parse(&request.body, fresh_seed()).map(|request| openai::CompletionRequest {
            request,
            stream: false,
            wants_usage: false,
        })
    } else {
        openai::parse(&request.body, fresh_seed())
    };
    let asked = match asked {
        Ok(asked) => asked,
        Err(InvalidRequest(parameter, problem)) => {
            let error = openai::error(400, "invalid_request", problem, Some(parameter));
            reply(stream, 400, &[], &error);
            return ChatOutcome::Refused;
        }
    };
    if !is_allowed(&asked.request, terms) {
        refuse(
            stream,
            400,
            "content_policy",
            "refused by the content policy",
        );
        return ChatOutcome::Refused;
    }
    let mut events = match chat_queue.ask(asked.request) {
        Ok(events) => events,
        Err(QueueError::Full | QueueError::Closed) => {
            refuse(stream, 503, "busy", "too many requests are waiting");
            return ChatOutcome::Busy;
        }
    };
    let name = CompletionHead {
        id: format!("chatcmpl-{:016x}", fresh_seed()),
        created: SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs()),
        model,
    };
    if is_enhance {
        respond_whole(stream, &mut events, terms, |text, _, answer| {
            enhance::answer(text, answer, model)
        })
    } else if asked.stream {
        respond_streamed(stream, &mut events, terms, &name, asked.wants_usage)
    } else {
        respond_whole(stream, &mut events, terms, |text, reason, answer| {
            name.completion(text, reason, answer)
        })
    }
}

/// The whole conversation is judged together, as everywhere.
fn is_allowed(request: &ChatRequest, terms: &ExtraTerms) -> bool {
    let texts: Vec<&str> = request
        .messages
        .iter()
        .map(|message| message.text.as_str())
        .collect();
    !policy::check(&texts, terms).is_refused()
}

/// Compares in a time that tells nothing about where the keys differ.
fn is_key(given: Option<&str>, key: &str) -> bool {
    let given = given.unwrap_or_default();
    let differences = given
        .bytes()
        .zip(key.bytes())
        .fold(0, |differences, (left, right)| differences | (left ^ right));
    !key.is_empty() && given.len() == key.len() && std::hint::black_box(differences) == 0
}

fn fresh_seed() -> u64 {
    let mut bytes = [0_u8; 8];
    // Without randomness every answer to a question is the same, which is better than none.
    let _ = getrandom::fill(&mut bytes);
    u64::from_le_bytes(bytes)
}
