//! The residual block: two convolutions beside a shortcut.

use candle_core::Tensor;
use candle_nn::{Conv2d, Linear, Module, VarBuilder, linear};
use ourvidz_engine_base::Result;
use ourvidz_engine_base::conv::conv2d;
use ourvidz_engine_base::norm::GroupNorm;

use super::{conv1x1, conv3x3};

/// A residual block. In the UNet it is told the time, in the VAE not.
#[derive(Debug)]
pub struct Resnet {
    first_norm: GroupNorm,
    first_conv: Conv2d,
    time: Option<Linear>,
    second_norm: GroupNorm,
    second_conv: Conv2d,
    shortcut: Option<Conv2d>,
}

impl Resnet {
    pub fn new(
        inputs: usize,
        outputs: usize,
        groups: usize,
        eps: f64,
        time_size: Option<usize>,
        weights: &VarBuilder<'_>,
    ) -> Result<Self> {
        let time = match time_size {
            Some(size) => Some(linear(size, outputs, weights.pp("time_emb_proj"))?),
            None => None,
        };
        let shortcut = if inputs == outputs {
            None
        } else {
            Some(conv1x1(inputs, outputs, weights.pp("conv_shortcut"))?)
        };
        Ok(Self {
            first_norm: GroupNorm::new(groups, inputs, eps, &weights.pp("norm1"))?,
            first_conv: conv3x3(inputs, outputs, weights.pp("conv1"))?,
            time,
            second_norm: GroupNorm::new(groups, outputs, eps, &weights.pp("norm2"))?,
            second_conv: conv3x3(outputs, outputs, weights.pp("conv2"))?,
            shortcut,
        })
    }

    /// `time` is (batch, size), already through its activation.
    pub fn forward(&self, input: &Tensor, time: Option<&Tensor>) -> Result<Tensor> {
        let time = match (&self.time, time) {
            (Some(layer), Some(time)) => Some(layer.forward(time)?),
            _ => None,
        };
        let normed = self.first_norm.forward_silu(input)?;
        let state = conv2d(&self.first_conv, &normed, time.as_ref(), None)?;
        let short = match &self.shortcut {
            Some(shortcut) => conv2d(shortcut, input, None, None)?,
            None => input.clone(),
        };
        let normed = self.second_norm.forward_silu(&state)?;
        conv2d(&self.second_conv, &normed, None, Some(&short))
    }
}
