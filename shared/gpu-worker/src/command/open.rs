//! Opens the engine that was chosen.

use std::time::Duration;

use super::Failure;
use crate::config::{EngineChoice, Models, Servers};
use crate::engine::Engine;
use crate::engine::http::Http;
use crate::engine::preview::Preview;

/// The engine; the preview's steps take `step` each.
pub fn open(
    choice: EngineChoice,
    models: &Models,
    servers: &Servers,
    step: Duration,
) -> Result<Box<dyn Engine>, Failure> {
    match choice {
        EngineChoice::Http => Ok(Box::new(Http::new(servers))),
        EngineChoice::Preview => Ok(Box::new(Preview::new(step))),
        EngineChoice::Candle => candle(models),
    }
}

#[cfg(feature = "candle")]
fn candle(models: &Models) -> Result<Box<dyn Engine>, Failure> {
    let engine = crate::engine::candle::Candle::new(models).map_err(Failure::work)?;
    Ok(Box::new(engine))
}

#[cfg(not(feature = "candle"))]
fn candle(_: &Models) -> Result<Box<dyn Engine>, Failure> {
    Err(Failure::work(
        "this build runs no models: build it with `--features candle`",
    ))
}
