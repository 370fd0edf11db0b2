//! What encoders, UNet and VAE are made of.

mod clip;
mod resnet;
mod transformer;

pub use clip::{ClipBlock, ClipSizes};
pub use resnet::Resnet;
pub use transformer::{
    AdapterKeyValue, AdapterKeyValues, AttentionContext, Sizes, SpatialTransformer,
};

use candle_core::Tensor;
use candle_nn::{Conv2d, Conv2dConfig, VarBuilder, conv2d};
use ourvidz_engine_base::{Result, conv};

/// A convolution that keeps the size, with a kernel of 3x3.
pub fn conv3x3(
    inputs: usize,
    outputs: usize,
    weights: VarBuilder<'_>,
) -> candle_core::Result<Conv2d> {
    let config = Conv2dConfig {
        padding: 1,
        ..Conv2dConfig::default()
    };
    conv2d(inputs, outputs, 3, config, weights)
}

/// A convolution with a kernel of 1x1.
pub fn conv1x1(
    inputs: usize,
    outputs: usize,
    weights: VarBuilder<'_>,
) -> candle_core::Result<Conv2d> {
    conv2d(inputs, outputs, 1, Conv2dConfig::default(), weights)
}

/// A convolution to which nothing but its bias is added.
pub fn product_of(layer: &Conv2d, input: &Tensor) -> Result<Tensor> {
    conv::conv2d(layer, input, None, None)
}

/// To a larger size: each value repeated, then smoothed by a convolution.
#[derive(Debug)]
pub struct Upsample(Conv2d);

impl Upsample {
    pub fn new(channels: usize, weights: &VarBuilder<'_>) -> Result<Self> {
        Ok(Self(conv3x3(channels, channels, weights.pp("conv"))?))
    }

    pub fn forward(&self, input: &Tensor, height: usize, width: usize) -> Result<Tensor> {
        product_of(&self.0, &input.upsample_nearest2d(height, width)?)
    }
}

#[derive(Debug)]
pub struct Downsample {
    conv: Conv2d,
    /// The VAE pads the right and the lower edge only.
    is_lopsided: bool,
}

impl Downsample {
    pub fn new(channels: usize, is_lopsided: bool, weights: &VarBuilder<'_>) -> Result<Self> {
        let config = Conv2dConfig {
            padding: usize::from(!is_lopsided),
            stride: 2,
            ..Conv2dConfig::default()
        };
        Ok(Self {
            conv: conv2d(channels, channels, 3, config, weights.pp("conv"))?,
            is_lopsided,
        })
    }

    pub fn forward(&self, input: &Tensor) -> Result<Tensor> {
        if self.is_lopsided {
            let padded = input.pad_with_zeros(2, 0, 1)?.pad_with_zeros(3, 0, 1)?;
            return product_of(&self.conv, &padded);
        }
        product_of(&self.conv, input)
    }
}
