//! The files of a model: a folder in the layout of the diffusers library, or a single checkpoint.

mod adapter_files;
mod requirements;
mod single;

use std::path::{Path, PathBuf};

use candle_core::{DType, Device};
use candle_nn::VarBuilder;
use ourvidz_engine_base::config::read_json;
use ourvidz_engine_base::weights::{RequiredTensors, Shapes, Weights, WeightsReport, random};
use ourvidz_engine_base::{Error, Result};

use crate::adapter::{Adapter, AdapterConfig, ImageEncoder};
use crate::config::{ClipTextConfig, SdxlVaeConfig, UnetConfig};
use crate::schedule_config::ScheduleConfig;
use crate::text::ClipTextEncoder;
use crate::tokens::SdxlTokenizer;
use crate::unet::Unet;
use crate::vae::{VaeDecoder, VaeEncoder};
use adapter_files::AdapterFiles;
pub use requirements::{Requirements, requirements};

/// The parts of a model that have weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SdxlComponent {
    /// The first text encoder, CLIP-L.
    TextEncoder,
    /// The second text encoder, OpenCLIP bigG.
    TextEncoder2,
    Unet,
    Vae,
    /// The encoder of pictures, of a model with an adapter.
    ImageEncoder,
    IpAdapter,
}

impl SdxlComponent {
    /// Those that every model has.
    pub const ALL: [Self; 4] = [Self::TextEncoder, Self::TextEncoder2, Self::Unet, Self::Vae];
    /// Those of the adapter.
    pub const OPTIONAL: [Self; 2] = [Self::ImageEncoder, Self::IpAdapter];

    /// The name of its folder.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TextEncoder => "text_encoder",
            Self::TextEncoder2 => "text_encoder_2",
            Self::Unet => "unet",
            Self::Vae => "vae",
            Self::ImageEncoder => "image_encoder",
            Self::IpAdapter => "ip_adapter",
        }
    }

    /// The name of its files, without the ending.
    const fn stem(self) -> &'static str {
        match self {
            Self::TextEncoder | Self::TextEncoder2 | Self::ImageEncoder => "model",
            Self::Unet | Self::Vae => "diffusion_pytorch_model",
            Self::IpAdapter => "ip-adapter_sdxl",
        }
    }
}

/// The configurations of all components.
#[derive(Debug, Clone, PartialEq)]
pub struct SdxlConfigs {
    pub text: ClipTextConfig,
    pub text_2: ClipTextConfig,
    pub unet: UnetConfig,
    pub vae: SdxlVaeConfig,
    /// The noise of the training.
    pub schedule: ScheduleConfig,
    /// The adapter, if there is one.
    pub adapter: Option<AdapterConfig>,
}

impl SdxlConfigs {
    /// SDXL 1.0.
    #[must_use]
    pub fn full_size() -> Self {
        Self {
            text: ClipTextConfig::small(),
            text_2: ClipTextConfig::big(),
            unet: UnetConfig::full_size(),
            vae: SdxlVaeConfig::full_size(),
            schedule: ScheduleConfig::default(),
            adapter: None,
        }
    }

    fn in_folder(folder: &Path) -> Result<Self> {
        let config = |component: SdxlComponent| folder.join(component.name()).join("config.json");
        let schedule = folder.join("scheduler").join("scheduler_config.json");
        let configs = Self {
            text: read_json(&config(SdxlComponent::TextEncoder))?,
            text_2: read_json(&config(SdxlComponent::TextEncoder2))?,
            unet: read_json(&config(SdxlComponent::Unet))?,
            vae: read_json(&config(SdxlComponent::Vae))?,
            schedule: read_json(&schedule)?,
            adapter: None,
        };
        configs.schedule.check()?;
        let context = configs.text.hidden_size + configs.text_2.hidden_size;
        if context != configs.unet.cross_attention_dim {
            return Err(Error::Unsupported(format!(
                "the texts' vectors have {context} numbers, and the UNet wants {}",
                configs.unet.cross_attention_dim
            )));
        }
        Ok(configs)
    }

    /// The components that there are.
    pub(crate) fn components(&self) -> Vec<SdxlComponent> {
        let optional = SdxlComponent::OPTIONAL.into_iter();
        SdxlComponent::ALL
            .into_iter()
            .chain(optional.filter(|_| self.adapter.is_some()))
            .collect()
    }

