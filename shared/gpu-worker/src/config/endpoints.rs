//! Where others may ask this worker for something: never on an address that a network reaches.

use std::net::SocketAddr;

use super::{ConfigError, Redacted, SettingsSource, wrong};

/// Where the language model can be talked to, and with what key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatEndpoint {
    pub address: SocketAddr,
    pub key: Redacted,
}

/// A loopback address; `reason` says why no other will do.
pub(super) fn read_address(
    source: &SettingsSource,
    name: &str,
    reason: &str,
) -> Result<Option<SocketAddr>, ConfigError> {
    let Some(address) = source.get(name) else {
        return Ok(None);
    };
    let parsed: SocketAddr = address.parse().map_err(|_| {
        let example = "must be ADDRESS:PORT, for example 127.0.0.1:9400";
        wrong(name, example)
    })?;
    if parsed.ip().is_loopback() {
        Ok(Some(parsed))
    } else {
        Err(wrong(name, format!("must be a loopback address: {reason}")))
    }
}

/// The language model's endpoint, if there is to be one.
pub(super) fn read_chat(source: &SettingsSource) -> Result<Option<ChatEndpoint>, ConfigError> {
    let address = read_address(
        source,
        "WORKER_CHAT",
        "keys must not cross a network in the clear, so put a tunnel or a proxy with TLS in front of it",
    )?;
    address
        .map(|address| {
            let key = read_chat_key(source)?;
            Ok(ChatEndpoint { address, key })
        })
        .transpose()
}

/// As long as a key must be that nobody guesses.
const SHORTEST_CHAT_KEY: usize = 16;

/// The key of the language model's endpoint, which `serve-chat` reads without the rest.
///
/// # Errors
///
/// When it is missing, too short, or cannot be sent in a header.
pub fn read_chat_key(source: &SettingsSource) -> Result<Redacted, ConfigError> {
    let key = source.need(
        "WORKER_CHAT_KEY",
        "the bearer key of the language model's endpoint (CHAT_WORKER_KEY at the edge)",
    )?;
    if key.len() < SHORTEST_CHAT_KEY || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(wrong(
            "WORKER_CHAT_KEY",
            format!("must have {SHORTEST_CHAT_KEY} or more visible ASCII characters"),
        ));
    }
    Ok(Redacted(key))
}
