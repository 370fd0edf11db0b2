//! The fixtures of diffusers and transformers, in every precision: what the tests hold the engines to on a processor.

use std::collections::HashMap;
use std::error::Error as _;
use std::path::Path;

use candle_core::{DType, Tensor};
use candle_nn::VarBuilder;
use ourvidz_engine_base::config::read_json;
use ourvidz_engine_base::weights::Weights;
use ourvidz_engine_base::{Error, Result};
use ourvidz_engine_qwen::{QwenConfig, QwenNetwork, QwenWeights};
use ourvidz_engine_sdxl::folder::{SdxlComponent, SdxlFiles};
use ourvidz_engine_sdxl::unet::{AdapterKeyValues, Unet, UnetConditioning};
use ourvidz_engine_sdxl::vae::VaeDecoder;
use ourvidz_engine_wan::text::Umt5Encoder;
use ourvidz_engine_wan::transformer::Transformer;
use ourvidz_engine_wan::vae::Vae;

use crate::report::difference;
use crate::{CheckSetting, Report};

/// Each precision with its bound: what rounding adds up to in networks as sharp as the fixtures', and below what a
/// mistake in the wiring makes, which is a tenth and more. A GPU sums in another order than a processor.
const PRECISIONS: [(DType, f64); 3] = [
    (DType::F32, 1e-3),
    (DType::F16, 3e-2),
    (DType::BF16, 1.2e-1),
];

const SIZES: [f32; 6] = [64.0, 64.0, 0.0, 0.0, 64.0, 64.0];

/// A stage of an engine: what it makes in a precision, and what is right.
type Stage = fn(&CheckSetting, DType) -> Result<[Tensor; 2]>;

const STAGES: [(&str, Stage); 6] = [
    ("SDXL UNet", unet),
    ("SDXL VAE", sdxl_vae),
    ("WAN umT5", umt5),
    ("WAN denoiser", denoiser),
    ("WAN VAE", wan_vae),
    ("Qwen logits", qwen),
];

/// What is always computed in `f32`.
const ALWAYS_F32: &str = "WAN VAE";

pub fn run(setting: &CheckSetting, report: &mut Report) -> Result<()> {
    for (name, stage) in STAGES {
        for (precision, bound) in PRECISIONS {
            // A processor convolves in f32 only, and so does one of the stages everywhere.
            let is_f32_alone = name == ALWAYS_F32 || setting.device.is_cpu();
            if is_f32_alone && precision != DType::F32 {
                continue;
            }
            let off =
                stage(setting, precision).and_then(|[found, right]| difference(&found, &right));
            let name = format!("{name} {}", precision.as_str());
            if let Err(problem) = &off {
                eprintln!("{name}: {problem}: {:?}", problem.source());
            }
            // A stage that fails is as far from right as can be, and the next one is checked.
            report.check(&name, off.unwrap_or(f64::NAN), bound)?;
        }
    }
    Ok(())
}

struct Given(HashMap<String, Tensor>);

impl Given {
    fn open(setting: &CheckSetting, file: &str) -> Result<Self> {
        let path = setting.fixtures.join(file);
        Ok(Self(candle_core::safetensors::load(path, &setting.device)?))
    }

    fn get(&self, name: &str) -> Result<Tensor> {
        let found = self.0.get(name).cloned();
        found.ok_or_else(|| Error::file(name, "the fixture does not have it"))
    }

    fn one(&self, name: &str) -> Result<Tensor> {
        Ok(self.get(name)?.squeeze(0)?)
    }

    fn ids(&self, name: &str) -> Result<Vec<u32>> {
        Ok(self
            .get(name)?
            .to_dtype(DType::U32)?
            .flatten_all()?
            .to_vec1()?)
    }
}

fn sdxl(
    setting: &CheckSetting,
    component: SdxlComponent,
    precision: DType,
) -> Result<(SdxlFiles, VarBuilder<'static>)> {
    let files = SdxlFiles::open(&setting.fixtures.join("sdxl/model"))?;
    let weights = files.builder(component, precision, &setting.device)?;
    Ok((files, weights))
}

