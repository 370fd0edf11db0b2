//! Convolutions, and what is added to their channels in one pass.

#[cfg(feature = "cudnn")]
mod cudnn;
mod processor;

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
    if processor::applies(input, kernel, stride) {
        return Ok(input.apply_op2_no_bwd(kernel, &processor::BandedConvolution { padding })?);
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

    /// In one band and in several, of one picture and of two, with and without padding.
    #[test]
    fn on_a_processor_it_is_candles() {
        let tensor = |seed, shape: &[usize]| {
            noise::tensor(seed, NoisePurpose::Start, 0, shape.to_vec(), &Device::Cpu).unwrap()
        };
        for (batch, height, width) in [(1, 9, 8), (2, 40, 70), (1, 3, 1100), (3, 1, 1), (1, 64, 5)]
        {
            let input = tensor(1, &[batch, 17, height, width]);
            for (down, across, padding) in [(3, 3, 1), (1, 1, 0), (5, 5, 2), (1, 3, 1), (3, 3, 2)] {
                let kernel = tensor(2, &[6, 17, down, across]);
                assert!(processor::applies(&input, &kernel, 1));
                let found = product(&input, &kernel, padding, 1).unwrap();
                let whole = input.conv2d(&kernel, padding, 1, 1, 1).unwrap();
                assert_eq!(found.dims(), whole.dims());
                let largest = |tensor: &Tensor| {
                    let most = tensor.abs().unwrap().max_all().unwrap();
                    most.to_scalar::<f32>().unwrap()
                };
                let difference = largest(&(&found - &whole).unwrap()) / largest(&whole);
                assert!(
                    difference < 2e-6,
                    "{batch} {height}x{width} {down}x{across}: {difference}"
                );
            }
        }
    }

    #[test]
    fn what_the_processor_would_not_gain_by_is_candles() {
        let tensor = |seed, shape: &[usize]| {
            noise::tensor(seed, NoisePurpose::Start, 0, shape.to_vec(), &Device::Cpu).unwrap()
        };
        let (input, kernel) = (tensor(1, &[1, 20, 8, 8]), tensor(2, &[5, 20, 3, 3]));
        assert!(processor::applies(&input, &kernel, 1));
        assert!(!processor::applies(&input, &kernel, 2));
        assert!(!processor::applies(&tensor(1, &[1, 4, 8, 8]), &kernel, 1));
        assert!(!processor::applies(
            &input.transpose(2, 3).unwrap(),
            &kernel,
            1
        ));
        let half = input.to_dtype(candle_core::DType::BF16).unwrap();
        assert!(!processor::applies(&half, &kernel, 1));
        // A kernel for other channels, and one larger than the picture.
        for kernel in [[5, 17, 3, 3], [5, 20, 11, 11]] {
            assert!(
                product(&input, &tensor(2, &kernel), 1, 1).is_err(),
                "{kernel:?}"
            );
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
