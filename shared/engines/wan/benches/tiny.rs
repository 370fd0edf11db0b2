//! How long the model of toy size takes on a processor. `npm run bench` runs it: the numbers say nothing of the
//! real model, but show when a change makes it slower.
#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};
use divan::Bencher;
use ourvidz_engine_base::noise::{self, NoisePurpose};
use ourvidz_engine_wan::{
    Folder, NoListener, TextContext, Wan, WanRequest, WanSolver, decode, denoise,
};

fn main() {
    divan::main();
}

fn tiny() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fixtures/parity/wan/tiny")
}

fn wan() -> Wan {
    Wan::open(&tiny(), &Device::Cpu, DType::F32).unwrap()
}

/// Small enough that a round takes less than a second: decoding is most of it, and grows with the pixels.
fn request() -> WanRequest {
    WanRequest {
        prompt: "a red boat sails over the sea in the morning light".to_owned(),
        negative_prompt: None,
        width: 112,
        height: 64,
        frames: 5,
        steps: 1,
        guidance: 6.5,
        shift: 5.0,
        solver: WanSolver::Euler,
        tea_cache: None,
        seed: 7,
    }
}

fn latents() -> Tensor {
    noise::tensor(7, NoisePurpose::Start, 0, (16, 2, 8, 14), &Device::Cpu).unwrap()
}

/// Reading the headers and all of the weights.
#[divan::bench(sample_count = 10)]
fn open(bencher: Bencher) {
    bencher.bench(wan);
}

/// 512 tokens: as long as a text can be.
#[divan::bench(sample_count = 10)]
fn read_a_text(bencher: Bencher) {
    let encoder = Folder::new(&tiny())
        .text_encoder(&Device::Cpu, DType::F32)
        .unwrap();
    let ids = [5; 512];
    bencher.bench(|| encoder.encode(&ids).unwrap());
}

/// One step with guidance, so twice through the denoiser.
#[divan::bench(sample_count = 10)]
fn one_step(bencher: Bencher) {
    let mut wan = wan();
    let context: TextContext = wan.read(&request()).unwrap();
    let start = latents();
    bencher.bench(|| {
        let mut go_on = |_, _| std::ops::ControlFlow::Continue(());
        denoise(wan.transformer(), &start, &request(), &context, &mut go_on)
            .unwrap()
            .latents
    });
}

/// From latents to frames.
#[divan::bench(sample_count = 10)]
fn decode_frames(bencher: Bencher) {
    let (wan, latents) = (wan(), latents());
    bencher.bench(|| decode(wan.vae(), &latents, |_| Ok(())).unwrap());
}

/// From text to frames.
#[divan::bench(sample_count = 10)]
fn whole_clip(bencher: Bencher) {
    let mut wan = wan();
    bencher.bench_local(|| wan.generate(&request(), &mut NoListener).unwrap());
}
