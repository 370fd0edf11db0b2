//! The models themselves, computed with candle.
//!
//! Parts of models come to memory when a request needs them and go when another's would not fit. One request
//! has all of its parts in memory at once; what is left of the others stays, so that the next job of the same
//! kind begins at once.

use std::str::FromStr;

use candle_core::{DType, Device};
use ourvidz_core::Model;
use ourvidz_engine_base::Error;
use ourvidz_engine_base::device::{Place, parse_precision};
use ourvidz_engine_qwen as qwen;
use ourvidz_engine_sdxl::{Part, Sampler, Sdxl};
use ourvidz_engine_wan::{Component, Folder, Solver, Wan};
use serde_json::json;

use super::{
    ChatAnswer, ChatRequest, Engine, EngineError, GpuMeter, ImageRequest, Reference, Stopped,
    VideoRequest, Watch,
};
use crate::config::Models;
use crate::log;

mod examine;
mod language;
mod ledger;
mod memory;
mod requests;
mod watching;

pub use examine::{Examined, examine};
use language::Language;
use ledger::{Ledger, Piece};
pub use memory::memory;
use requests::{to_sdxl, to_wan};
use watching::Watching;

const SDXL: [(Piece, Part); 3] = [
    (Piece::SdxlText, Part::Text),
    (Piece::SdxlUnet, Part::Unet),
    (Piece::SdxlVae, Part::Vae),
];

/// The engine of real models.
pub struct Candle {
    models: Models,
    place: Place,
    device: Device,
    precision: DType,
    sampler: Sampler,
    solver: Solver,
    ledger: Ledger,
    sdxl: Option<Sdxl>,
    wan: Option<Wan>,
    language: Option<Language>,
}

/// Where to compute and how exactly, as configured or as suits the machine.
///
/// # Errors
///
/// When a name means nothing.
pub fn place(models: &Models) -> Result<(Place, DType), Error> {
    let place: Place = match &models.device {
        Some(name) => name.parse()?,
        None if Place::cuda_is_built_in() => Place::Cuda(0),
        None => Place::Cpu,
    };
    let precision = match &models.precision {
        Some(name) => parse_precision(name)?,
        None => place.natural_precision(),
    };
    Ok((place, precision))
}

/// The setting's value, or what is usual.
fn named<T: FromStr<Err = Error> + Default>(name: &Option<String>) -> Result<T, EngineError> {
    Ok(match name {
        Some(name) => name.parse()?,
        None => T::default(),
    })
}

impl Candle {
    /// An engine that has loaded nothing yet.
    ///
    /// # Errors
    ///
    /// When there is no such device, precision, sampler or solver.
    pub fn new(models: &Models) -> Result<Self, EngineError> {
        let (place, precision) = place(models)?;
        Ok(Self {
            place,
            device: place.open()?,
            precision,
            sampler: named(&models.sampler)?,
            solver: named(&models.solver)?,
            ledger: Ledger::new(models.memory_mib.map(|mebibytes| mebibytes << 20)),
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
        self.language().map(|_| ())
    }

    fn language(&mut self) -> Result<&mut Language, EngineError> {
        let weights = self.models.qwen.clone();
        let options = qwen::Options {
            weights: weights.ok_or(EngineError::Unsupported("chat"))?,
            precision: self.precision,
            device: self.device.clone(),
        };
        self.admit(&[(Piece::Qwen, qwen::bytes(&options)?)])?;
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
        let bytes = SDXL.map(|(piece, part)| Ok((piece, sdxl.memory_bytes(part)? as u64)));
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
            (Piece::WanText, bytes(Component::TextEncoder)?),
            (
                Piece::WanBody,
                body(bytes(Component::Transformer), bytes(Component::Vae))?,
            ),
        ];
        self.admit(&wanted)?;
        let wan = match self.wan.take() {
            Some(open) => open,
            None => Wan::open(&path, &self.device, self.precision)?,
        };
        Ok(self.wan.insert(wan))
    }

    /// Makes room for pieces.
    fn admit(&mut self, wanted: &[(Piece, u64)]) -> Result<(), EngineError> {
        let there = Piece::ALL.map(|piece| (piece, self.is_there(piece)));
        self.ledger.keep(|piece| there.contains(&(piece, true)));
        let leaving = self.ledger.admit(wanted);
        let leaving = leaving.map_err(|over| EngineError::Impossible(over.to_string()))?;
        for piece in leaving {
            log::info("weights_dropped", json!({"piece": piece.as_str()}));
            self.send_away(piece);
        }
        Ok(())
    }

    fn is_there(&self, piece: Piece) -> bool {
        let has = |part| self.sdxl.as_ref().is_some_and(|sdxl| sdxl.is_loaded(part));
        match piece {
            Piece::Qwen => self.language.is_some(),
            Piece::WanText => self.wan.as_ref().is_some_and(Wan::has_text_encoder),
            Piece::WanBody => self.wan.is_some(),
            Piece::SdxlText => has(Part::Text),
            Piece::SdxlUnet => has(Part::Unet),
            Piece::SdxlVae => has(Part::Vae),
        }
    }

    fn send_away(&mut self, piece: Piece) {
        match piece {
            Piece::Qwen => self.language = None,
            Piece::WanText => {
                if let Some(wan) = &mut self.wan {
                    wan.drop_text_encoder();
                }
            }
            Piece::WanBody => self.wan = None,
            Piece::SdxlText | Piece::SdxlUnet | Piece::SdxlVae => {
                let part = SDXL.iter().find(|(known, _)| *known == piece);
                if let (Some(sdxl), Some((_, part))) = (&mut self.sdxl, part) {
                    sdxl.unload(*part);
                }
            }
        }
    }

    /// Ends a piece of work. When the device failed, everything goes: what is in memory may be damaged, and
    /// if memory was short, the next job finds all of it.
    fn settle<T>(&mut self, worked: Result<T, Error>) -> Result<T, EngineError> {
        if matches!(worked, Err(Error::Tensor(_))) {
            Piece::ALL
                .into_iter()
                .for_each(|piece| self.send_away(piece));
        }
        Ok(worked?)
    }
}

impl Engine for Candle {
    fn name(&self) -> &'static str {
        "candle"
    }

