//! Convolutions on a processor, ours and candle's side by side, in shapes of SDXL's UNet and VAE.
#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use candle_core::{Device, Tensor};
use divan::{Bencher, black_box};
use ourvidz_engine_base::conv;
use ourvidz_engine_base::noise::{self, NoisePurpose};

/// Inputs, outputs, and the sides of picture and kernel, of a picture of 512x512: first the UNet's, then the VAE's, of
/// which the last three have larger sides in fact.
const SHAPES: [[usize; 4]; 8] = [
    [4, 320, 64, 3],
    [320, 320, 64, 3],
    [640, 640, 32, 3],
    [1280, 1280, 16, 3],
    [512, 512, 64, 3],
    [256, 256, 128, 3],
    [128, 128, 256, 3],
    [512, 256, 128, 1],
];

fn main() {
    divan::main();
}

fn tensors([inputs, outputs, side, kernel]: [usize; 4]) -> (Tensor, Tensor) {
    let tensor = |seed, shape: [usize; 4]| {
        noise::tensor(seed, NoisePurpose::Start, 0, shape.to_vec(), &Device::Cpu).unwrap()
    };
    (
        tensor(1, [1, inputs, side, side]),
        tensor(2, [outputs, inputs, kernel, kernel]),
    )
}

#[divan::bench(args = SHAPES.map(|shape| format!("{shape:?}")), sample_count = 5)]
fn ours(bencher: Bencher, name: &str) {
    measure(bencher, name, |input, kernel, padding| {
        conv::product(input, kernel, padding, 1).unwrap()
    });
}

#[divan::bench(args = SHAPES.map(|shape| format!("{shape:?}")), sample_count = 5)]
fn candles(bencher: Bencher, name: &str) {
    measure(bencher, name, |input, kernel, padding| {
        input.conv2d(kernel, padding, 1, 1, 1).unwrap()
    });
}

fn measure(bencher: Bencher, name: &str, convolve: fn(&Tensor, &Tensor, usize) -> Tensor) {
    let found = SHAPES
        .iter()
        .find(|shape| format!("{shape:?}") == name)
        .unwrap();
    let (input, kernel) = tensors(*found);
    bencher.bench_local(|| convolve(black_box(&input), black_box(&kernel), found[3] / 2));
}
