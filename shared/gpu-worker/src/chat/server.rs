//! The small server in front of the desk, on a loopback address.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use ourvidz_policy::{self as policy, ExtraTerms};
use serde_json::json;

use super::answer::{Outcome, refuse, streamed, whole};
use super::desk::{Desk, Turned};
use super::http::{self, Request, Unreadable, reply};
use super::openai::{self, Name, Wrong};
use super::single;
use crate::config::Hidden;
use crate::engine::ChatRequest;
use crate::log;

/// Connections at a time: more than the desk has places, so that those who find it full hear of it at once.
const MOST_CONNECTIONS: usize = 16;

/// Who may ask, and what is there to be asked.
pub struct Access {
    /// The bearer key: without it nothing is answered but `/health`.
    pub key: Hidden,
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
pub fn serve(address: SocketAddr, access: Access, desk: Desk) -> std::io::Result<SocketAddr> {
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
            let (access, desk, open) = (Arc::clone(&access), desk.clone(), Arc::clone(&open));
            std::thread::spawn(move || {
                let _place = Place(open);
                connection(&mut stream, &access, &desk);
            });
        }
    });
    Ok(bound)
}

/// A place that is free again when its thread ends, however it ends.
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn connection(stream: &mut TcpStream, access: &Access, desk: &Desk) {
    let started = Instant::now();
    let request = match http::read(stream) {
        Ok(request) => request,
        Err(Unreadable::Answer(status, message)) => {
            refuse(stream, status, "bad_request", message);
            http::hear_out(stream);
            return;
        }
        Err(Unreadable::Gone) => return,
    };
    if let Some(outcome) = route(stream, &request, access, desk) {
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
    request: &Request,
    access: &Access,
    desk: &Desk,
) -> Option<Outcome> {
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
    Some(answer(stream, request, access, desk))
}

fn answer(stream: &mut TcpStream, request: &Request, access: &Access, desk: &Desk) -> Outcome {
    let Some(model) = access.model.as_deref() else {
        refuse(
            stream,
            501,
            "no_language_model",
            "this worker has no language model",
        );
        return Outcome::Refused;
    };
    let terms = &access.policy_terms;
    let is_single = request.path == "/enhance";
    let wish = if is_single {
        single::parse(&request.body, fresh_seed()).map(|request| openai::Wish {
            request,
            stream: false,
            wants_usage: false,
        })
    } else {
        openai::parse(&request.body, fresh_seed())
    };
    let wish = match wish {
        Ok(wish) => wish,
        Err(Wrong(parameter, problem)) => {
            let error = openai::error(400, "invalid_request", problem, Some(parameter));
            reply(stream, 400, &[], &error);
            return Outcome::Refused;
        }
    };
    if !may_be_asked(&wish.request, terms) {
        refuse(
            stream,
            400,
            "content_policy",
            "refused by the content policy",
        );
        return Outcome::Refused;
    }
    let mut hearing = match desk.ask(wish.request) {
        Ok(hearing) => hearing,
        Err(Turned::Full | Turned::Closed) => {
            refuse(stream, 503, "busy", "too many requests are waiting");
            return Outcome::Busy;
        }
    };
    let name = Name {
        id: format!("chatcmpl-{:016x}", fresh_seed()),
        created: SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs()),
        model,
    };
    if is_single {
        whole(stream, &mut hearing, terms, |text, _, answer| {
            single::answer(text, answer, model)
        })
    } else if wish.stream {
        streamed(stream, &mut hearing, terms, &name, wish.wants_usage)
    } else {
        whole(stream, &mut hearing, terms, |text, ending, answer| {
            name.completion(text, ending, answer)
        })
    }
}

/// The whole conversation is judged together, as everywhere.
fn may_be_asked(request: &ChatRequest, terms: &ExtraTerms) -> bool {
    let texts: Vec<&str> = request
        .turns
        .iter()
        .map(|turn| turn.text.as_str())
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
