//! The levels of the UNet: down to coarser pictures, and up again with what was kept on the way down.

use candle_core::Tensor;
use candle_nn::VarBuilder;
use ourvidz_engine_base::{Error, Result};

use super::sizes;
use crate::config::UnetConfig;
use crate::layers::{AttentionContext, Downsample, Resnet, SpatialTransformer, Upsample};

/// A residual block, and attention where the level has it.
#[derive(Debug)]
struct Layer {
    resnet: Resnet,
    attention: Option<SpatialTransformer>,
}

impl Layer {
    fn forward(
        &self,
        input: &Tensor,
        time: &Tensor,
        context: AttentionContext<'_>,
    ) -> Result<Tensor> {
        let state = self.resnet.forward(input, Some(time))?;
        match &self.attention {
            Some(attention) => attention.forward(&state, context),
            None => Ok(state),
        }
    }
}

/// Makes the layers of a level.
struct Builder<'a> {
    config: &'a UnetConfig,
    level: usize,
    has_attention: bool,
    time_size: usize,
    weights: VarBuilder<'a>,
}

impl Builder<'_> {
    fn layer(&self, number: usize, inputs: usize) -> Result<Layer> {
        let sizes = sizes(self.config, self.level);
        let resnet = Resnet::new(
            inputs,
            sizes.channels,
            self.config.norm_num_groups,
            self.config.norm_eps,
            Some(self.time_size),
            &self.weights.pp("resnets").pp(number),
        )?;
        let attention = if self.has_attention {
            Some(SpatialTransformer::new(
                sizes,
                &self.weights.pp("attentions").pp(number),
            )?)
        } else {
            None
        };
        Ok(Layer { resnet, attention })
    }
}

/// A level on the way down.
#[derive(Debug)]
pub struct DownLevel {
    layers: Vec<Layer>,
    smaller: Option<Downsample>,
}

/// The levels on the way down, from the finest.
pub fn down(
    config: &UnetConfig,
    time_size: usize,
    weights: &VarBuilder<'_>,
) -> Result<Vec<DownLevel>> {
    let mut inputs = config
        .block_out_channels
        .first()
        .copied()
        .unwrap_or_default();
    let mut levels = Vec::new();
    for (level, &channels) in config.block_out_channels.iter().enumerate() {
        let builder = Builder {
            config,
            level,
            has_attention: config.has_attention_down(level),
            time_size,
            weights: weights.pp(level),
        };
        let mut layers = Vec::new();
        for number in 0..config.layers_per_block {
            layers.push(builder.layer(number, inputs)?);
            inputs = channels;
        }
        let smaller = if level + 1 < config.block_out_channels.len() {
            let weights = builder.weights.pp("downsamplers.0");
            Some(Downsample::new(channels, false, &weights)?)
        } else {
            None
        };
        levels.push(DownLevel { layers, smaller });
    }
    Ok(levels)
}

impl DownLevel {
    /// Adds everything that it makes to `passed`.
    pub fn forward(
        &self,
        mut state: Tensor,
        time: &Tensor,
        context: AttentionContext<'_>,
        passed: &mut Vec<Tensor>,
    ) -> Result<Tensor> {
        for layer in &self.layers {
            state = layer.forward(&state, time, context)?;
            passed.push(state.clone());
        }
        if let Some(smaller) = &self.smaller {
            state = smaller.forward(&state)?;
            passed.push(state.clone());
        }
        Ok(state)
    }
}

/// A level on the way up.
#[derive(Debug)]
pub struct UpLevel {
    layers: Vec<Layer>,
    larger: Option<Upsample>,
}

/// The levels on the way up, from the coarsest.
pub fn up(config: &UnetConfig, time_size: usize, weights: &VarBuilder<'_>) -> Result<Vec<UpLevel>> {
    let channels = |level: usize| {
        config
            .block_out_channels
            .get(level)
            .copied()
            .unwrap_or_default()
    };
    let count = config.block_out_channels.len();
    let mut from_below = channels(count - 1);
    let mut levels = Vec::new();
    for index in 0..count {
        let level = count - 1 - index;
        let builder = Builder {
            config,
            level,
            has_attention: config.has_attention_up(index),
            time_size,
            weights: weights.pp(index),
        };
        let mut layers = Vec::new();
        for number in 0..=config.layers_per_block {
            // The last layer gets what came into this level on the way down: the finer level's channels.
            let is_last = number == config.layers_per_block;
            let passed = if is_last {
                channels(level.saturating_sub(1))
            } else {
                channels(level)
            };
            layers.push(builder.layer(number, from_below + passed)?);
            from_below = channels(level);
        }
        let larger = if level > 0 {
            let weights = builder.weights.pp("upsamplers.0");
            Some(Upsample::new(channels(level), &weights)?)
        } else {
            None
        };
        levels.push(UpLevel { layers, larger });
    }
    Ok(levels)
}

impl UpLevel {
    /// Takes from `passed` what the way down left there.
    pub fn forward(
        &self,
        mut state: Tensor,
        time: &Tensor,
        context: AttentionContext<'_>,
        passed: &mut Vec<Tensor>,
    ) -> Result<Tensor> {
        for layer in &self.layers {
            let Some(seen) = passed.pop() else {
                return Err(Error::Unsupported(
                    "a UNet with more layers on the way up".to_owned(),
                ));
            };
            state = layer.forward(&Tensor::cat(&[&state, &seen], 1)?, time, context)?;
        }
        if let (Some(larger), Some(next)) = (&self.larger, passed.last()) {
            // As large as what it meets next, which differs from twice the size where a half was rounded up.
            let (_, _, height, width) = next.dims4()?;
            state = larger.forward(&state, height, width)?;
        }
        Ok(state)
    }
}