    fn adapter(&self) -> Result<&AdapterConfig> {
        let missing = || Error::Unsupported("the model has no adapter for pictures".to_owned());
        self.adapter.as_ref().ok_or_else(missing)
    }

    /// The tensors that a component asks for.
    ///
    /// # Errors
    ///
    /// When its configuration is unusable, or there is no such component.
    pub fn wanted(&self, component: SdxlComponent) -> Result<Shapes> {
        RequiredTensors::by(|weights| match component {
            SdxlComponent::TextEncoder => {
                ClipTextEncoder::new(&self.text, false, &weights).map(drop)
            }
            SdxlComponent::TextEncoder2 => {
                ClipTextEncoder::new(&self.text_2, true, &weights).map(drop)
            }
            SdxlComponent::Unet => Unet::new(&self.unet, &weights).map(drop),
            SdxlComponent::Vae => {
                VaeDecoder::new(&self.vae, &weights)?;
                VaeEncoder::new(&self.vae, &weights).map(drop)
            }
            SdxlComponent::ImageEncoder => {
                ImageEncoder::new(&self.adapter()?.vision, &weights).map(drop)
            }
            SdxlComponent::IpAdapter => {
                Adapter::new(self.adapter()?, &self.unet, &weights).map(drop)
            }
        })
    }
}

/// A model's files, opened: headers are read, weights not yet.
#[derive(Debug)]
pub struct SdxlFiles {
    /// The configurations of all components.
    pub configs: SdxlConfigs,
    /// The vocabulary of the first text encoder; the second one's is the same.
    pub tokenizer: SdxlTokenizer,
    origin: Origin,
    beside: Option<AdapterFiles>,
}

#[derive(Debug)]
enum Origin {
    Folder(PathBuf),
    Single(PathBuf),
    Random,
}

impl SdxlFiles {
    /// Opens a folder or a single file.
    ///
    /// # Errors
    ///
    /// When it is neither, or its configuration is not of an SDXL.
    pub fn open(path: &Path) -> Result<Self> {
        if let Some(file) = single_file(path)? {
            let files = Self::single(file, SdxlConfigs::full_size(), SdxlTokenizer::clip());
            return files.with_adapter_in(path);
        }
        let configs = SdxlConfigs::in_folder(path)?;
        let vocabulary = path.join("tokenizer");
        let tokenizer = if vocabulary.join("merges.txt").is_file() {
            SdxlTokenizer::in_folder(&vocabulary)?
        } else {
            SdxlTokenizer::clip()
        };
        let sizes = [configs.text.vocab_size, configs.text_2.vocab_size];
        if sizes.iter().any(|size| *size < tokenizer.size()) {
            return Err(Error::file(
                vocabulary,
                format!(
                    "{} tokens, but the text encoders know {sizes:?}",
                    tokenizer.size()
                ),
            ));
        }
        let files = Self {
            configs,
            tokenizer,
            origin: Origin::Folder(path.to_owned()),
            beside: None,
        };
        files.with_adapter_in(path)
    }

    /// The same, and the adapter of a folder if it has one.
    fn with_adapter_in(mut self, folder: &Path) -> Result<Self> {
        if let Some((beside, config)) = AdapterFiles::find(folder, &self.configs.unet)? {
            self.beside = Some(beside);
            self.configs.adapter = Some(config);
        }
        Ok(self)
    }

    /// Opens a single file, which does not say itself the configurations.
    #[must_use]
    pub const fn single(file: PathBuf, configs: SdxlConfigs, tokenizer: SdxlTokenizer) -> Self {
        Self {
            configs,
            tokenizer,
            origin: Origin::Single(file),
            beside: None,
        }
    }

    /// A full-size model of random weights, to measure speed and memory with.
    #[must_use]
    pub fn random() -> Self {
        Self {
            configs: SdxlConfigs::full_size(),
            tokenizer: SdxlTokenizer::clip(),
            origin: Origin::Random,
            beside: None,
        }
    }

