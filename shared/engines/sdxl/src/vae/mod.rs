//! From latent pictures to pixels and back.
//!
//! In `f16` this model overflows, and the picture is black: it runs in `bf16` or `f32`.

mod tiles;

use candle_core::{D, Tensor};
use candle_nn::{Conv2d, Linear, Module, VarBuilder, linear};
use ourvidz_engine_base::Result;
use ourvidz_engine_base::attention::attention;
use ourvidz_engine_base::norm::GroupNorm;

use crate::config::SdxlVaeConfig;
use crate::layers::{Downsample, Resnet, Upsample, conv1x1, conv3x3, product_of};
pub use tiles::VaeTiling;

/// Red, green, blue.
const COLOURS: usize = 3;
const EPS: f64 = 1e-6;

#[derive(Debug)]
pub struct VaeDecoder {
    before: Conv2d,
    enter: Conv2d,
    middle: MidBlock,
    levels: Vec<(Vec<Resnet>, Option<Upsample>)>,
    leave: Leave,
}

impl VaeDecoder {
    /// Builds the decoder.
    ///
    /// # Errors
    ///
    /// When the configuration is unusable or the weights do not fit.
    pub fn new(config: &SdxlVaeConfig, weights: &VarBuilder<'_>) -> Result<Self> {
        config.check()?;
        let own = weights.pp("decoder");
        let latent = config.latent_channels;
        let channels: Vec<usize> = config.block_out_channels.iter().rev().copied().collect();
        let mut inputs = channels.first().copied().unwrap_or_default();
        let before = conv1x1(latent, latent, weights.pp("post_quant_conv"))?;
        let enter = conv3x3(latent, inputs, own.pp("conv_in"))?;
        let middle = MidBlock::new(inputs, config, &own.pp("mid_block"))?;
        let mut levels = Vec::new();
        for (place, &outputs) in channels.iter().enumerate() {
            let level = own.pp("up_blocks").pp(place);
            let resnets = resnets(config.layers_per_block + 1, inputs, outputs, config, &level)?;
            inputs = outputs;
            let larger = if place + 1 < channels.len() {
                Some(Upsample::new(outputs, &level.pp("upsamplers.0"))?)
            } else {
                None
            };
            levels.push((resnets, larger));
        }
        Ok(Self {
            before,
            enter,
            middle,
            levels,
            leave: Leave::new(inputs, COLOURS, config, &own)?,
        })
    }

    /// Pixels of unscaled latent pictures (batch, 4, height, width): -1 is black and 1 is white, and some lie
    /// beyond.
    ///
    /// # Errors
    ///
    /// When shapes do not fit, or the device fails.
    pub fn forward(&self, latents: &Tensor) -> Result<Tensor> {
        let mut state = product_of(&self.enter, &product_of(&self.before, latents)?)?;
        state = self.middle.forward(&state)?;
        for (resnets, larger) in &self.levels {
            for resnet in resnets {
                state = resnet.forward(&state, None)?;
            }
            if let Some(larger) = larger {
                let (_, _, height, width) = state.dims4()?;
                state = larger.forward(&state, 2 * height, 2 * width)?;
            }
        }
        self.leave.forward(&state)
    }
}

#[derive(Debug)]
pub struct VaeEncoder {
    enter: Conv2d,
    levels: Vec<(Vec<Resnet>, Option<Downsample>)>,
    middle: MidBlock,
    leave: Leave,
    after: Conv2d,
    latent: usize,
}

impl VaeEncoder {
    /// Builds the encoder.
    ///
    /// # Errors
    ///
    /// When the configuration is unusable or the weights do not fit.
    pub fn new(config: &SdxlVaeConfig, weights: &VarBuilder<'_>) -> Result<Self> {
        config.check()?;
        let own = weights.pp("encoder");
        let channels = &config.block_out_channels;
        let mut inputs = channels.first().copied().unwrap_or_default();
        let enter = conv3x3(COLOURS, inputs, own.pp("conv_in"))?;
        let mut levels = Vec::new();
        for (place, &outputs) in channels.iter().enumerate() {
            let level = own.pp("down_blocks").pp(place);
            let resnets = resnets(config.layers_per_block, inputs, outputs, config, &level)?;
            inputs = outputs;
            let smaller = if place + 1 < channels.len() {
                Some(Downsample::new(outputs, true, &level.pp("downsamplers.0"))?)
            } else {
                None
            };
            levels.push((resnets, smaller));
        }
        // A mean and a deviation for each channel.
        let both = 2 * config.latent_channels;
        Ok(Self {
            enter,
            levels,
            middle: MidBlock::new(inputs, config, &own.pp("mid_block"))?,
            leave: Leave::new(inputs, both, config, &own)?,
            after: conv1x1(both, both, weights.pp("quant_conv"))?,
            latent: config.latent_channels,
        })
    }

