//! What happens to rows of numbers between two products of matrices, in one pass over memory where a kernel applies:
//! on a GPU in `bf16` (`kernels/rows.cuh`). Elsewhere candle's operations compute the same, one after the other.

#[cfg(feature = "cuda")]
mod kernels;

use candle_core::{D, DType, Tensor};
use candle_nn::Linear;

use crate::{Error, Result};

/// The activation after a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RowActivation {
    #[default]
    Keep,
    /// GELU as its first authors approximated it, by tanh.
    GeluTanh,
}

/// What follows a product: its bias, an activation, a gate for each column (in `f32`), and what it is added to.
#[derive(Debug, Clone, Copy, Default)]
pub struct After<'a> {
    pub activation: RowActivation,
    pub gate: Option<&'a Tensor>,
    pub residual: Option<&'a Tensor>,
}

/// Angles of the places of a clip, as cosines and sines: (tokens, half a head).
#[derive(Debug, Clone, Copy)]
pub struct RowRotation<'a> {
    pub cosines: &'a Tensor,
    pub sines: &'a Tensor,
    pub head: usize,
}

/// A layer and what follows it.
///
/// # Errors
///
/// When shapes do not fit, or the device fails.
pub fn linear(layer: &Linear, input: &Tensor, after: After<'_>) -> Result<Tensor> {
    let product = product(layer, input)?;
    #[cfg(feature = "cuda")]
    if kernels::apply(&product) {
        return kernels::finish(&product, layer.bias(), after);
    }
    finish(&product, layer.bias(), after)
}

/// A layer of twice the width, half of which opens and closes the other half by GELU.
///
/// # Errors
///
/// As [`linear`].
pub fn geglu(layer: &Linear, input: &Tensor) -> Result<Tensor> {
    let wide = product(layer, input)?;
    #[cfg(feature = "cuda")]
    if let (Some(bias), true) = (layer.bias(), kernels::apply(&wide)) {
        return kernels::geglu(&wide, bias);
    }
    let wide = match layer.bias() {
        Some(bias) => wide.broadcast_add(bias)?,
        None => wide,
    };
    let halves = wide.chunk(2, D::Minus1)?;
    let [carried, gate] = halves.as_slice() else {
        return Err(Error::Unsupported("a layer of odd width".to_owned()));
    };
    Ok((carried * gate.contiguous()?.gelu_erf()?)?)
}

/// Rows to mean 0 and deviation 1, times `scale`, plus `shift`; both in `f32`, and so is all between.
///
/// # Errors
///
/// As [`linear`].
pub fn layer_norm(input: &Tensor, scale: &Tensor, shift: &Tensor, epsilon: f64) -> Result<Tensor> {
    let (scale, shift) = (scale.contiguous()?, shift.contiguous()?);
    #[cfg(feature = "cuda")]
    if kernels::apply(input) {
        return kernels::layer_norm(input, &scale, &shift, epsilon);
    }
    let exact = input.to_dtype(DType::F32)?;
    let normed = candle_nn::ops::layer_norm(&exact, &scale, &shift, epsilon as f32)?;
    Ok(normed.to_dtype(input.dtype())?)
}

/// Rows to a mean square of 1, times `scale` (`f32`), and turned by their places, in one kernel; nothing where none
/// applies.
///
/// # Errors
///
/// As [`linear`].
pub fn rms_norm_turned(
    input: &Tensor,
    scale: &Tensor,
    turn: Option<RowRotation<'_>>,
    epsilon: f64,
) -> Result<Option<Tensor>> {
    #[cfg(feature = "cuda")]
    if kernels::apply(input) && turn.is_none_or(|turn| turn.head % 8 == 0) {
        return kernels::rms_norm(input, scale, turn, epsilon).map(Some);
    }
    let _ = (input, scale, turn, epsilon);
    Ok(None)
}

/// Groups of channels to mean 0 and deviation 1, each channel scaled and shifted, then `SiLU` where wanted, in one
/// kernel; nothing where none applies.
///
/// # Errors
///
/// As [`linear`].
#[cfg_attr(
    not(feature = "cuda"),
    expect(clippy::unnecessary_wraps, reason = "as with CUDA")
)]
pub(crate) fn group_norm(
    input: &Tensor,
    scale: &Tensor,
    shift: &Tensor,
    groups: usize,
    epsilon: f64,
    has_silu: bool,
) -> Result<Option<Tensor>> {
    #[cfg(feature = "cuda")]
    if kernels::apply_to_channels(input) {
        return kernels::group_norm(input, scale, shift, groups, epsilon, has_silu).map(Some);
    }
    let _ = (input, scale, shift, groups, epsilon, has_silu);
    Ok(None)
}

