//! The models themselves, computed with candle.
//!
//! Parts of models come to memory when a request needs them and go when another's would not fit. One request
//! has all of its parts in memory at once; what is left of the others stays, so that the next job of the same
//! kind begins at once.

use std::cell::Cell;
use std::str::FromStr;
use std::time::Duration;

use candle_core::{DType, Device};
use ourvidz_core::{Model, limits};
use ourvidz_engine_base::device::{DeviceName, parse_precision};
use ourvidz_engine_base::{DeviceFault, Error};
use ourvidz_engine_qwen as qwen;
use ourvidz_engine_sdxl::{Sdxl, SdxlPart, SdxlSampler};
use ourvidz_engine_wan::{Folder, TeaCache, Wan, WanComponent, WanRequest, WanSolver};

use super::{
    ChatAnswer, ChatRequest, Engine, EngineError, GpuMeter, ImageRequest, LONGEST_SILENCE,
    Observer, ReferencePicture, Stopped, VideoRequest,
};
use crate::config::Models;

mod examine;
mod keeping;
mod language;
mod memory;
mod memory_budget;
mod observer;
mod requests;

pub use examine::{ExaminedModel, examine};
use language::Language;
pub use memory::memory;
use memory_budget::{MemoryBudget, ModelPart};
use observer::EngineObserver;
use requests::{to_sdxl, to_wan};

const SDXL: [(ModelPart, SdxlPart); 3] = [
    (ModelPart::SdxlText, SdxlPart::Text),
    (ModelPart::SdxlUnet, SdxlPart::Unet),
    (ModelPart::SdxlVae, SdxlPart::Vae),
];

/// The engine of real models.
pub struct CandleEngine {
    models: Models,
    device_name: DeviceName,
    device: Device,
    precision: DType,
    sampler: SdxlSampler,
    solver: WanSolver,
    tea_cache: Option<TeaCache>,
    memory_budget: MemoryBudget,
    evictions: u64,
    sdxl: Option<Sdxl>,
    wan: Option<Wan>,
    language: Option<Language>,
}

/// Device and precision, as configured or as suits the machine.
///
/// # Errors
///
/// When a name means nothing.
pub fn device_and_precision(models: &Models) -> Result<(DeviceName, DType), Error> {
    let device_name: DeviceName = match &models.device {
        Some(name) => name.parse()?,
        None if DeviceName::cuda_is_built_in() => DeviceName::Cuda(0),
        None => DeviceName::Cpu,
    };
    let precision = match &models.precision {
        Some(name) => parse_precision(name)?,
        None => device_name.natural_precision(),
    };
    Ok((device_name, precision))
}

/// The setting's value, or what is usual.
fn named<T: FromStr<Err = Error> + Default>(name: &Option<String>) -> Result<T, EngineError> {
    Ok(match name {
        Some(name) => name.parse()?,
        None => T::default(),
    })
}

/// Whether WAN's steps may be reused. Asked before anything is loaded or claimed: a model that it is not known for is
/// refused rather than served more slowly than its operator believes.
fn tea_cache(models: &Models) -> Result<Option<TeaCache>, Error> {
    let threshold = match &models.tea_cache {
        Some(threshold) => threshold.parse()?,
        None => return Ok(None),
    };
    match &models.wan {
        Some(path) => TeaCache::of_model(threshold, &Folder::new(path).transformer_config()?),
        None => Ok(None),
    }
}

impl CandleEngine {
    /// An engine that has loaded nothing yet.
    ///
    /// # Errors
    ///
    /// When there is no such device, precision, sampler or solver, or WAN's model cannot reuse steps and is to.
    pub fn new(models: &Models) -> Result<Self, EngineError> {
        let (device_name, precision) = device_and_precision(models)?;
        Ok(Self {
            device_name,
            device: device_name.open()?,
            precision,
            sampler: named(&models.sampler)?,
            solver: named(&models.solver)?,
            tea_cache: tea_cache(models)?,
            memory_budget: keeping::memory_budget(models, device_name),
            evictions: 0,
            sdxl: None,
            wan: None,
            language: None,
            models: models.clone(),
        })
    }

    /// Gets the language model ready.
    ///
    /// # Errors
    ///
    /// When its weights are missing or do not fit.
    pub fn load_language(&mut self) -> Result<(), EngineError> {
        self.with_memory(&Cell::default(), |engine| engine.language().map(|_| ()))
    }