    /// Unscaled latent pictures of pixels (batch, 3, height, width) from -1 to 1: the mean of the encoder's
    /// distribution, so that one picture always gives the same.
    ///
    /// # Errors
    ///
    /// When shapes do not fit, or the device fails.
    pub fn forward(&self, pixels: &Tensor) -> Result<Tensor> {
        let mut state = product_of(&self.enter, pixels)?;
        for (resnets, smaller) in &self.levels {
            for resnet in resnets {
                state = resnet.forward(&state, None)?;
            }
            if let Some(smaller) = smaller {
                state = smaller.forward(&state)?;
            }
        }
        let state = self.leave.forward(&self.middle.forward(&state)?)?;
        Ok(product_of(&self.after, &state)?.narrow(1, 0, self.latent)?)
    }
}

fn resnets(
    count: usize,
    inputs: usize,
    outputs: usize,
    config: &SdxlVaeConfig,
    level: &VarBuilder<'_>,
) -> Result<Vec<Resnet>> {
    (0..count)
        .map(|number| {
            let inputs = if number == 0 { inputs } else { outputs };
            let weights = level.pp("resnets").pp(number);
            Resnet::new(inputs, outputs, config.norm_num_groups, EPS, None, &weights)
        })
        .collect()
}

/// The coarsest level.
#[derive(Debug)]
struct MidBlock {
    before: Resnet,
    norm: GroupNorm,
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    after: Resnet,
}

impl MidBlock {
    fn new(channels: usize, config: &SdxlVaeConfig, weights: &VarBuilder<'_>) -> Result<Self> {
        let groups = config.norm_num_groups;
        let own = weights.pp("attentions.0");
        let square = |name: &str| linear(channels, channels, own.pp(name));
        let resnet = |number: usize| {
            let weights = weights.pp("resnets").pp(number);
            Resnet::new(channels, channels, groups, EPS, None, &weights)
        };
        Ok(Self {
            before: resnet(0)?,
            norm: GroupNorm::new(groups, channels, EPS, &own.pp("group_norm"))?,
            query: square("to_q")?,
            key: square("to_k")?,
            value: square("to_v")?,
            output: square("to_out.0")?,
            after: resnet(1)?,
        })
    }

    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        let state = self.before.forward(input, None)?;
        let (batch, channels, height, width) = state.dims4()?;
        let places = self
            .norm
            .forward(&state)?
            .reshape((batch, channels, height * width))?
            .transpose(1, 2)?
            .contiguous()?;
        // One head as wide as all channels.
        let head = |layer: &Linear| layer.forward(&places)?.unsqueeze(1);
        let scale = 1.0 / (channels as f64).sqrt();
        let seen = attention(
            &head(&self.query)?,
            &head(&self.key)?,
            &head(&self.value)?,
            scale,
            None,
        )?;
        let changed = self
            .output
            .forward(&seen.squeeze(1)?)?
            .transpose(D::Minus1, D::Minus2)?
            .contiguous()?
            .reshape((batch, channels, height, width))?;
        self.after.forward(&(state + changed)?, None)
    }
}

/// The last layers of both.
#[derive(Debug)]
struct Leave {
    norm: GroupNorm,
    conv: Conv2d,
}

impl Leave {
    fn new(
        inputs: usize,
        outputs: usize,
        config: &SdxlVaeConfig,
        own: &VarBuilder<'_>,
    ) -> Result<Self> {
        Ok(Self {
            norm: GroupNorm::new(
                config.norm_num_groups,
                inputs,
                EPS,
                &own.pp("conv_norm_out"),
            )?,
            conv: conv3x3(inputs, outputs, own.pp("conv_out"))?,
        })
    }

    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        product_of(&self.conv, &self.norm.forward_silu(input)?)
    }
}
