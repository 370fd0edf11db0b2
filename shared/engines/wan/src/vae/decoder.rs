//! From latents to pixels.

use candle_core::Tensor;
use candle_nn::VarBuilder;

use ourvidz_engine_base::Result;

use super::Norm;
use super::conv::{CausalConv, FrameCache};
use super::resample::Upsampler;
use super::residual::{MidBlock, Residual};
use crate::config::WanVaeConfig;

/// Colours of a pixel.
const COLOURS: usize = 3;

#[derive(Debug)]
pub(super) struct Decoder {
    first: CausalConv,
    middle: MidBlock,
    levels: Vec<Level>,
    last_norm: Norm,
    last: CausalConv,
}

#[derive(Debug)]
struct Level {
    blocks: Vec<Residual>,
    /// None at full size.
    doubling: Option<Upsampler>,
}

impl Decoder {
    pub fn new(config: &WanVaeConfig, weights: &VarBuilder<'_>) -> Result<Self> {
        let base = config.decoder_base_dim.unwrap_or(config.base_dim);
        let smallest = base * config.dim_mult.last().copied().unwrap_or(1);
        let mut channels = smallest;
        let mut levels = Vec::new();
        for (number, multiple) in config.dim_mult.iter().rev().enumerate() {
            let level = weights.pp("up_blocks").pp(number);
            let outputs = base * multiple;
            let mut blocks = Vec::new();
            for block in 0..=config.num_res_blocks {
                blocks.push(Residual::new(
                    channels,
                    outputs,
                    &level.pp("resnets").pp(block),
                )?);
                channels = outputs;
            }
            // The levels of the encoder, from the last to the first.
            let doubling = match config.temperal_downsample.iter().rev().nth(number) {
                Some(with_time) => {
                    let doubling = Upsampler::new(channels, *with_time, &level.pp("upsamplers.0"))?;
                    channels /= 2;
                    Some(doubling)
                }
                None => None,
            };
            levels.push(Level { blocks, doubling });
        }
        Ok(Self {
            first: CausalConv::cube(config.z_dim, smallest, &weights.pp("conv_in"))?,
            middle: MidBlock::new(smallest, &weights.pp("mid_block"))?,
            levels,
            last_norm: Norm::new(channels, false, &weights.pp("norm_out"))?,
            last: CausalConv::cube(channels, COLOURS, &weights.pp("conv_out"))?,
        })
    }

    pub fn forward(&self, latents: &Tensor, memory: &mut FrameCache) -> Result<Tensor> {
        let mut hidden = self.first.forward(latents, memory)?;
        hidden = self.middle.forward(&hidden, memory)?;
        for level in &self.levels {
            for block in &level.blocks {
                hidden = block.forward(&hidden, memory)?;
            }
            if let Some(doubling) = &level.doubling {
                hidden = doubling.forward(&hidden, memory)?;
            }
        }
        self.last
            .forward(&self.last_norm.forward(&hidden)?.silu()?, memory)
    }
}
