//! From pixels to latents.

use candle_core::Tensor;
use candle_nn::VarBuilder;

use ourvidz_engine_base::Result;

use super::Norm;
use super::conv::{CausalConv, FrameCache};
use super::resample::Downsampler;
use super::residual::{MidBlock, Residual};
use crate::config::WanVaeConfig;

/// Colours of a pixel.
const COLOURS: usize = 3;

#[derive(Debug)]
pub(super) struct Encoder {
    first: CausalConv,
    levels: Vec<Level>,
    middle: MidBlock,
    last_norm: Norm,
    last: CausalConv,
}

#[derive(Debug)]
struct Level {
    blocks: Vec<Residual>,
    /// None at the smallest size.
    halving: Option<Downsampler>,
}

impl Encoder {
    pub fn new(config: &WanVaeConfig, weights: &VarBuilder<'_>) -> Result<Self> {
        // All levels are numbered on: blocks and halvings are one list in the file.
        let list = weights.pp("down_blocks");
        let mut number = 0;
        let mut next = || {
            number += 1;
            list.pp(number - 1)
        };
        let mut channels = config.base_dim;
        let mut levels = Vec::new();
        for (level, multiple) in config.dim_mult.iter().enumerate() {
            let outputs = config.base_dim * multiple;
            let mut blocks = Vec::new();
            for _ in 0..config.num_res_blocks {
                blocks.push(Residual::new(channels, outputs, &next())?);
                channels = outputs;
            }
            let halving = match config.temperal_downsample.get(level) {
                Some(with_time) => Some(Downsampler::new(channels, *with_time, &next())?),
                None => None,
            };
            levels.push(Level { blocks, halving });
        }
        Ok(Self {
            first: CausalConv::cube(COLOURS, config.base_dim, &weights.pp("conv_in"))?,
            levels,
            middle: MidBlock::new(channels, &weights.pp("mid_block"))?,
            last_norm: Norm::new(channels, false, &weights.pp("norm_out"))?,
            last: CausalConv::cube(channels, 2 * config.z_dim, &weights.pp("conv_out"))?,
        })
    }

    pub fn forward(&self, pixels: &Tensor, memory: &mut FrameCache) -> Result<Tensor> {
        let mut hidden = self.first.forward(pixels, memory)?;
        for level in &self.levels {
            for block in &level.blocks {
                hidden = block.forward(&hidden, memory)?;
            }
            if let Some(halving) = &level.halving {
                hidden = halving.forward(&hidden, memory)?;
            }
        }
        let hidden = self.middle.forward(&hidden, memory)?;
        self.last
            .forward(&self.last_norm.forward(&hidden)?.silu()?, memory)
    }
}