    fn weights(&self, component: SdxlComponent) -> Result<Option<Weights>> {
        if let (Some(beside), true) = (&self.beside, SdxlComponent::OPTIONAL.contains(&component)) {
            return Ok(Some(as_published(component, &beside.weights(component)?)));
        }
        match &self.origin {
            Origin::Folder(folder) => {
                let folder = folder.join(component.name());
                let weights = Weights::in_folder(&folder, component.stem())?;
                Ok(Some(as_published(component, &weights)))
            }
            Origin::Single(file) => {
                let weights = Weights::of_files(std::slice::from_ref(file))?;
                let levels = self.configs.vae.block_out_channels.len();
                Ok(Some(
                    weights.renamed(|name| single::names(component, name, levels)),
                ))
            }
            Origin::Random => Ok(None),
        }
    }

    /// The weights of a component, checked by name and shape before any is read.
    ///
    /// # Errors
    ///
    /// When files are missing or do not hold what the component wants: then the report is the text.
    pub fn builder(
        &self,
        component: SdxlComponent,
        precision: DType,
        device: &Device,
    ) -> Result<VarBuilder<'static>> {
        let Some(weights) = self.weights(component)? else {
            return Ok(random(precision, device));
        };
        let report = WeightsReport::new(&self.configs.wanted(component)?, weights.listing());
        if !report.fits() {
            let name = component.name();
            return Err(Error::Unsupported(format!(
                "the weights of {name} do not fit: {report}"
            )));
        }
        Ok(weights.builder(precision, device))
    }
}

/// The one checkpoint file that a path means: the file itself, or the only one of a folder that has no
/// `model_index.json`.
fn single_file(path: &Path) -> Result<Option<PathBuf>> {
    if path.is_file() {
        return Ok(Some(path.to_owned()));
    }
    if path.join("model_index.json").is_file() || path.join("unet").is_dir() {
        return Ok(None);
    }
    match safetensors_in(path)?.as_slice() {
        [file] => Ok(Some(file.clone())),
        [] => Err(Error::file(
            path,
            "there is no model_index.json and no checkpoint file",
        )),
        _ => Err(Error::file(
            path,
            "there is more than one checkpoint file: name one of them",
        )),
    }
}

/// The files of weights in a folder.
fn safetensors_in(path: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(path).map_err(|error| Error::file(path, error))?;
    Ok(entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|file| {
            file.extension()
                .is_some_and(|ending| ending == "safetensors")
        })
        .collect())
}

/// The names of a folder's weights as they were first published: newer programs leave out `text_model.`, and
/// older ones named the layers of the VAE's attention otherwise.
fn as_published(component: SdxlComponent, weights: &Weights) -> Weights {
    use ourvidz_engine_base::weights::TensorPart;
    const PREFIX: &str = "text_model.";
    const OLDER: [(&str, &str); 4] = [
        (".query.", ".to_q."),
        (".key.", ".to_k."),
        (".value.", ".to_v."),
        (".proj_attn.", ".to_out.0."),
    ];
    match component {
        SdxlComponent::TextEncoder | SdxlComponent::TextEncoder2 => weights.renamed(|name| {
            let is_complete = name.starts_with(PREFIX) || name.starts_with("text_projection.");
            let used = if is_complete {
                name.to_owned()
            } else {
                format!("{PREFIX}{name}")
            };
            vec![(used, TensorPart::Whole)]
        }),
        SdxlComponent::Vae => weights.renamed(|name| {
            let used = OLDER.iter().fold(name.to_owned(), |name, (older, newer)| {
                name.replace(older, newer)
            });
            vec![(used, TensorPart::Whole)]
        }),
        SdxlComponent::Unet | SdxlComponent::ImageEncoder | SdxlComponent::IpAdapter => {
            weights.clone()
        }
    }
}

/// How many numbers there are in tensors of these shapes.
pub(crate) fn count(shapes: &Shapes) -> usize {
    shapes
        .values()
        .map(|shape| shape.iter().product::<usize>())
        .sum()
}

/// The names that a tensor of a single checkpoint file has in a folder's component, and which part of it they
/// stand for; none if it is not of that component. `vae_levels` are 4 in SDXL: the file counts those of the
/// decoder from the other end.
#[must_use]
pub fn names_of_single_file(
    component: SdxlComponent,
    stored: &str,
    vae_levels: usize,
) -> Vec<(String, ourvidz_engine_base::weights::TensorPart)> {
    single::names(component, stored, vae_levels)
}
