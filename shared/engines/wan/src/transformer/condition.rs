//! What steers the denoiser: the timestep and the text.

use candle_core::{DType, Device, Tensor};
use candle_nn::{Linear, Module, VarBuilder};

use ourvidz_engine_base::Result;

use super::linear;
use crate::config::TransformerConfig;

/// The slowest wave of a timestep is about this much slower than the fastest.
const SLOWEST: f32 = 10_000.0;

#[derive(Debug)]
pub(super) struct Condition {
    waves: usize,
    time_in: Linear,
    time_out: Linear,
    modulation: Linear,
    text_in: Linear,
    text_out: Linear,
    size: usize,
}

impl Condition {
    pub fn new(config: &TransformerConfig, weights: &VarBuilder<'_>) -> Result<Self> {
        let size = config.size();
        // As in the published code these stay in f32: one vector steers the whole clip.
        let exact = weights.clone().to_dtype(DType::F32);
        let time = exact.pp("time_embedder");
        let text = weights.pp("text_embedder");
        Ok(Self {
            waves: config.freq_dim,
            time_in: linear(config.freq_dim, size, &time.pp("linear_1"))?,
            time_out: linear(size, size, &time.pp("linear_2"))?,
            modulation: linear(size, 6 * size, &exact.pp("time_proj"))?,
            text_in: linear(config.text_dim, size, &text.pp("linear_1"))?,
            text_out: linear(size, size, &text.pp("linear_2"))?,
            size,
        })
    }

    /// What a timestep means: (1, size), in `f32`.
    pub fn time(&self, timestep: f32) -> Result<Tensor> {
        let waves = waves(timestep, self.waves, self.time_in.weight().device())?;
        Ok(self
            .time_out
            .forward(&self.time_in.forward(&waves)?.silu()?)?)
    }

    /// What that does to each block's norms and branches: (6, size), in `f32`.
    pub fn modulation(&self, time: &Tensor) -> Result<Tensor> {
        let modulation = self.modulation.forward(&time.silu()?)?;
        Ok(modulation.reshape((6, self.size))?)
    }

    /// What a text means to the blocks: (tokens, size).
    pub fn text(&self, context: &Tensor) -> Result<Tensor> {
        Ok(self
            .text_out
            .forward(&self.text_in.forward(context)?.gelu()?)?)
    }
}

/// A timestep as cosines and sines of waves that get slower: (1, count).
fn waves(timestep: f32, count: usize, device: &Device) -> Result<Tensor> {
    let half = count / 2;
    let angles: Vec<f32> = (0..half)
        .map(|wave| timestep * (-SLOWEST.ln() * wave as f32 / half as f32).exp())
        .collect();
    let numbers: Vec<f32> = angles
        .iter()
        .map(|angle| angle.cos())
        .chain(angles.iter().map(|angle| angle.sin()))
        .collect();
    Ok(Tensor::from_vec(numbers, (1, count), device)?)
}