/// Pictures plus an offset for each channel, (channels) or (batch, channels), plus other pictures.
///
/// # Errors
///
/// As [`linear`].
pub fn add_to_channels(
    input: &Tensor,
    offset: Option<&Tensor>,
    residual: Option<&Tensor>,
) -> Result<Tensor> {
    #[cfg(feature = "cuda")]
    if let Some(sum) = kernels::add_to_channels(input, offset, residual)? {
        return Ok(sum);
    }
    let mut sum = input.clone();
    if let Some(offset) = offset {
        let offset = offset.reshape(((), input.dim(1)?, 1, 1))?;
        sum = sum.broadcast_add(&offset)?;
    }
    Ok(match residual {
        Some(residual) => (residual + sum)?,
        None => sum,
    })
}

/// Without the bias. All rows at once, so that it is one product.
fn product(layer: &Linear, input: &Tensor) -> Result<Tensor> {
    let (size, rank) = (input.dim(D::Minus1)?, input.rank());
    let rows = input.reshape(((), size))?.matmul(&layer.weight().t()?)?;
    let mut shape = input.dims().to_vec();
    shape.splice(rank - 1.., [layer.weight().dim(0)?]);
    Ok(rows.reshape(shape)?)
}

fn finish(product: &Tensor, bias: Option<&Tensor>, after: After<'_>) -> Result<Tensor> {
    let state = match bias {
        Some(bias) => product.broadcast_add(bias)?,
        None => product.clone(),
    };
    let state = match after.activation {
        RowActivation::Keep => state,
        RowActivation::GeluTanh => state.gelu()?,
    };
    match (after.gate, after.residual) {
        (None, None) => Ok(state),
        (None, Some(residual)) => Ok((residual + state)?),
        (Some(gate), residual) => {
            let gated = state.to_dtype(DType::F32)?.broadcast_mul(gate)?;
            let sum = match residual {
                Some(residual) => (residual.to_dtype(DType::F32)? + gated)?,
                None => gated,
            };
            Ok(sum.to_dtype(product.dtype())?)
        }
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;
    use candle_nn::Module;

    use super::*;
    use crate::noise::{self, NoisePurpose};

    fn tensor<const N: usize>(seed: u64, shape: [usize; N]) -> Tensor {
        noise::tensor(seed, NoisePurpose::Start, 0, shape.to_vec(), &Device::Cpu).unwrap()
    }

    fn difference(left: &Tensor, right: &Tensor) -> f32 {
        let all = (left - right)
            .unwrap()
            .abs()
            .unwrap()
            .flatten_all()
            .unwrap();
        all.max(0).unwrap().to_scalar().unwrap()
    }

    fn layer(outputs: usize) -> Linear {
        Linear::new(tensor(1, [outputs, 8]), Some(tensor(2, [outputs])))
    }

    #[test]
    fn a_layer_and_what_follows() {
        let (layer, input, residual) = (layer(6), tensor(3, [2, 3, 8]), tensor(4, [2, 3, 6]));
        let gate = tensor(5, [6]);
        let plain = layer.forward(&input).unwrap();
        let keep = linear(&layer, &input, After::default()).unwrap();
        assert!(difference(&keep, &plain) < 1e-6);
        let activation = RowActivation::GeluTanh;
        let after = After {
            activation,
            gate: Some(&gate),
            residual: Some(&residual),
        };
        let all = linear(&layer, &input, after).unwrap();
        let expected = (plain.gelu().unwrap().broadcast_mul(&gate).unwrap() + &residual).unwrap();
        assert!(difference(&all, &expected) < 1e-6);
        let after = After {
            residual: Some(&residual),
            ..After::default()
        };
        let added = linear(&layer, &input, after).unwrap();
        assert!(difference(&added, &(plain + residual).unwrap()) < 1e-6);
    }

    #[test]
    fn one_half_opens_the_other() {
        let (layer, input) = (layer(12), tensor(3, [2, 3, 8]));
        let wide = layer.forward(&input).unwrap();
        let half = |first| wide.narrow(2, first, 6).unwrap().contiguous().unwrap();
        let expected = (half(0) * half(6).gelu_erf().unwrap()).unwrap();
        assert!(difference(&geglu(&layer, &input).unwrap(), &expected) < 1e-6);
    }
}
