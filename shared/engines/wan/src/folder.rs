//! A model's folder, laid out as diffusers does: what is in it, and whether it is what the engine needs.

use std::fmt;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device};
use candle_nn::VarBuilder;
use serde::de::DeserializeOwned;

use ourvidz_engine_base::config::read_json;
use ourvidz_engine_base::weights::{
    RequiredTensors, Shapes, TensorList, TensorPart, Weights, WeightsReport,
};
use ourvidz_engine_base::{Error, Result};

use crate::config::{FlowConfig, TransformerConfig, Umt5Config, WanVaeConfig};
use crate::text::{Tokens, Umt5Encoder};
use crate::transformer::Transformer;
use crate::vae::Vae;

/// The longest text in tokens, the mark of its end included: what the model was trained with.
pub const LONGEST_TEXT: usize = 512;

/// The VAE's precision, whatever the others have: its publishers advise it for the sake of the pictures, and the
/// VAE is small.
pub const VAE_PRECISION: DType = DType::F32;

/// A part of the model that can be in memory by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WanComponent {
    /// umT5, by far the largest, and needed only before the first step.
    TextEncoder,
    Transformer,
    /// Between pixels and latents.
    Vae,
}

impl WanComponent {
    pub const ALL: [Self; 3] = [Self::TextEncoder, Self::Transformer, Self::Vae];

    #[must_use]
    pub const fn folder(self) -> &'static str {
        match self {
            Self::TextEncoder => "text_encoder",
            Self::Transformer => "transformer",
            Self::Vae => "vae",
        }
    }

    /// How its files of weights are named: transformers and diffusers differ.
    const fn stem(self) -> &'static str {
        match self {
            Self::TextEncoder => "model",
            Self::Transformer | Self::Vae => "diffusion_pytorch_model",
        }
    }
}

#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Of this path; nothing is read yet.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
        }
    }

    /// Reads the tokenizer.
    ///
    /// # Errors
    ///
    /// When it is missing or damaged.
    pub fn tokens(&self) -> Result<Tokens> {
        Tokens::open(&self.path, LONGEST_TEXT)
    }

    /// Loads the text encoder.
    ///
    /// # Errors
    ///
    /// When a file is missing or of another model, or the device has no memory for it.
    pub fn text_encoder(&self, device: &Device, precision: DType) -> Result<Umt5Encoder> {
        let weights = self
            .weights(WanComponent::TextEncoder)?
            .builder(precision, device);
        Umt5Encoder::new(&self.config(WanComponent::TextEncoder)?, &weights)
    }

    /// Loads the denoiser.
    ///
    /// # Errors
    ///
    /// As [`Self::text_encoder`].
    pub fn transformer(&self, device: &Device, precision: DType) -> Result<Transformer> {
        let weights = self
            .weights(WanComponent::Transformer)?
            .builder(precision, device);
        Transformer::new(&self.transformer_config()?, &weights)
    }

    /// Loads the VAE.
    ///
    /// # Errors
    ///
    /// As [`Self::text_encoder`].
    pub fn vae(&self, device: &Device) -> Result<Vae> {
        let weights = self
            .weights(WanComponent::Vae)?
            .builder(VAE_PRECISION, device);
        Vae::new(&self.config(WanComponent::Vae)?, &weights)
    }

    /// What the model's code asks of a component, given its configuration.
    ///
    /// # Errors
    ///
    /// When the configuration is missing or of another model.
    pub fn wanted(&self, component: WanComponent) -> Result<Shapes> {
        match component {
            WanComponent::TextEncoder => {
                wanted(&self.config::<Umt5Config>(component)?, Umt5Encoder::new)
            }
            WanComponent::Transformer => wanted(&self.transformer_config()?, Transformer::new),
            WanComponent::Vae => wanted(&self.config::<WanVaeConfig>(component)?, Vae::new),
        }
    }

    /// What the files hold, from their headers.
    ///
    /// # Errors
    ///
    /// When they are missing or damaged.
    pub fn found(&self, component: WanComponent) -> Result<TensorList> {
        Ok(self.weights(component)?.listing().clone())
    }

    /// Looks at everything without loading any of it.
    #[must_use]
    pub fn examine(&self, precision: DType) -> Examination {
        let components = WanComponent::ALL.map(|component| {
            let finding = self.wanted(component).and_then(|wanted| {
                let report = WeightsReport::new(&wanted, &self.found(component)?);
                Ok((bytes(component, &wanted, precision), report))
            });
            (component, finding)
        });
        Examination {
            components,
            tokens: self.tokens().map(|_| ()),
        }
    }

    /// What a component takes in memory when loaded, in bytes.
    ///
    /// # Errors
    ///
    /// When its configuration is missing or of another model.
    pub fn bytes(&self, component: WanComponent, precision: DType) -> Result<usize> {
        Ok(bytes(component, &self.wanted(component)?, precision))
    }

    /// The denoiser's configuration, if the scheduler beside it says that it was trained as this engine samples. A
    /// folder without a scheduler says nothing else.
    ///
    /// # Errors
    ///
    /// When it is missing or of another model.
    pub fn transformer_config(&self) -> Result<TransformerConfig> {
        let schedule = self.path.join("scheduler").join("scheduler_config.json");
        if schedule.exists() {
            read_json::<FlowConfig>(&schedule)?.check()?;
        }
        self.config(WanComponent::Transformer)
    }

    fn config<T: DeserializeOwned>(&self, component: WanComponent) -> Result<T> {
        read_json(&self.path.join(component.folder()).join("config.json"))
    }

    fn weights(&self, component: WanComponent) -> Result<Weights> {
        let folder = self.path.join(component.folder());
        let weights = Weights::in_folder(&folder, component.stem())?;
        Ok(match component {
            WanComponent::TextEncoder => one_name_for_words(&weights),
            WanComponent::Transformer | WanComponent::Vae => weights,
        })
    }
}

