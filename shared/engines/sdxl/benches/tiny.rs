//! How long the model of toy size takes on a processor. `npm run bench` runs it: the numbers say nothing of the
//! real model, but show when a change makes it slower.
#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};
use divan::{Bencher, black_box};
use ourvidz_engine_base::noise::{self, NoisePurpose};
use ourvidz_engine_base::{LatentPreview, Progress};
use ourvidz_engine_sdxl::folder::{SdxlComponent, SdxlFiles};
use ourvidz_engine_sdxl::unet::{AdapterKeyValues, Unet, UnetConditioning};
use ourvidz_engine_sdxl::vae::VaeDecoder;
use ourvidz_engine_sdxl::{ImageListener, RgbImage, Sdxl, SdxlPart, SdxlRequest, SdxlSampler};

/// The size that the toy model's fixtures have.
const SIDE: usize = 64;

fn main() {
    divan::main();
}

fn tiny() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fixtures/parity/sdxl/model")
}

fn noise(shape: &[usize]) -> Tensor {
    noise::tensor(7, NoisePurpose::Start, 0, shape, &Device::Cpu).unwrap()
}

/// Reading the headers, checking names and shapes, and all of the weights.
#[divan::bench(sample_count = 10)]
fn open(bencher: Bencher) {
    bencher.bench(|| {
        let mut model = Sdxl::open(&tiny(), &Device::Cpu, DType::F32).unwrap();
        for part in SdxlPart::ALL {
            model.load(part).unwrap();
        }
        model
    });
}

/// The UNet for one picture with guidance.
#[divan::bench(sample_count = 10)]
fn one_step(bencher: Bencher) {
    let files = SdxlFiles::open(&tiny()).unwrap();
    let weights = files
        .builder(SdxlComponent::Unet, DType::F32, &Device::Cpu)
        .unwrap();
    let unet = Unet::new(&files.configs.unet, &weights).unwrap();
    let (picture, tokens, pooled) = (noise(&[2, 4, 16, 16]), noise(&[2, 77, 80]), noise(&[2, 40]));
    let side = SIDE as f32;
    let conditioning = UnetConditioning {
        tokens: &tokens,
        adapter: &AdapterKeyValues::new(),
        pooled: &pooled,
        sizes: [side, side, 0.0, 0.0, side, side],
    };
    bencher.bench_local(|| {
        unet.forward(black_box(&picture), 500.0, &conditioning)
            .unwrap()
    });
}

/// From a latent picture to pixels.
#[divan::bench(sample_count = 10)]
fn decode(bencher: Bencher) {
    let files = SdxlFiles::open(&tiny()).unwrap();
    let weights = files
        .builder(SdxlComponent::Vae, DType::F32, &Device::Cpu)
        .unwrap();
    let decoder = VaeDecoder::new(&files.configs.vae, &weights).unwrap();
    let latent = noise(&[1, 4, 16, 16]);
    bencher.bench_local(|| decoder.forward(black_box(&latent)).unwrap());
}

/// Goes on whatever it hears, and wants to see each step or none.
struct Listener {
    is_curious: bool,
}

impl Progress for Listener {
    fn step(&mut self, _: usize, _: usize) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn wants_preview(&mut self) -> bool {
        self.is_curious
    }

    fn preview(&mut self, _: usize, preview: LatentPreview) {
        black_box(preview);
    }
}

impl ImageListener for Listener {
    fn picture(&mut self, _: usize, picture: RgbImage) -> ControlFlow<()> {
        black_box(picture);
        ControlFlow::Continue(())
    }
}

/// Three pictures in four steps, from text to pixels; with a preview of each after every step but the last, or without.
#[divan::bench(sample_count = 10, args = [false, true])]
fn whole_batch(bencher: Bencher, is_curious: bool) {
    let mut model = Sdxl::open(&tiny(), &Device::Cpu, DType::F32).unwrap();
    let request = SdxlRequest {
        prompt: "a red fox in snow".to_owned(),
        negative_prompt: "blurry".to_owned(),
        width: SIDE,
        height: SIDE,
        steps: 4,
        guidance: 5.0,
        seed: 7,
        count: 3,
        sampler: SdxlSampler::Euler,
        start: None,
        adapter_images: Vec::new(),
    };
    bencher.bench_local(|| {
        let mut listener = Listener { is_curious };
        model.generate(&request, &mut listener).unwrap();
    });
}
