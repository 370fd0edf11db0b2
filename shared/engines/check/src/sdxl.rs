//! SDXL at its full size, with random weights: a step of the UNet, a picture of the VAE, a whole order.

use std::ops::ControlFlow;

use candle_core::Tensor;
use ourvidz_engine_base::{Progress, Result};
use ourvidz_engine_sdxl::folder::{SdxlComponent, SdxlFiles};
use ourvidz_engine_sdxl::unet::{AdapterKeyValues, Unet, UnetConditioning};
use ourvidz_engine_sdxl::vae::VaeDecoder;
use ourvidz_engine_sdxl::{ImageListener, RgbImage, Sdxl, SdxlRequest, SdxlSampler};

use crate::report::median_seconds;
use crate::{CheckSetting, Report};

/// The largest batch of an order.
const PICTURES: usize = 6;

pub fn run(setting: &CheckSetting, report: &mut Report) -> Result<()> {
    let side = setting.choose(1024, 64);
    step(setting, report, side)?;
    decode(setting, report, side)?;
    whole(setting, report, side)
}

fn files(setting: &CheckSetting) -> Result<SdxlFiles> {
    if setting.is_tiny {
        return SdxlFiles::open(&setting.fixtures.join("sdxl/model"));
    }
    Ok(SdxlFiles::random())
}

/// With guidance, so twice as many pictures as are made.
fn step(setting: &CheckSetting, report: &mut Report, side: usize) -> Result<()> {
    let (device, precision) = (&setting.device, setting.precision);
    let files = files(setting)?;
    let configs = &files.configs;
    let unet = report.timed("UNet: make weights", device, || {
        Unet::new(
            &configs.unet,
            &files.builder(SdxlComponent::Unet, precision, device)?,
        )
    })?;
    let noise = |shape: &[usize]| -> Result<Tensor> {
        Ok(Tensor::randn(0_f32, 1.0, shape, device)?.to_dtype(precision)?)
    };
    let pooled_size = configs.text_2.projection_dim;
    for pictures in [1, PICTURES] {
        let batch = 2 * pictures;
        let sample = noise(&[batch, configs.unet.in_channels, side / 8, side / 8])?;
        let conditioning = UnetConditioning {
            tokens: &noise(&[batch, 77, configs.unet.cross_attention_dim])?,
            adapter: &AdapterKeyValues::new(),
            pooled: &noise(&[batch, pooled_size])?,
            sizes: [side as f32, side as f32, 0.0, 0.0, side as f32, side as f32],
        };
        let forward = || unet.forward(&sample, 801.0, &conditioning);
        report.timed(&format!("UNet: first step of {pictures}"), device, forward)?;
        let took = median_seconds(device, 3, forward)?;
        report.tell(&format!("UNet: a step of {pictures}"), took, "s")?;
    }
    Ok(())
}

fn decode(setting: &CheckSetting, report: &mut Report, side: usize) -> Result<()> {
    let (device, precision) = (&setting.device, setting.precision);
    let files = files(setting)?;
    let config = &files.configs.vae;
    let vae = VaeDecoder::new(
        config,
        &files.builder(SdxlComponent::Vae, precision, device)?,
    )?;
    let shape = (1, config.latent_channels, side / 8, side / 8);
    let latents = Tensor::randn(0_f32, 1.0, shape, device)?.to_dtype(precision)?;
    report.timed("VAE: first picture", device, || vae.forward(&latents))?;
    let took = median_seconds(device, 3, || vae.forward(&latents))?;
    report.tell("VAE: a picture", took, "s")
}

struct Silent;

impl Progress for Silent {
    fn step(&mut self, _: usize, _: usize) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

impl ImageListener for Silent {
    fn picture(&mut self, _: usize, _: RgbImage) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// The fast preset. Twice: the first one loads.
fn whole(setting: &CheckSetting, report: &mut Report, side: usize) -> Result<()> {
    let mut model = Sdxl::of_files(files(setting)?, &setting.device, setting.precision);
    let request = SdxlRequest {
        prompt: "a red fox in snow, film grain".to_owned(),
        negative_prompt: "blurry, low quality".to_owned(),
        width: side,
        height: side,
        steps: setting.choose(15, 2),
        guidance: 5.0,
        seed: 1,
        count: PICTURES,
        sampler: SdxlSampler::Euler,
        start: None,
        adapter_images: Vec::new(),
    };
    for name in ["order of 6: first", "order of 6"] {
        report.timed(name, &setting.device, || {
            model.generate(&request, &mut Silent)
        })?;
    }
    Ok(())
}