/// The vectors of the words are stored under one of two names, or under both.
fn one_name_for_words(weights: &Weights) -> Weights {
    const ONE: &str = "shared.weight";
    const OTHER: &str = "encoder.embed_tokens.weight";
    let has_one = weights.listing().contains_key(ONE);
    weights.renamed(|name| match name {
        OTHER if has_one => Vec::new(),
        OTHER => vec![(ONE.to_owned(), TensorPart::Whole)],
        _ => vec![(name.to_owned(), TensorPart::Whole)],
    })
}

fn wanted<C, M>(config: &C, new: impl FnOnce(&C, &VarBuilder<'_>) -> Result<M>) -> Result<Shapes> {
    RequiredTensors::by(|weights| new(config, &weights))
}

fn bytes(component: WanComponent, wanted: &Shapes, precision: DType) -> usize {
    let precision = match component {
        WanComponent::Vae => VAE_PRECISION,
        WanComponent::TextEncoder | WanComponent::Transformer => precision,
    };
    let numbers: usize = wanted
        .values()
        .map(|shape| shape.iter().product::<usize>())
        .sum();
    numbers * precision.size_in_bytes()
}

/// What is in a folder and what is wrong with it. Printed, it is one line for each part.
#[derive(Debug)]
pub struct Examination {
    /// Bytes in memory and the tensors, or why that cannot be said.
    pub components: [(WanComponent, Result<(usize, WeightsReport)>); 3],
    /// Whether the tokenizer can be read.
    pub tokens: Result<()>,
}

impl Examination {
    /// Whether the model can be loaded.
    #[must_use]
    pub fn fits(&self) -> bool {
        let is_complete = |finding: &Result<(usize, WeightsReport)>| matches!(finding, Ok((_, report)) if report.fits());
        self.tokens.is_ok()
            && self
                .components
                .iter()
                .all(|(_, finding)| is_complete(finding))
    }

    /// All components together in memory, as far as they are known.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let known = self
            .components
            .iter()
            .filter_map(|(_, finding)| finding.as_ref().ok());
        known.map(|(bytes, _)| bytes).sum()
    }
}

impl fmt::Display for Examination {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (component, finding) in &self.components {
            match finding {
                Ok((bytes, report)) => {
                    let megabytes = bytes.div_ceil(1 << 20);
                    writeln!(
                        formatter,
                        "{}: {megabytes} MiB, {report}",
                        component.folder()
                    )?;
                }
                Err(error) => writeln!(formatter, "{}: {}", component.folder(), chain(error))?,
            }
        }
        match &self.tokens {
            Ok(()) => formatter.write_str("tokenizer: readable"),
            Err(error) => write!(formatter, "tokenizer: {}", chain(error)),
        }
    }
}

/// An error with its cause.
fn chain(error: &Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
