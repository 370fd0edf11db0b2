//! Self-attention of one frame.

use candle_core::Tensor;
use candle_nn::VarBuilder;

use ourvidz_engine_base::Result;
use ourvidz_engine_base::attention::attention;

use super::Norm;
use super::conv::Conv;

/// With one head, which has all channels.
#[derive(Debug)]
pub(super) struct Attention {
    norm: Norm,
    to_all: Conv,
    out: Conv,
}

impl Attention {
    pub fn new(channels: usize, weights: &VarBuilder<'_>) -> Result<Self> {
        Ok(Self {
            norm: Norm::new(channels, true, &weights.pp("norm"))?,
            to_all: Conv::new(channels, 3 * channels, 1, 1, &weights.pp("to_qkv"))?,
            out: Conv::new(channels, channels, 1, 1, &weights.pp("proj"))?,
        })
    }

    pub fn forward(&self, frames: &Tensor) -> Result<Tensor> {
        let (count, channels, rows, columns) = frames.dims4()?;
        let all = self.to_all.forward(&self.norm.forward(frames)?)?;
        let part = |number: usize| -> Result<Tensor> {
            let part = all.narrow(1, number * channels, channels)?;
            let positions = part.reshape((count, 1, channels, rows * columns))?;
            Ok(positions.transpose(2, 3)?.contiguous()?)
        };
        let scale = 1.0 / (channels as f64).sqrt();
        let seen = attention(&part(0)?, &part(1)?, &part(2)?, scale, None)?;
        let positions = seen
            .transpose(2, 3)?
            .reshape((count, channels, rows, columns))?;
        Ok((frames + self.out.forward(&positions)?)?)
    }
}
