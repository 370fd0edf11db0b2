//! Random weights of full size: they show speed and memory, and nothing of quality.

use candle_core::{DType, Device, Result, Shape, Tensor};
use candle_nn::var_builder::SimpleBackend;
use candle_nn::{Init, VarBuilder};

/// A source of random weights, made on the device. Matrices are scaled so that activations keep their size
/// through a deep model; vectors named `weight` are ones, as norms start, and other vectors are zero.
#[must_use]
pub fn random(precision: DType, device: &Device) -> VarBuilder<'static> {
    VarBuilder::from_backend(Box::new(Random), precision, device.clone())
}

struct Random;

impl SimpleBackend for Random {
    fn get(
        &self,
        shape: Shape,
        name: &str,
        _: Init,
        precision: DType,
        device: &Device,
    ) -> Result<Tensor> {
        match shape.dims() {
            [] | [_] if name.ends_with("weight") => Tensor::ones(shape, precision, device),
            [] | [_] => Tensor::zeros(shape, precision, device),
            [_, inputs @ ..] => {
                let spread = 1.0 / (inputs.iter().product::<usize>().max(1) as f32).sqrt();
                Tensor::randn(0.0_f32, spread, &shape, device)?.to_dtype(precision)
            }
        }
    }

    fn get_unchecked(&self, name: &str, _: DType, _: &Device) -> Result<Tensor> {
        candle_core::bail!("{name}: random weights need a shape")
    }

    fn contains_tensor(&self, _: &str) -> bool {
        true
    }
}
