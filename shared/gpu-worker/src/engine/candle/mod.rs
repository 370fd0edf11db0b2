//! The models themselves, computed with candle.

use candle_core::{DType, Device};
use ourvidz_core::Model;
use ourvidz_engine_base::Error;
use ourvidz_engine_base::device::{Place, parse_precision};
use ourvidz_engine_qwen::Options;

use super::{
    ChatAnswer, ChatRequest, Engine, EngineError, ImageRequest, Reference, Stopped, VideoRequest,
    Watch,
};
use crate::config::Models;

mod language;

use language::Language;

/// The engine of real models.
pub struct Candle {
    models: Models,
    device: Device,
    precision: DType,
    language: Option<Language>,
}

impl Candle {
    /// An engine that has loaded nothing yet.
    ///
    /// # Errors
    ///
    /// When there is no such device or precision.
    pub fn new(models: &Models) -> Result<Self, EngineError> {
        let place: Place = match &models.device {
            Some(name) => name.parse()?,
            None if Place::cuda_is_built_in() => Place::Cuda(0),
            None => Place::Cpu,
        };
        let precision = match &models.precision {
            Some(name) => parse_precision(name)?,
            None => place.natural_precision(),
        };
        Ok(Self {
            models: models.clone(),
            device: place.open()?,
            precision,
            language: None,
        })
    }

    /// Gets the language model ready.
    ///
    /// # Errors
    ///
    /// When its weights are missing or do not fit.
    pub fn load_language(&mut self) -> Result<(), EngineError> {
        self.language().map(|_| ())
    }

    fn language(&mut self) -> Result<&mut Language, EngineError> {
        let loaded = match self.language.take() {
            Some(loaded) => loaded,
            None => {
                let weights = self.models.qwen.clone();
                Language::load(&Options {
                    weights: weights.ok_or(EngineError::Unsupported("chat"))?,
                    precision: self.precision,
                    device: self.device.clone(),
                })?
            }
        };
        Ok(self.language.insert(loaded))
    }
}

impl Engine for Candle {
    fn name(&self) -> &'static str {
        "candle"
    }

    fn load(&mut self, _model: Model) -> Result<(), EngineError> {
        Err(EngineError::Unsupported("pictures"))
    }

    fn unload(&mut self, _model: Model) {}

    fn loaded(&self) -> Vec<Model> {
        Vec::new()
    }

    fn text_to_image(
        &mut self,
        _request: &ImageRequest,
        _watch: &mut dyn Watch,
    ) -> Result<(), EngineError> {
        Err(EngineError::Unsupported("pictures"))
    }

    fn image_to_image(
        &mut self,
        _request: &ImageRequest,
        _references: &[Reference],
        _watch: &mut dyn Watch,
    ) -> Result<(), EngineError> {
        Err(EngineError::Unsupported("pictures"))
    }

    fn text_to_video(
        &mut self,
        _request: &VideoRequest,
        _watch: &mut dyn Watch,
    ) -> Result<(), EngineError> {
        Err(EngineError::Unsupported("clips"))
    }

    /// The name of the folder or file, as operators of other servers know it.
    fn language_model(&self) -> Option<String> {
        let name = self.models.qwen.as_ref()?.file_stem()?;
        Some(name.to_string_lossy().into_owned())
    }

    fn chat(
        &mut self,
        request: &ChatRequest,
        say: &mut dyn FnMut(&str) -> Result<(), Stopped>,
    ) -> Result<ChatAnswer, EngineError> {
        self.language()?.chat(request, say)
    }
}

impl From<Error> for EngineError {
    fn from(error: Error) -> Self {
        match error {
            Error::Stopped => Self::Stopped,
            Error::Request(why) => Self::Impossible(why),
            Error::File { .. } | Error::Unsupported(_) | Error::Unsound(_) | Error::Tensor(_) => {
                Self::Failed(in_full(&error))
            }
        }
    }
}

/// An error with what it comes from. The tensor library's own text can run over many lines of a backtrace.
fn in_full(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let whole = inner.to_string();
        text.push_str(": ");
        text.push_str(whole.lines().next().unwrap_or_default());
        cause = inner.source();
    }
    text
}
