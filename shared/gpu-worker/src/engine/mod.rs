//! What makes pictures: one trait, and the engines behind it.
//!
//! An engine knows nothing of queues, leases or uploads. It gets a request, reports each step to an
//! [`Observer`], and hands over each picture the moment it is ready, so that the first can be on its way to
//! storage while the second is still being decoded.

use std::fmt;
use std::time::Duration;

use ourvidz_core::wire::references::ReferenceType;
use ourvidz_core::wire::vitals::GpuMemory;
use ourvidz_core::{JobType, Model};

use crate::media::Picture;

#[cfg(feature = "candle")]
pub mod candle;
pub mod http;
pub mod preview;

mod chat;

pub use chat::{ChatAnswer, ChatMessage, ChatRequest, ChatRole};

/// Pictures to make: `count` of them in one batch, picture `i` from `seed + i`.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageRequest {
    /// The job type, which names the model.
    pub job_type: JobType,
    pub prompt: String,
    /// What to avoid (SDXL only, else empty).
    pub negative_prompt: String,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    pub steps: u32,
    /// Classifier-free guidance.
    pub guidance: f32,
    /// Seed of the first picture.
    pub seed: u64,
    pub count: u8,
}

#[derive(Debug, Clone, PartialEq)]
pub struct VideoRequest {
    /// What to show and how, as for one picture.
    pub image: ImageRequest,
    /// Frames, 4n+1 of them.
    pub frames: u32,
    pub frames_per_second: u32,
}

/// A picture to start from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferencePicture {
    /// What it is taken for.
    pub kind: ReferenceType,
    pub picture: Picture,
    /// How much of it stays, in hundredths (10 to 100).
    pub strength_percent: u32,
}

/// The work was stopped: by the user, by a lost lease, or because the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped;

/// Is called while an engine works.
pub trait Observer {
    /// Step `done` of `total` is over.
    ///
    /// # Errors
    ///
    /// [`Stopped`] tells the engine to end here; it must pass it on at once.
    fn step(&mut self, done: u32, total: u32) -> Result<(), Stopped>;

    /// A part of something long that is no step is over, as a tile of a picture is.
    ///
    /// # Errors
    ///
    /// [`Stopped`] as for a step.
    fn part(&mut self) -> Result<(), Stopped> {
        Ok(())
    }

    /// Picture (or frame) `index` is ready.
    ///
    /// # Errors
    ///
    /// [`Stopped`] as for a step.
    fn picture(&mut self, index: u32, picture: Picture) -> Result<(), Stopped>;

    /// Whether somebody wants to see how far the pictures are: asked after each step but the last. What nobody wants is
    /// not computed.
    fn wants_step_previews(&mut self) -> bool {
        false
    }

    /// Picture `index` looks like this after that step, at any size; of a clip its first frame, as picture 0.
    fn step_preview(&mut self, _index: u32, _picture: Picture) {}
}

/// Why an engine did not deliver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EngineError {
    Stopped,
    /// This engine cannot do this at all.
    Unsupported(&'static str),
    /// The request cannot be met; another attempt would not help. The text says why.
    Impossible(String),
    /// Something failed that may work another time or elsewhere.
    Failed(String),
    /// Memory was short, even after everything else had left it. Elsewhere there may be more.
    OutOfMemory(String),
    /// The device failed, or the program that drives it.
    Device {
        why: String,
        /// Whether everything fails from now on, until the process has ended.
        is_sticky: bool,
    },
}

impl From<Stopped> for EngineError {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped => formatter.write_str("stopped"),
            Self::Unsupported(what) => write!(formatter, "this engine does not do {what}"),
            Self::Impossible(why) => formatter.write_str(why),
            Self::Failed(why) | Self::OutOfMemory(why) | Self::Device { why, .. } => {
                write!(formatter, "generation failed: {why}")
            }
        }
    }
}

impl std::error::Error for EngineError {}

/// Reads how full the GPU's memory is, from any thread and at any time; none when it cannot tell now.
pub type GpuMeter = Box<dyn Fn() -> Option<GpuMemory> + Send + Sync>;

/// Which engine made a picture, and how.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EngineInfo {
    pub engine: &'static str,
    pub is_preview: bool,
    pub sampler: &'static str,
    /// The threshold below which steps were reused; none where every step is computed.
    pub tea_cache: Option<f64>,
}

/// Long enough for the largest weights to come from a slow disk.
const LONGEST_SILENCE: Duration = Duration::from_secs(300);

/// Something that makes pictures. One thread owns it; no method is called while another runs.
pub trait Engine: Send {
    /// Its name in logs, metrics and files.
    fn name(&self) -> &'static str;

    /// Its sampler for this model, by the name that people know.
    fn sampler(&self, _model: Model) -> &'static str {
        "Euler"
    }

    /// `TeaCache`'s threshold, if steps of this model may reuse what others computed.
    fn tea_cache(&self, _model: Model) -> Option<f64> {
        None
    }

    /// What the files that it makes for this model say about it.
    fn info(&self, model: Model) -> EngineInfo {
        EngineInfo {
            engine: self.name(),
            is_preview: self.is_preview(),
            sampler: self.sampler(model),
            tea_cache: self.tea_cache(model),
        }
    }

    /// Whether what it makes is a stand-in that must not be taken for a model's work.
    fn is_preview(&self) -> bool {
        false
    }

    /// Gets a model ready, so that the first job of its kind need not wait for it.
    ///
    /// # Errors
    ///
    /// When the weights are missing or do not fit.
    fn load(&mut self, model: Model) -> Result<(), EngineError>;

    /// Gives a model's memory back.
    fn unload(&mut self, model: Model);

    /// The models in memory: the edge prefers jobs for these.
    fn loaded(&self) -> Vec<Model>;

    /// How long it may say nothing, neither a step nor an end, before it is taken to hang.
    fn longest_silence(&self) -> Duration {
        LONGEST_SILENCE
    }

    /// How many parts of models had to leave memory so far for others.
    fn evictions(&self) -> u64 {
        0
    }

    /// What its GPU's memory is read with, for operators; none without a GPU.
    fn gpu_meter(&self) -> Option<GpuMeter> {
        None
    }

    /// Makes pictures from a text.
    ///
    /// # Errors
    ///
    /// See [`EngineError`].
    fn text_to_image(
        &mut self,
        request: &ImageRequest,
        observer: &mut dyn Observer,
    ) -> Result<(), EngineError>;

    /// Makes pictures from a text and other pictures.
    ///
    /// # Errors
    ///
    /// See [`EngineError`].
    fn image_to_image(
        &mut self,
        request: &ImageRequest,
        references: &[ReferencePicture],
        observer: &mut dyn Observer,
    ) -> Result<(), EngineError>;

    /// Makes a clip from a text, frame by frame.
    ///
    /// # Errors
    ///
    /// See [`EngineError`].
    fn text_to_video(
        &mut self,
        request: &VideoRequest,
        observer: &mut dyn Observer,
    ) -> Result<(), EngineError>;

    /// The name of its language model, if it has one.
    fn language_model(&self) -> Option<String> {
        None
    }

    /// Answers with the language model. `say` gets each piece of text as soon as it is certain, and empty ones
    /// while the conversation is read.
    ///
    /// # Errors
    ///
    /// [`EngineError::Unsupported`] unless the engine has one; [`EngineError::Stopped`] when `say` says so.
    fn chat(
        &mut self,
        _request: &ChatRequest,
        _say: &mut dyn FnMut(&str) -> Result<(), Stopped>,
    ) -> Result<ChatAnswer, EngineError> {
        Err(EngineError::Unsupported("chat"))
    }
}
