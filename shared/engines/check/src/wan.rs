//! WAN at its published size, with random weights: the text, steps of a clip of 81 frames, its decoding.

use std::path::Path;

use candle_core::{DType, Tensor};
use ourvidz_engine_base::Result;
use ourvidz_engine_base::config::read_json;
use ourvidz_engine_base::weights::random;
use ourvidz_engine_wan::config::{TransformerConfig, Umt5Config, WanVaeConfig};
use ourvidz_engine_wan::folder::{LONGEST_TEXT, VAE_PRECISION};
use ourvidz_engine_wan::text::Umt5Encoder;
use ourvidz_engine_wan::transformer::Transformer;
use ourvidz_engine_wan::vae::Vae;

use crate::report::seconds;
use crate::{CheckSetting, Report};

/// The tokens of a prompt of about a hundred words.
const TOKENS: u32 = 150;

/// Latent frames that are decoded of the 21 of a clip: a part of it, because the others take as long as the last.
const DECODED: usize = 4;

pub fn run(setting: &CheckSetting, report: &mut Report) -> Result<()> {
    text(setting, report)?;
    steps(setting, report)?;
    decode(setting, report)
}

fn config<T: serde::de::DeserializeOwned>(setting: &CheckSetting, component: &str) -> Result<T> {
    let folder = setting.fixtures.join("wan");
    let published = folder.join("published").join(format!("{component}.json"));
    let tiny = folder.join("tiny").join(component).join("config.json");
    read_json(Path::new(&setting.choose(published, tiny)))
}

fn text(setting: &CheckSetting, report: &mut Report) -> Result<()> {
    let device = &setting.device;
    let config: Umt5Config = config(setting, "text_encoder")?;
    let encoder = report.timed("umT5: make weights", device, || {
        Umt5Encoder::new(&config, &random(setting.precision, device))
    })?;
    let ids: Vec<u32> = (0..setting.choose(TOKENS, 20)).collect();
    let read = || encoder.encode_padded(&ids, LONGEST_TEXT);
    read()?;
    report.timed("umT5: a text", device, read)?;
    Ok(())
}

/// One pass of the denoiser; a step with guidance is two.
fn steps(setting: &CheckSetting, report: &mut Report) -> Result<()> {
    let device = &setting.device;
    let config: TransformerConfig = config(setting, "transformer")?;
    let transformer = report.timed("denoiser: make weights", device, || {
        Transformer::new(&config, &random(setting.precision, device))
    })?;
    let context = Tensor::randn(0_f32, 1.0, (LONGEST_TEXT, config.text_dim), device)?;
    for frames in setting.choose([1, 21], [1, 2]) {
        let [rows, columns] = setting.choose([60, 104], [4, 6]);
        let shape = (config.in_channels, frames, rows, columns);
        let latents = Tensor::randn(0_f32, 1.0, shape, device)?;
        let rotation = transformer.rotation(&latents)?;
        let pass = || transformer.forward(&latents, 801.0, &context, &rotation);
        report.timed(
            &format!("denoiser: first pass, {frames} latent frames"),
            device,
            pass,
        )?;
        let (_, took) = seconds(device, pass)?;
        report.tell(
            &format!("denoiser: a pass, {frames} latent frames"),
            took,
            "s",
        )?;
    }
    Ok(())
}

fn decode(setting: &CheckSetting, report: &mut Report) -> Result<()> {
    let device = &setting.device;
    let config: WanVaeConfig = config(setting, "vae")?;
    let vae = Vae::new(&config, &random(VAE_PRECISION, device))?;
    let [rows, columns] = setting.choose([60, 104], [4, 6]);
    let shape = (config.z_dim, DECODED, rows, columns);
    let latents = Tensor::randn(0_f32, 1.0, shape, device)?;
    let mut last = std::time::Instant::now();
    let mut chunks = Vec::new();
    report.timed("VAE: 13 frames", device, || {
        vae.decode(&latents, |pixels| {
            // As the caller does, who wants pixels: this waits for the device.
            pixels.to_dtype(DType::F32)?.sum_all()?.to_scalar::<f32>()?;
            chunks.push(last.elapsed().as_secs_f64());
            last = std::time::Instant::now();
            Ok(())
        })
    })?;
    report.tell(
        "VAE: the last four frames",
        chunks.last().copied().unwrap_or(f64::NAN),
        "s",
    )
}
