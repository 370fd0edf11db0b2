//! Servers that make pictures and answers for this worker.

use super::{ConfigError, Redacted, SettingsSource, wrong};

/// A server that speaks OpenAI's chat protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatServer {
    /// Its address, without `/v1`.
    pub url: String,
    /// The model to ask for.
    pub model: String,
    pub key: Option<Redacted>,
}

/// The servers of the http engine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Servers {
    pub images: Option<String>,
    pub chat: Option<ChatServer>,
}

/// Reads the servers' settings.
///
/// # Errors
///
/// When an address is none.
pub fn read_servers(source: &SettingsSource) -> Result<Servers, ConfigError> {
    let address = |name: &str| match source.get(name) {
        None => Ok(None),
        Some(url) if url.starts_with("http://") || url.starts_with("https://") => {
            Ok(Some(url.trim_end_matches('/').to_owned()))
        }
        Some(_) => Err(wrong(name, "must begin with http:// or https://")),
    };
    let chat = address("WORKER_CHAT_SERVER")?.map(|url| ChatServer {
        url: url.trim_end_matches("/v1").to_owned(),
        model: source
            .get("WORKER_CHAT_SERVER_MODEL")
            .unwrap_or_else(|| DEFAULT_CHAT_MODEL.to_owned()),
        key: source
            .get("WORKER_CHAT_SERVER_KEY")
            .map(|key| Redacted::from(key.as_str())),
    });
    Ok(Servers {
        images: address("WORKER_IMAGE_SERVER")?,
        chat,
    })
}

/// As the edge asks for it; servers of one model ignore it.
const DEFAULT_CHAT_MODEL: &str = ourvidz_prompts::enhance::chat::DEFAULT_MODEL;
