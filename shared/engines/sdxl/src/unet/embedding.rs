//! Numbers as vectors: the time, and the picture's sizes.

use candle_core::{Device, Tensor};
use candle_nn::{Linear, Module, VarBuilder, linear};
use ourvidz_engine_base::Result;

/// The longest wave turns once in so many times 2 pi.
const LONGEST_WAVE: f32 = 10_000.0;

/// For each number the cosines and then the sines of `size / 2` frequencies: (numbers, size).
pub fn waves(numbers: &[f32], size: usize, device: &Device) -> Result<Tensor> {
    let half = size / 2;
    // In `f32` as the reference does: at time 999 the rounding of a frequency shows in the fourth digit.
    let angles = |number: f32| {
        (0..half).map(move |index| {
            let frequency = (-LONGEST_WAVE.ln() * index as f32 / half as f32).exp();
            number * frequency
        })
    };
    let values: Vec<f32> = numbers
        .iter()
        .flat_map(|number| {
            let cosines = angles(*number).map(f32::cos);
            cosines.chain(angles(*number).map(f32::sin))
        })
        .collect();
    Ok(Tensor::from_vec(values, (numbers.len(), 2 * half), device)?)
}

/// Two layers that make a vector of waves.
#[derive(Debug)]
pub struct TimeEmbedding {
    first: Linear,
    second: Linear,
}

impl TimeEmbedding {
    pub fn new(inputs: usize, outputs: usize, weights: &VarBuilder<'_>) -> Result<Self> {
        Ok(Self {
            first: linear(inputs, outputs, weights.pp("linear_1"))?,
            second: linear(outputs, outputs, weights.pp("linear_2"))?,
        })
    }

    pub fn forward(&self, input: &Tensor) -> Result<Tensor> {
        Ok(self.second.forward(&self.first.forward(input)?.silu()?)?)
    }
}
