//! Convolutions, and what is added to their channels in one pass.

#[cfg(feature = "cudnn")]
mod cudnn;

use candle_core::Tensor;
use candle_nn::Conv2d;

use crate::{Result, rows};

/// A convolution, its bias, an offset for each picture and channel (batch, channels), and other pictures.
///
/// # Errors
///
/// When shapes do not fit, or the device fails.
pub fn conv2d(
    layer: &Conv2d,
    input: &Tensor,
    offset: Option<&Tensor>,
    residual: Option<&Tensor>,
) -> Result<Tensor> {
    let config = layer.config();
    let sums = if config.groups == 1 && config.dilation == 1 {
        product(input, layer.weight(), config.padding, config.stride)?
    } else {
        input.conv2d(
            layer.weight(),
            config.padding,
            config.stride,
            config.dilation,
            config.groups,
        )?
    };
    let offset = match (layer.bias(), offset) {
        (Some(bias), Some(offset)) => Some(offset.broadcast_add(bias)?),
        (bias, offset) => bias.or(offset).cloned(),
    };
    rows::add_to_channels(&sums, offset.as_ref(), residual)
}

/// The convolution alone.
///
/// # Errors
///
/// As [`conv2d`].
pub fn product(input: &Tensor, kernel: &Tensor, padding: usize, stride: usize) -> Result<Tensor> {
    #[cfg(feature = "cudnn")]
    if cudnn::applies(input, kernel) {
        return Ok(input.apply_op2_no_bwd(kernel, &cudnn::Convolution { padding, stride })?);
    }
    Ok(input.conv2d(kernel, padding, stride, 1, 1)?)
}

#[cfg(test)]
mod tests {
    use candle_core::Device;
    use candle_nn::{Conv2dConfig, Module};

    use super::*;
    use crate::noise::{self, NoisePurpose};

    #[test]
    fn a_convolution_and_what_is_added() {
        let tensor = |seed, shape: &[usize]| {
            noise::tensor(seed, NoisePurpose::Start, 0, shape.to_vec(), &Device::Cpu).unwrap()
        };
        let config = Conv2dConfig {
            padding: 1,
            ..Conv2dConfig::default()
        };
        let layer = Conv2d::new(tensor(1, &[5, 4, 3, 3]), Some(tensor(2, &[5])), config);
        let (input, offset) = (tensor(3, &[2, 4, 6, 7]), tensor(4, &[2, 5]));
        let residual = tensor(5, &[2, 5, 6, 7]);
        let found = conv2d(&layer, &input, Some(&offset), Some(&residual)).unwrap();
        let offset = offset.reshape((2, 5, 1, 1)).unwrap();
        let expected = layer
            .forward(&input)
            .unwrap()
            .broadcast_add(&offset)
            .unwrap();
        let difference = (found - (expected + residual).unwrap())
            .unwrap()
            .abs()
            .unwrap();
        let largest: f32 = difference.max_all().unwrap().to_scalar().unwrap();
        assert!(largest < 1e-5, "{largest}");
    }
}
