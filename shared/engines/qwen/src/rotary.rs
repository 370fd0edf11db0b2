//! Rotary positions: each pair of numbers of a head is rotated by the position of its token.

use candle_core::{DType, Device, Tensor};
use ourvidz_engine_base::Result;

use crate::QwenConfig;

/// The angles of all positions.
///
/// They are computed in `f32` and only then brought to the model's precision: in `bf16` the positions themselves
/// would be rounded, to even numbers from 256 on, and the model would lose the order of the words.
#[derive(Debug, Clone)]
pub struct Rotary {
    cosine: Tensor,
    sine: Tensor,
}

impl Rotary {
    pub fn new(
        config: &QwenConfig,
        positions: usize,
        precision: DType,
        device: &Device,
    ) -> Result<Self> {
        let size = config.head_size();
        let speeds: Vec<f32> = (0..size)
            .step_by(2)
            .map(|index| config.rope_theta.powf(-(index as f64) / size as f64) as f32)
            .collect();
        let speeds = Tensor::from_vec(speeds, (1, size / 2), device)?;
        let positions: Vec<f32> = (0..positions).map(|position| position as f32).collect();
        let positions = Tensor::new(positions, device)?.unsqueeze(1)?;
        let angles = positions.broadcast_mul(&speeds)?;
        Ok(Self {
            cosine: angles.cos()?.to_dtype(precision)?,
            sine: angles.sin()?.to_dtype(precision)?,
        })
    }

    /// Rotates (1, heads, tokens, size), the first of which stands at `start`.
    pub fn rotate(&self, heads: &Tensor, start: usize) -> Result<Tensor> {
        let tokens = heads.dim(2)?;
        let cosine = self.cosine.narrow(0, start, tokens)?;
        let sine = self.sine.narrow(0, start, tokens)?;
        Ok(candle_nn::rotary_emb::rope(
            &heads.contiguous()?,
            &cosine,
            &sine,
        )?)
    }
}
