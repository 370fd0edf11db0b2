//! `serve-chat`: the language model alone, for operators who want better prompts and make pictures elsewhere.

use std::path::PathBuf;

use super::CommandError;
use crate::config::SettingsSource;

/// Serves until it is killed: an answer that is cut off costs its client a second question and nothing else.
#[cfg(feature = "candle")]
pub fn serve_chat(
    source: &SettingsSource,
    weights: Option<PathBuf>,
    port: u16,
) -> Result<(), CommandError> {
    use std::net::{Ipv4Addr, SocketAddr};
    use std::time::Duration;

    use serde_json::json;

    use crate::chat::{self, Access};
    use crate::config::{read_chat_key, read_models, read_terms};
    use crate::engine::Engine;
    use crate::engine::candle::CandleEngine;
    use crate::log;

    /// Only bounds how long the thread sleeps; nothing waits for it.
    const NAP: Duration = Duration::from_secs(60);

    let key = read_chat_key(source)?;
    let policy_terms = read_terms(source)?;
    let mut models = read_models(source)?;
    models.qwen = weights.or(models.qwen);
    if models.qwen.is_none() {
        return Err(CommandError::work(
            "name the model with --weights or WORKER_QWEN_WEIGHTS",
        ));
    }
    let mut engine = CandleEngine::new(&models).map_err(CommandError::work)?;
    engine.load_language().map_err(CommandError::work)?;
    let (chat_queue, requests) = chat::chat_queue(None);
    let access = Access {
        key,
        model: engine.language_model(),
        policy_terms,
    };
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let bound = chat::serve(address, access, chat_queue)
        .map_err(|cause| CommandError::work(format!("{address}: {cause}")))?;
    log::info(
        "chat_started",
        json!({"address": bound.to_string(), "model": engine.language_model()}),
    );
    while requests.serve_next(&mut engine, NAP) {}
    Ok(())
}

/// Says what is missing.
#[cfg(not(feature = "candle"))]
pub fn serve_chat(_: &SettingsSource, _: Option<PathBuf>, _: u16) -> Result<(), CommandError> {
    Err(CommandError::work(
        "this build has no language model: build it with `--features candle`",
    ))
}
