//! Doubling and halving a clip, in rows and columns and perhaps in time.

use candle_core::Tensor;
use candle_nn::VarBuilder;

use ourvidz_engine_base::Result;

use super::conv::{CausalConv, Conv, FrameCache};

/// Twice as many rows and columns, half as many channels.
#[derive(Debug)]
pub(super) struct Upsampler {
    conv: Conv,
    temporal: Option<CausalConv>,
}

impl Upsampler {
    pub fn new(channels: usize, with_time: bool, weights: &VarBuilder<'_>) -> Result<Self> {
        let temporal = if with_time {
            Some(CausalConv::temporal(
                channels,
                2 * channels,
                &weights.pp("time_conv"),
            )?)
        } else {
            None
        };
        Ok(Self {
            conv: Conv::new(channels, channels / 2, 3, 1, &weights.pp("resample.1"))?,
            temporal,
        })
    }

    /// A clip's first frame stays one frame, and the frames after it do not see it here: so the model was trained.
    pub fn forward(&self, frames: &Tensor, memory: &mut FrameCache) -> Result<Tensor> {
        let doubled = match &self.temporal {
            Some(conv) if !memory.is_first() => {
                let (count, channels, rows, columns) = frames.dims4()?;
                // Each frame's channels are those of two frames, one after the other.
                conv.forward(frames, memory)?
                    .reshape((2 * count, channels, rows, columns))?
            }
            _ => frames.clone(),
        };
        let (_, _, rows, columns) = doubled.dims4()?;
        self.conv
            .forward(&doubled.upsample_nearest2d(2 * rows, 2 * columns)?)
    }
}

/// Half as many rows and columns.
#[derive(Debug)]
pub(super) struct Downsampler {
    conv: Conv,
    temporal: Option<CausalConv>,
}

impl Downsampler {
    pub fn new(channels: usize, with_time: bool, weights: &VarBuilder<'_>) -> Result<Self> {
        let temporal = if with_time {
            Some(CausalConv::temporal(
                channels,
                channels,
                &weights.pp("time_conv"),
            )?)
        } else {
            None
        };
        Ok(Self {
            conv: Conv::new(channels, channels, 3, 2, &weights.pp("resample.1"))?,
            temporal,
        })
    }

    /// A clip's first frame stays as it is in time.
    pub fn forward(&self, frames: &Tensor, memory: &mut FrameCache) -> Result<Tensor> {
        // One row and one column of zeros at the end, none at the beginning.
        let padded = frames.pad_with_zeros(2, 0, 1)?.pad_with_zeros(3, 0, 1)?;
        let halved = self.conv.forward(&padded)?;
        match &self.temporal {
            Some(conv) if memory.is_first() => {
                conv.remember(&halved, memory)?;
                Ok(halved)
            }
            Some(conv) => conv.forward_strided(&halved, memory),
            None => Ok(halved),
        }
    }
}