    fn language(&mut self) -> Result<&mut Language, EngineError> {
        let weights = self.models.qwen.clone();
        let options = qwen::Options {
            weights: weights.ok_or(EngineError::Unsupported("chat"))?,
            precision: self.precision,
            device: self.device.clone(),
        };
        self.admit(&[(ModelPart::Qwen, qwen::bytes(&options)?)])?;
        let loaded = match self.language.take() {
            Some(loaded) => loaded,
            None => Language::load(&options)?,
        };
        Ok(self.language.insert(loaded))
    }

    fn sdxl(&mut self) -> Result<&mut Sdxl, EngineError> {
        let sdxl = match (self.sdxl.take(), &self.models.sdxl) {
            (Some(open), _) => open,
            (None, Some(path)) => Sdxl::open(path, &self.device, self.precision)?,
            (None, None) => return Err(EngineError::Unsupported("SDXL (WORKER_SDXL_WEIGHTS)")),
        };
        let bytes = SDXL.map(|(part, sdxl_part)| Ok((part, sdxl.memory_bytes(sdxl_part)? as u64)));
        self.sdxl = Some(sdxl);
        self.admit(&bytes.into_iter().collect::<Result<Vec<_>, Error>>()?)?;
        self.sdxl.as_mut().ok_or(EngineError::Unsupported("SDXL"))
    }

    fn wan(&mut self) -> Result<&mut Wan, EngineError> {
        let Some(path) = self.models.wan.clone() else {
            return Err(EngineError::Unsupported("WAN (WORKER_WAN_WEIGHTS)"));
        };
        let folder = Folder::new(&path);
        let bytes = |component| Ok(folder.bytes(component, self.precision)? as u64);
        let body =
            |one: Result<u64, Error>, other: Result<u64, Error>| Ok::<_, Error>(one? + other?);
        let wanted = [
            (ModelPart::WanText, bytes(WanComponent::TextEncoder)?),
            (
                ModelPart::WanBody,
                body(bytes(WanComponent::Transformer), bytes(WanComponent::Vae))?,
            ),
        ];
        self.admit(&wanted)?;
        let wan = match self.wan.take() {
            Some(open) => open,
            None => Wan::open(&path, &self.device, self.precision)?,
        };
        Ok(self.wan.insert(wan))
    }

    fn make_frames(
        &mut self,
        asked: &WanRequest,
        observer: &mut dyn Observer,
    ) -> Result<(), EngineError> {
        let mut observer = EngineObserver::new(observer);
        let has_delivered = observer.has_delivered();
        self.with_memory(&has_delivered, |engine| {
            let worked = engine.wan()?.generate(asked, &mut observer);
            engine.settle(worked).map(|_| ())
        })
    }

    fn is_loaded(&self, part: ModelPart) -> bool {
        let has = |part| self.sdxl.as_ref().is_some_and(|sdxl| sdxl.is_loaded(part));
        match part {
            ModelPart::Qwen => self.language.is_some(),
            ModelPart::WanText => self.wan.as_ref().is_some_and(Wan::has_text_encoder),
            ModelPart::WanBody => self.wan.is_some(),
            ModelPart::SdxlText => has(SdxlPart::Text),
            ModelPart::SdxlUnet => has(SdxlPart::Unet),
            ModelPart::SdxlVae => has(SdxlPart::Vae),
        }
    }

    fn unload_part(&mut self, part: ModelPart) {
        match part {
            ModelPart::Qwen => self.language = None,
            ModelPart::WanText => {
                if let Some(wan) = &mut self.wan {
                    wan.drop_text_encoder();
                }
            }
            ModelPart::WanBody => self.wan = None,
            ModelPart::SdxlText | ModelPart::SdxlUnet | ModelPart::SdxlVae => {
                let known = SDXL.iter().find(|(known, _)| *known == part);
                if let (Some(sdxl), Some((_, part))) = (&mut self.sdxl, known) {
                    sdxl.unload(*part);
                }
            }
        }
    }
}

