//! A residual block, and the middle that both halves share.

use candle_core::Tensor;
use candle_nn::VarBuilder;

use ourvidz_engine_base::Result;

use super::Norm;
use super::attention::Attention;
use super::conv::{CausalConv, FrameCache};

/// Two convolutions and a shortcut.
#[derive(Debug)]
pub(super) struct Residual {
    first_norm: Norm,
    first: CausalConv,
    second_norm: Norm,
    second: CausalConv,
    /// Where the number of channels changes.
    short: Option<CausalConv>,
}

impl Residual {
    pub fn new(inputs: usize, outputs: usize, weights: &VarBuilder<'_>) -> Result<Self> {
        let short = if inputs == outputs {
            None
        } else {
            Some(CausalConv::pointwise(
                inputs,
                outputs,
                &weights.pp("conv_shortcut"),
            )?)
        };
        Ok(Self {
            first_norm: Norm::new(inputs, false, &weights.pp("norm1"))?,
            first: CausalConv::cube(inputs, outputs, &weights.pp("conv1"))?,
            second_norm: Norm::new(outputs, false, &weights.pp("norm2"))?,
            second: CausalConv::cube(outputs, outputs, &weights.pp("conv2"))?,
            short,
        })
    }

    pub fn forward(&self, frames: &Tensor, memory: &mut FrameCache) -> Result<Tensor> {
        let hidden = self.first_norm.forward(frames)?.silu()?;
        let hidden = self.first.forward(&hidden, memory)?;
        let hidden = self.second_norm.forward(&hidden)?.silu()?;
        let hidden = self.second.forward(&hidden, memory)?;
        let short = match &self.short {
            Some(short) => short.forward(frames, memory)?,
            None => frames.clone(),
        };
        Ok((hidden + short)?)
    }
}

/// At the smallest size: attention between two residual blocks.
#[derive(Debug)]
pub(super) struct MidBlock {
    first: Residual,
    attention: Attention,
    second: Residual,
}

impl MidBlock {
    pub fn new(channels: usize, weights: &VarBuilder<'_>) -> Result<Self> {
        let residual = weights.pp("resnets");
        Ok(Self {
            first: Residual::new(channels, channels, &residual.pp(0))?,
            attention: Attention::new(channels, &weights.pp("attentions.0"))?,
            second: Residual::new(channels, channels, &residual.pp(1))?,
        })
    }

    pub fn forward(&self, frames: &Tensor, memory: &mut FrameCache) -> Result<Tensor> {
        let hidden = self.first.forward(frames, memory)?;
        let hidden = self.attention.forward(&hidden)?;
        self.second.forward(&hidden, memory)
    }
}
