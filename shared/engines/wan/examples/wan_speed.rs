//! Measures the model at its published size, with random weights: they show speed and memory, not quality.
//!
//! `cargo run --release --features cudnn -p ourvidz-engine-wan --example wan_speed -- cuda 81 50 480x832`
//! (device, frames, steps, size). The program needs no files and no network beside itself. A fifth argument is
//! the folder of a model whose configurations are taken instead: the tiny one of the tests shows that it runs.

use std::error::Error;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use candle_core::{DType, Device, Tensor};
use ourvidz_engine_base::config::read_json;
use ourvidz_engine_base::device::DeviceName;
use ourvidz_engine_base::noise::{self, NoisePurpose};
use ourvidz_engine_base::weights::random;
use ourvidz_engine_wan::config::{TransformerConfig, Umt5Config, WanVaeConfig};
use ourvidz_engine_wan::folder::{LONGEST_TEXT, VAE_PRECISION};
use ourvidz_engine_wan::text::Umt5Encoder;
use ourvidz_engine_wan::transformer::Transformer;
use ourvidz_engine_wan::vae::Vae;
use ourvidz_engine_wan::{TextContext, WanRequest, WanSolver, decode, denoise};

const TEXT: &str =
    include_str!("../../../../tests/fixtures/parity/wan/published/text_encoder.json");
const TRANSFORMER: &str =
    include_str!("../../../../tests/fixtures/parity/wan/published/transformer.json");
const VAE: &str = include_str!("../../../../tests/fixtures/parity/wan/published/vae.json");

/// The tokens of a prompt of about a hundred words.
const TOKENS: usize = 150;

type Outcome<T> = Result<T, Box<dyn Error>>;

struct Model {
    text: Umt5Config,
    transformer: TransformerConfig,
    vae: WanVaeConfig,
}

impl Model {
    fn published() -> Outcome<Self> {
        Ok(Self {
            text: serde_json::from_str(TEXT)?,
            transformer: serde_json::from_str(TRANSFORMER)?,
            vae: serde_json::from_str(VAE)?,
        })
    }

    fn in_folder(folder: &Path) -> Outcome<Self> {
        let path = |component: &str| folder.join(component).join("config.json");
        Ok(Self {
            text: read_json(&path("text_encoder"))?,
            transformer: read_json(&path("transformer"))?,
            vae: read_json(&path("vae"))?,
        })
    }
}

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument =
        |index: usize, default: &'static str| arguments.get(index).map_or(default, String::as_str);
    let device_name: DeviceName = argument(0, "cpu").parse()?;
    let (device, precision) = (device_name.open()?, device_name.natural_precision());
    let (width, height) = argument(3, "480x832")
        .split_once('x')
        .ok_or("a size is WIDTHxHEIGHT")?;
    let request = WanRequest {
        prompt: String::new(),
        negative_prompt: None,
        width: width.parse()?,
        height: height.parse()?,
        frames: argument(1, "81").parse()?,
        steps: argument(2, "50").parse()?,
        guidance: 6.5,
        shift: 5.0,
        solver: WanSolver::Euler,
        tea_cache: None,
        seed: 7,
    };
    println!(
        "{device_name}, {precision:?}, {} frames of {width}x{height}, {} steps",
        request.frames, request.steps
    );

    let model = match arguments.get(4) {
        Some(folder) => Model::in_folder(Path::new(folder))?,
        None => Model::published()?,
    };
    let context = read(&model.text, &device, precision)?;
    let latents = make(&model.transformer, &request, &context, &device, precision)?;
    show(&model.vae, &latents, &device)
}

/// The text encoder, which is gone before the denoiser comes.
fn read(config: &Umt5Config, device: &Device, precision: DType) -> Outcome<TextContext> {
    let encoder = timed("text encoder: make weights", device, || {
        Umt5Encoder::new(config, &random(precision, device))
    })?;
    let ids: Vec<u32> = (0..TOKENS as u32).collect();
    let read = || encoder.encode_padded(&ids, LONGEST_TEXT);
    timed("text encoder: first text", device, read)?;
    let prompt = timed("text encoder: a text", device, read)?;
    Ok(TextContext {
        negative: Some(prompt.clone()),
        prompt,
    })
}

fn make(
    config: &TransformerConfig,
    request: &WanRequest,
    context: &TextContext,
    device: &Device,
    precision: DType,
) -> Outcome<Tensor> {
    let transformer = timed("denoiser: make weights", device, || {
        Transformer::new(config, &random(precision, device))
    })?;
    let latent_frames = 1 + request.frames.saturating_sub(1) / 4;
    let shape = (
        config.in_channels,
        latent_frames,
        request.height / 8,
        request.width / 8,
    );
    let start = noise::tensor(request.seed, NoisePurpose::Start, 0, shape, device)?;
    let mut steps: Vec<Duration> = Vec::new();
    let mut last = Instant::now();
    let mut note = |_, _| {
        steps.push(last.elapsed());
        last = Instant::now();
        ControlFlow::Continue(())
    };
    let latents = timed("denoiser: all steps", device, || {
        denoise(&transformer, &start, request, context, &mut note).map(|made| made.latents)
    })?;
    steps.sort();
    if let (Some(fastest), Some(median)) = (steps.first(), steps.get(steps.len() / 2)) {
        println!("  a step: fastest {fastest:.2?}, median {median:.2?}");
    }
    Ok(latents)
}

fn show(config: &WanVaeConfig, latents: &Tensor, device: &Device) -> Outcome<()> {
    let vae = timed("vae: make weights", device, || {
        Vae::new(config, &random(VAE_PRECISION, device))
    })?;
    let mut frames = 0;
    timed("vae: decode", device, || {
        decode(&vae, latents, |_| {
            frames += 1;
            Ok(())
        })
    })?;
    println!("  {frames} frames");
    Ok(())
}

fn timed<T>(
    what: &str,
    device: &Device,
    work: impl FnOnce() -> ourvidz_engine_base::Result<T>,
) -> Outcome<T> {
    let start = Instant::now();
    let made = work()?;
    device.synchronize()?;
    println!("{what}: {:.2?}", start.elapsed());
    Ok(made)
}