impl Engine for CandleEngine {
    fn name(&self) -> &'static str {
        "candle"
    }

    fn sampler(&self, model: Model) -> &'static str {
        match model {
            Model::Sdxl => self.sampler.name(),
            Model::Wan => self.solver.name(),
        }
    }

    fn tea_cache(&self, model: Model) -> Option<f64> {
        match model {
            Model::Sdxl => None,
            Model::Wan => self.tea_cache.map(|cache| cache.threshold()),
        }
    }

    fn load(&mut self, model: Model) -> Result<(), EngineError> {
        match model {
            Model::Sdxl => self.with_memory(&Cell::default(), |engine| {
                let sdxl = engine.sdxl()?;
                let loaded = SdxlPart::ALL
                    .into_iter()
                    .try_for_each(|part| sdxl.load(part));
                engine.settle(loaded)
            }),
            // The text encoder comes with the first prompt.
            Model::Wan => self.with_memory(&Cell::default(), |engine| engine.wan().map(|_| ())),
        }
    }

    fn unload(&mut self, model: Model) {
        let parts: &[ModelPart] = match model {
            Model::Sdxl => &[ModelPart::SdxlText, ModelPart::SdxlUnet, ModelPart::SdxlVae],
            Model::Wan => &[ModelPart::WanText, ModelPart::WanBody],
        };
        parts.iter().for_each(|part| self.unload_part(*part));
    }

    fn loaded(&self) -> Vec<Model> {
        let bodies = [
            (Model::Sdxl, ModelPart::SdxlUnet),
            (Model::Wan, ModelPart::WanBody),
        ];
        let there = bodies.into_iter().filter(|(_, part)| self.is_loaded(*part));
        there.map(|(model, _)| model).collect()
    }

    /// On a processor a single step of a large clip takes many minutes, and nothing hangs: there only the edge's own
    /// bound counts.
    fn longest_silence(&self) -> Duration {
        match self.device_name {
            DeviceName::Cpu => Duration::from_secs(u64::from(limits::MAX_RUNNING_SECONDS)),
            DeviceName::Cuda(_) => LONGEST_SILENCE,
        }
    }

    fn evictions(&self) -> u64 {
        self.evictions
    }

    fn gpu_meter(&self) -> Option<GpuMeter> {
        memory::meter(self.device_name)
    }

    fn text_to_image(
        &mut self,
        request: &ImageRequest,
        observer: &mut dyn Observer,
    ) -> Result<(), EngineError> {
        match request.job_type.model() {
            Model::Sdxl => self.image_to_image(request, &[], observer),
            Model::Wan => {
                let asked = to_wan(request, 1, (self.solver, self.tea_cache));
                self.make_frames(&asked, observer)
            }
        }
    }

    fn image_to_image(
        &mut self,
        request: &ImageRequest,
        references: &[ReferencePicture],
        observer: &mut dyn Observer,
    ) -> Result<(), EngineError> {
        if request.job_type.model() != Model::Sdxl {
            return Err(EngineError::Unsupported("references with WAN"));
        }
        let (sampler, mut observer) = (self.sampler, EngineObserver::new(observer));
        let has_delivered = observer.has_delivered();
        self.with_memory(&has_delivered, |engine| {
            let sdxl = engine.sdxl()?;
            let asked = to_sdxl(request, references, sampler, sdxl.has_adapter())?;
            let worked = sdxl.generate(&asked, &mut observer);
            engine.settle(worked)
        })
    }

    fn text_to_video(
        &mut self,
        request: &VideoRequest,
        observer: &mut dyn Observer,
    ) -> Result<(), EngineError> {
        let asked = to_wan(
            &request.image,
            request.frames,
            (self.solver, self.tea_cache),
        );
        self.make_frames(&asked, observer)
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
        let has_spoken = Cell::new(false);
        self.with_memory(&has_spoken, |engine| {
            let mut say = |piece: &str| {
                has_spoken.set(has_spoken.get() || !piece.is_empty());
                say(piece)
            };
            let answered = engine.language()?.chat(request, &mut say);
            engine.settle(answered)
        })
    }
}

impl From<Error> for EngineError {
    fn from(error: Error) -> Self {
        match error {
            Error::Stopped => Self::Stopped,
            Error::Request(why) => Self::Impossible(why),
            Error::File { .. } | Error::Unsupported(_) | Error::InvalidOutput(_) => {
                Self::Failed(in_full(&error))
            }
            Error::Tensor(ref cause) => {
                let why = in_full(&error);
                match DeviceFault::of(cause) {
                    DeviceFault::OutOfMemory => Self::OutOfMemory(why),
                    fault => Self::Device {
                        why,
                        is_sticky: fault == DeviceFault::Sticky,
                    },
                }
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

#[cfg(test)]
mod tests;
