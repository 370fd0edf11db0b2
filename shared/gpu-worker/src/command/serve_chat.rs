//! `serve-chat`: the language model alone, for operators who want better prompts and make pictures elsewhere.

use std::path::PathBuf;
use std::process::ExitCode;

use super::CommandError;
use crate::config::SettingsSource;

/// Serves until it is killed, or its device is broken or hangs: an answer that is cut off costs its client a second
/// question and nothing else.
#[cfg(feature = "candle")]
pub fn serve_chat(
    source: &SettingsSource,
    weights: Option<PathBuf>,
    port: u16,
) -> Result<ExitCode, CommandError> {
    use serde_json::json;
    use std::net::{Ipv4Addr, SocketAddr};

    use crate::chat::{self, Access};
    use crate::config::{read_chat_key, read_models, read_silence, read_terms};
    use crate::engine::Engine;
    use crate::engine::candle::CandleEngine;
    use crate::log;
    use crate::supervision::{DEVICE_BROKEN, Supervision};
    use crate::worker::Intervals;

    let key = read_chat_key(source)?;
    let policy_terms = read_terms(source)?;
    let mut models = read_models(source)?;
    models.qwen = weights.or(models.qwen);
    if models.qwen.is_none() {
        return Err(CommandError::work(
            "name the model with --weights or WORKER_QWEN_WEIGHTS",
        ));
    }
    let mut engine = CandleEngine::new(&models)?;
    engine.load_language()?;
    let silence = read_silence(source)?.unwrap_or_else(|| engine.longest_silence());
    let supervision = Supervision::new(silence);
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
    let watch = Intervals::REAL.watch;
    chat::serve_alone(requests, &mut engine, &supervision, watch, &|| {
        std::process::exit(DEVICE_BROKEN.into())
    });
    // The endpoint only ends with the process, so the device is broken; what lies in it cannot be given back.
    std::process::exit(DEVICE_BROKEN.into())
}

/// Says what is missing.
#[cfg(not(feature = "candle"))]
pub fn serve_chat(
    _: &SettingsSource,
    _: Option<PathBuf>,
    _: u16,
) -> Result<ExitCode, CommandError> {
    Err(CommandError::work(
        "this build has no language model: build it with `--features candle`",
    ))
}
