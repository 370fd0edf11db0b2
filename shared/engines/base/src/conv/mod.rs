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
    in_bands(input, kernel, padding, stride, MOST_UNFOLDED)
}

/// candle unfolds the input of a convolution: each output pixel with all numbers that it depends on. Its kernel counts
/// them in 32 bits and leaves what is beyond unwritten, from some 1366 pixels of SDXL's VAE on. A quarter of that also
/// keeps the memory for it at 2 GiB in `bf16`.
const MOST_UNFOLDED: usize = 1 << 30;

/// The convolution, by bands of output rows that unfold to so many numbers at most.
fn in_bands(
    input: &Tensor,
    kernel: &Tensor,
    padding: usize,
    stride: usize,
    most: usize,
) -> Result<Tensor> {
    let (batch, channels, height, width) = input.dims4()?;
    let (_, _, kernel_height, kernel_width) = kernel.dims4()?;
    let outputs =
        |side: usize, kernel: usize| (side + 2 * padding).saturating_sub(kernel) / stride + 1;
    let (rows, columns) = (outputs(height, kernel_height), outputs(width, kernel_width));
    let unfolded_row = batch * columns * channels * kernel_height * kernel_width;
    if rows * unfolded_row <= most {
        return Ok(input.conv2d(kernel, padding, stride, 1, 1)?);
    }
    let padded = input
        .pad_with_zeros(2, padding, padding)?
        .pad_with_zeros(3, padding, padding)?;
    let band = (most / unfolded_row).max(1);
    let bands: Result<Vec<Tensor>> = (0..rows)
        .step_by(band)
        .map(|first| {
            let count = band.min(rows - first);
            let needed = (count - 1) * stride + kernel_height;
            let part = padded.narrow(2, first * stride, needed)?.contiguous()?;
            Ok(part.conv2d(kernel, 0, stride, 1, 1)?)
        })
        .collect();
    Ok(Tensor::cat(&bands?, 2)?)
}

#[cfg(test)]
mod tests {
    use candle_core::Device;
    use candle_nn::{Conv2dConfig, Module};

    use super::*;
    use crate::noise::{self, NoisePurpose};

    #[test]
    fn bands_of_rows_are_the_whole() {
        let tensor = |seed, shape: &[usize]| {
            noise::tensor(seed, NoisePurpose::Start, 0, shape.to_vec(), &Device::Cpu).unwrap()
        };
        let input = tensor(1, &[2, 3, 9, 8]);
        for (side, padding, stride) in [(3, 1, 1), (3, 0, 1), (3, 1, 2), (3, 0, 2), (1, 0, 1)] {
            let kernel = tensor(2, &[4, 3, side, side]);
            let whole = input.conv2d(&kernel, padding, stride, 1, 1).unwrap();
            // From one row at a time, however little is allowed, to all of them.
            for most in [1, 900, 2_000, 1 << 20] {
                let found = in_bands(&input, &kernel, padding, stride, most).unwrap();
                assert_eq!(found.dims(), whole.dims());
                let difference = (&found - &whole).unwrap().abs().unwrap();
                let largest: f32 = difference.max_all().unwrap().to_scalar().unwrap();
                assert!(
                    largest < 1e-5,
                    "{side} {padding} {stride} {most}: {largest}"
                );
            }
        }
    }

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
