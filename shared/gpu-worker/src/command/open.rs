//! Opens the engine that was chosen.

use std::time::Duration;

use super::CommandError;
use crate::config::{EngineChoice, Models, Servers};
use crate::engine::Engine;
use crate::engine::http::HttpEngine;
use crate::engine::preview::PreviewEngine;

/// The engine; the preview's steps take `step` each.
pub fn open(
    choice: EngineChoice,
    models: &Models,
    servers: &Servers,
    step: Duration,
) -> Result<Box<dyn Engine>, CommandError> {
    match choice {
        EngineChoice::Http => Ok(Box::new(HttpEngine::new(servers))),
        EngineChoice::Preview => Ok(Box::new(PreviewEngine::new(step))),
        EngineChoice::Candle => candle(models),
    }
}

#[cfg(feature = "candle")]
fn candle(models: &Models) -> Result<Box<dyn Engine>, CommandError> {
    Ok(Box::new(crate::engine::candle::CandleEngine::new(models)?))
}

#[cfg(not(feature = "candle"))]
fn candle(_: &Models) -> Result<Box<dyn Engine>, CommandError> {
    Err(CommandError::work(
        "this build runs no models: build it with `--features candle`",
    ))
}