    fn sampler(&self, model: Model) -> &'static str {
        match model {
            Model::Sdxl => self.sampler.name(),
            Model::Wan => self.solver.name(),
        }
    }

    fn load(&mut self, model: Model) -> Result<(), EngineError> {
        match model {
            Model::Sdxl => {
                let sdxl = self.sdxl()?;
                let loaded = Part::ALL.into_iter().try_for_each(|part| sdxl.load(part));
                self.settle(loaded)
            }
            // The text encoder comes with the first prompt.
            Model::Wan => self.wan().map(|_| ()),
        }
    }

    fn unload(&mut self, model: Model) {
        let pieces: &[Piece] = match model {
            Model::Sdxl => &[Piece::SdxlText, Piece::SdxlUnet, Piece::SdxlVae],
            Model::Wan => &[Piece::WanText, Piece::WanBody],
        };
        pieces.iter().for_each(|piece| self.send_away(*piece));
    }

    fn loaded(&self) -> Vec<Model> {
        let bodies = [(Model::Sdxl, Piece::SdxlUnet), (Model::Wan, Piece::WanBody)];
        let there = bodies
            .into_iter()
            .filter(|(_, piece)| self.is_there(*piece));
        there.map(|(model, _)| model).collect()
    }

    fn gpu_meter(&self) -> Option<GpuMeter> {
        memory::meter(self.place)
    }

    fn text_to_image(
        &mut self,
        request: &ImageRequest,
        watch: &mut dyn Watch,
    ) -> Result<(), EngineError> {
        match request.job_type.model() {
            Model::Sdxl => self.image_to_image(request, &[], watch),
            Model::Wan => {
                let asked = to_wan(request, 1, self.solver);
                let worked = self.wan()?.generate(&asked, &mut Watching(watch));
                self.settle(worked).map(|_| ())
            }
        }
    }

    fn image_to_image(
        &mut self,
        request: &ImageRequest,
        references: &[Reference],
        watch: &mut dyn Watch,
    ) -> Result<(), EngineError> {
        if request.job_type.model() != Model::Sdxl {
            return Err(EngineError::Unsupported("references with WAN"));
        }
        let sampler = self.sampler;
        let sdxl = self.sdxl()?;
        let asked = to_sdxl(request, references, sampler, sdxl.sees_pictures())?;
        let worked = sdxl.generate(&asked, &mut Watching(watch));
        self.settle(worked)
    }

    fn text_to_video(
        &mut self,
        request: &VideoRequest,
        watch: &mut dyn Watch,
    ) -> Result<(), EngineError> {
        let asked = to_wan(&request.image, request.frames, self.solver);
        let worked = self.wan()?.generate(&asked, &mut Watching(watch));
        self.settle(worked).map(|_| ())
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
        let answered = self.language()?.chat(request, say);
        self.settle(answered)
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

#[cfg(test)]
mod tests;
