//! Every stage of the engine against what diffusers and transformers make of the same tiny model: see
//! tests/parity/README.md for how the fixtures came to be.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod adapter;
mod files;
mod names;
mod picture;
mod previews;
mod single;
mod stages;
mod tiles;

use std::collections::HashMap;
use std::path::PathBuf;

use candle_core::{DType, Device, Tensor};

/// The largest difference that is asked for, as a share of the largest number of what is expected.
const TOLERANCE: f32 = 1e-4;

/// What the stages keep to in fact, with room for another processor's rounding: a slightly other activation
/// shows at ten times as much.
const TIGHT_TOLERANCE: f32 = 1e-5;

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../tests/fixtures/parity/sdxl")
        .join(name)
}

fn tensors(name: &str) -> HashMap<String, Tensor> {
    candle_core::safetensors::load(fixture(name), &Device::Cpu).unwrap()
}

fn largest(tensor: &Tensor) -> f32 {
    let numbers = tensor.to_dtype(DType::F32).unwrap().abs().unwrap();
    let numbers = numbers.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    assert!(numbers.iter().all(|number| number.is_finite()));
    numbers.into_iter().fold(0.0, f32::max)
}

#[track_caller]
fn assert_close(what: &str, found: &Tensor, expected: &Tensor) {
    assert_within(TIGHT_TOLERANCE, what, found, expected);
}

#[track_caller]
fn assert_within(tolerance: f32, what: &str, found: &Tensor, expected: &Tensor) {
    assert_eq!(found.dims(), expected.dims(), "{what}");
    let difference = largest(&(found - expected).unwrap()) / largest(expected);
    println!("{what}: {difference:.1e}");
    assert!(difference < tolerance, "{what} differs by {difference:.1e}");
}
