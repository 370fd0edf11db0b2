//! Reading fixtures, and comparing.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor, safetensors};
use candle_nn::VarBuilder;
use ourvidz_engine_base::config::read_json;
use ourvidz_engine_base::weights::Weights;
use serde::de::DeserializeOwned;

/// The bound for every stage in `f32`, of the largest number.
pub const TOLERANCE: f32 = 1e-4;

/// The bound in `bf16`, which has eight bits: what rounding adds up to with attention as sharp as the fixtures', and
/// below what a mistake in the wiring makes (a tenth and more).
pub const ROUGH_TOLERANCE: f32 = 8e-2;

pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fixtures/parity/wan")
}

pub fn tiny() -> PathBuf {
    fixtures().join("tiny")
}

pub fn config<T: DeserializeOwned>(component: &str) -> T {
    read_json(&tiny().join(component).join("config.json")).unwrap()
}

pub fn weights(component: &str, stem: &str) -> VarBuilder<'static> {
    weights_in(DType::F32, component, stem)
}

pub fn weights_in(precision: DType, component: &str, stem: &str) -> VarBuilder<'static> {
    Weights::in_folder(&tiny().join(component), stem)
        .unwrap()
        .builder(precision, &Device::Cpu)
}

/// What went in and came out of a stage.
pub struct Fixture(HashMap<String, Tensor>);

impl Fixture {
    pub fn open(stage: &str) -> Self {
        let path = fixtures().join(format!("{stage}.safetensors"));
        Self(safetensors::load(path, &Device::Cpu).unwrap())
    }

    pub fn get(&self, name: &str) -> &Tensor {
        self.0
            .get(name)
            .unwrap_or_else(|| panic!("the fixture has no {name}"))
    }

    /// Without its first dimension, which is a batch of one.
    pub fn one(&self, name: &str) -> Tensor {
        self.get(name).squeeze(0).unwrap()
    }

    pub fn numbers(&self, name: &str) -> Vec<f32> {
        self.get(name)
            .to_dtype(DType::F32)
            .unwrap()
            .flatten_all()
            .unwrap()
            .to_vec1()
            .unwrap()
    }

    pub fn ids(&self, name: &str) -> Vec<u32> {
        self.get(name)
            .to_dtype(DType::U32)
            .unwrap()
            .flatten_all()
            .unwrap()
            .to_vec1()
            .unwrap()
    }
}

/// The largest difference, as a part of the largest number expected.
pub fn difference(found: &Tensor, expected: &Tensor) -> f32 {
    assert_eq!(found.dims(), expected.dims());
    let largest = |tensor: &Tensor| -> f32 {
        tensor
            .abs()
            .unwrap()
            .flatten_all()
            .unwrap()
            .max(0)
            .unwrap()
            .to_scalar()
            .unwrap()
    };
    let difference = largest(&(found - expected).unwrap()) / largest(expected);
    // NaN compares as unequal to everything, so it must not pass for small.
    assert!(difference.is_finite(), "a number is not finite");
    difference
}

/// As [`assert_close`], for what was computed in half precision.
pub fn assert_roughly(what: &str, found: &Tensor, expected: &Tensor) {
    assert_eq!(found.dtype(), DType::BF16);
    let difference = difference(&found.to_dtype(DType::F32).unwrap(), expected);
    println!("{what} in bf16: {difference:.1e}");
    assert!(
        difference < ROUGH_TOLERANCE,
        "{what} differs by {difference:e}"
    );
}

pub fn assert_close(what: &str, found: &Tensor, expected: &Tensor) {
    let difference = difference(found, expected);
    println!("{what}: {difference:.1e}");
    assert!(difference < TOLERANCE, "{what} differs by {difference:e}");
}