fn unet(setting: &CheckSetting, precision: DType) -> Result<[Tensor; 2]> {
    let (files, weights) = sdxl(setting, SdxlComponent::Unet, precision)?;
    let given = Given::open(setting, "sdxl/unet.safetensors")?;
    let conditioning = UnetConditioning {
        tokens: &given.get("context")?.to_dtype(precision)?,
        adapter: &AdapterKeyValues::new(),
        pooled: &given.get("pooled")?.to_dtype(precision)?,
        sizes: SIZES,
    };
    let sample = given.get("sample")?.to_dtype(precision)?;
    let found = Unet::new(&files.configs.unet, &weights)?.forward(&sample, 801.0, &conditioning)?;
    Ok([found, given.get("predicted")?])
}

fn sdxl_vae(setting: &CheckSetting, precision: DType) -> Result<[Tensor; 2]> {
    let (files, weights) = sdxl(setting, SdxlComponent::Vae, precision)?;
    let given = Given::open(setting, "sdxl/vae.safetensors")?;
    let latents = given.get("latents")?.to_dtype(precision)?;
    let found = VaeDecoder::new(&files.configs.vae, &weights)?.forward(&latents)?;
    Ok([found, given.get("picture")?])
}

fn wan(
    setting: &CheckSetting,
    component: &str,
    stem: &str,
    precision: DType,
) -> Result<(std::path::PathBuf, VarBuilder<'static>)> {
    let folder = setting.fixtures.join("wan/tiny").join(component);
    let weights = Weights::in_folder(&folder, stem)?.builder(precision, &setting.device);
    Ok((folder.join("config.json"), weights))
}

fn umt5(setting: &CheckSetting, precision: DType) -> Result<[Tensor; 2]> {
    let (config, weights) = wan(setting, "text_encoder", "model", precision)?;
    let given = Given::open(setting, "wan/text.safetensors")?;
    let encoder = Umt5Encoder::new(&read_json(&config)?, &weights)?;
    Ok([
        encoder.encode(&given.ids("far.ids")?)?,
        given.one("far.hidden")?,
    ])
}

fn denoiser(setting: &CheckSetting, precision: DType) -> Result<[Tensor; 2]> {
    let (config, weights) = wan(setting, "transformer", "diffusion_pytorch_model", precision)?;
    let given = Given::open(setting, "wan/transformer.safetensors")?;
    let transformer = Transformer::new(&read_json(&config)?, &weights)?;
    let latents = given.one("latents")?;
    let rotation = transformer.rotation(&latents)?;
    let time = given
        .get("timestep")?
        .to_dtype(DType::F32)?
        .flatten_all()?
        .get(0)?
        .to_scalar()?;
    let found = transformer.forward(&latents, time, &given.one("context")?, &rotation)?;
    Ok([found, given.one("out")?])
}

fn wan_vae(setting: &CheckSetting, precision: DType) -> Result<[Tensor; 2]> {
    let (config, weights) = wan(setting, "vae", "diffusion_pytorch_model", precision)?;
    let given = Given::open(setting, "wan/vae.safetensors")?;
    let vae = Vae::new(&read_json(&config)?, &weights)?;
    let mut chunks = Vec::new();
    vae.decode(&given.one("latents")?, |pixels| {
        chunks.push(pixels);
        Ok(())
    })?;
    Ok([
        Tensor::cat(&chunks, 0)?.transpose(0, 1)?,
        given.one("pixels")?,
    ])
}

fn qwen(setting: &CheckSetting, precision: DType) -> Result<[Tensor; 2]> {
    let folder = setting.fixtures.join("qwen/model");
    let config = QwenConfig::read(Path::new(&folder.join("config.json")))?;
    let weights = Weights::in_folder(&folder, "model")?;
    let source = QwenWeights::Whole(weights.builder(precision, &setting.device));
    let mut network = QwenNetwork::new(&config, &source, 1024)?;
    let given = Given::open(setting, "qwen/logits.safetensors")?;
    let all = network.logits(&given.ids("ids")?)?;
    Ok([
        all.index_select(&given.get("rows")?, 0)?,
        given.get("logits")?,
    ])
}
