//! The norm of groups of channels.

use candle_core::{DType, Tensor};
use candle_nn::ops::layer_norm;
use candle_nn::{Module, VarBuilder};

use crate::{Result, rows};

/// Brings each group of channels of a picture to mean 0 and deviation 1, then scales and shifts each channel.
///
/// candle's own takes eight passes over the picture, in `f32`. In half precision this one takes three: a group
/// is a row to the fused kernel that normalises rows. Where a kernel of ours applies, it takes two, `SiLU` included.
#[derive(Debug)]
pub struct GroupNorm {
    groups: usize,
    eps: f64,
    weight: Tensor,
    bias: Tensor,
    exact: candle_nn::GroupNorm,
}

impl GroupNorm {
    /// A norm over `channels` in `groups`.
    ///
    /// # Errors
    ///
    /// When the weights do not fit.
    pub fn new(groups: usize, channels: usize, eps: f64, weights: &VarBuilder<'_>) -> Result<Self> {
        let weight = weights.get(channels, "weight")?;
        let bias = weights.get(channels, "bias")?;
        let exact = candle_nn::GroupNorm::new(weight.clone(), bias.clone(), channels, groups, eps)?;
        Ok(Self {
            groups,
            eps,
            weight: weight.reshape((1, channels, 1, 1))?,
            bias: bias.reshape((1, channels, 1, 1))?,
            exact,
        })
    }

    /// `input` is (batch, channels, height, width).
    ///
    /// # Errors
    ///
    /// When the shape does not fit, or the device fails.
    pub fn forward(&self, input: &Tensor) -> Result<Tensor> {
        match self.fused(input, false)? {
            Some(normed) => Ok(normed),
            None => self.unfused(input),
        }
    }

    /// The norm and then `SiLU`.
    ///
    /// # Errors
    ///
    /// As [`Self::forward`].
    pub fn forward_silu(&self, input: &Tensor) -> Result<Tensor> {
        match self.fused(input, true)? {
            Some(normed) => Ok(normed),
            None => Ok(self.unfused(input)?.silu()?),
        }
    }

    fn fused(&self, input: &Tensor, has_silu: bool) -> Result<Option<Tensor>> {
        rows::group_norm(
            input,
            &self.weight,
            &self.bias,
            self.groups,
            self.eps,
            has_silu,
        )
    }

    fn unfused(&self, input: &Tensor) -> Result<Tensor> {
        // The fused kernel subtracts the square of the mean from the mean of the squares: too rough for f32.
        if !matches!(input.dtype(), DType::BF16 | DType::F16) {
            return Ok(self.exact.forward(input)?);
        }
        let rows = input
            .contiguous()?
            .reshape((input.dim(0)?, self.groups, ()))?;
        let length = rows.dim(2)?;
        let one = Tensor::ones(length, input.dtype(), input.device())?;
        let zero = one.zeros_like()?;
        let normed = layer_norm(&rows, &one, &zero, self.eps as f32)?.reshape(input.shape())?;
        Ok(normed
            .broadcast_mul(&self.weight)?
            .broadcast_add(&self.bias)?)
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;
    use crate::noise::{self, NoisePurpose};
    use crate::weights::random;

    #[test]
    fn half_precision_is_close_to_the_exact_one() {
        let norm =
            |precision| GroupNorm::new(4, 8, 1e-5, &random(precision, &Device::Cpu)).unwrap();
        let input = noise::tensor(1, NoisePurpose::Start, 0, (2, 8, 6, 5), &Device::Cpu).unwrap();
        let input = ((input * 3.0).unwrap() + 1.0).unwrap();
        let exact = norm(DType::F32).forward(&input).unwrap();
        let half = input.to_dtype(DType::BF16).unwrap();
        let rough = norm(DType::BF16).forward(&half).unwrap();
        let difference = (exact - rough.to_dtype(DType::F32).unwrap())
            .unwrap()
            .abs()
            .unwrap();
        let largest: f32 = difference
            .flatten_all()
            .unwrap()
            .max(0)
            .unwrap()
            .to_scalar()
            .unwrap();
        assert!(largest < 0.03, "{largest}");
    }
}
