//! The UNet: given a noisy picture, the time and a text, it predicts what is noise.

mod blocks;
mod embedding;
mod levels;

use candle_core::{D, DType, Tensor};
use candle_nn::{Conv2d, VarBuilder};
use ourvidz_engine_base::norm::GroupNorm;
use ourvidz_engine_base::{Error, Result};

use crate::config::{SIZE_NUMBERS, UnetConfig};
pub use crate::layers::{AdapterKeyValue, AdapterKeyValues};
use crate::layers::{AttentionContext, Resnet, Sizes, SpatialTransformer, conv3x3, product_of};
pub use blocks::{TextBlock, text_blocks};
use embedding::{TimeEmbedding, waves};
use levels::{DownLevel, UpLevel};

/// How much larger the time's vector is than its waves.
const TIME_WIDENING: usize = 4;

#[derive(Debug)]
pub struct Unet {
    time_waves: usize,
    time: TimeEmbedding,
    size_waves: usize,
    added: TimeEmbedding,
    enter: Conv2d,
    down: Vec<DownLevel>,
    middle: MidBlock,
    up: Vec<UpLevel>,
    leave_norm: GroupNorm,
    leave: Conv2d,
}

/// What the UNet is conditioned on beside the picture; every tensor has the batch as its first dimension.
#[derive(Debug)]
pub struct UnetConditioning<'a> {
    /// The texts' vectors for each token.
    pub tokens: &'a Tensor,
    /// Keys and values of an adapter; empty without.
    pub adapter: &'a AdapterKeyValues,
    pub pooled: &'a Tensor,
    /// Original height and width, crop from above and from the left, target height and width.
    pub sizes: [f32; SIZE_NUMBERS],
}

impl Unet {
    /// Builds the UNet.
    ///
    /// # Errors
    ///
    /// When the configuration is not of an SDXL, or the weights do not fit.
    pub fn new(config: &UnetConfig, weights: &VarBuilder<'_>) -> Result<Self> {
        config.check()?;
        let (Some(&finest), Some(&coarsest)) = (
            config.block_out_channels.first(),
            config.block_out_channels.last(),
        ) else {
            return Err(Error::Unsupported("a UNet without levels".to_owned()));
        };
        let time_size = TIME_WIDENING * finest;
        let added_size = config
            .projection_class_embeddings_input_dim
            .unwrap_or_default();
        Ok(Self {
            time_waves: finest,
            time: TimeEmbedding::new(finest, time_size, &weights.pp("time_embedding"))?,
            size_waves: config.addition_time_embed_dim.unwrap_or_default(),
            added: TimeEmbedding::new(added_size, time_size, &weights.pp("add_embedding"))?,
            enter: conv3x3(config.in_channels, finest, weights.pp("conv_in"))?,
            down: levels::down(config, time_size, &weights.pp("down_blocks"))?,
            middle: MidBlock::new(config, coarsest, time_size, &weights.pp("mid_block"))?,
            up: levels::up(config, time_size, &weights.pp("up_blocks"))?,
            leave_norm: GroupNorm::new(
                config.norm_num_groups,
                finest,
                config.norm_eps,
                &weights.pp("conv_norm_out"),
            )?,
            leave: conv3x3(finest, config.out_channels, weights.pp("conv_out"))?,
        })
    }

    /// Predicts what was added to pictures (batch, 4, height, width) at a time of the training.
    ///
    /// # Errors
    ///
    /// When shapes do not fit, or the device fails.
    pub fn forward(
        &self,
        pictures: &Tensor,
        time: f32,
        conditioning: &UnetConditioning<'_>,
    ) -> Result<Tensor> {
        let time = self.time_vector(time, conditioning, pictures.dtype())?;
        let context = AttentionContext {
            tokens: conditioning.tokens,
            adapter: conditioning.adapter,
        };
        let mut state = product_of(&self.enter, pictures)?;
        let mut passed = vec![state.clone()];
        for level in &self.down {
            state = level.forward(state, &time, context, &mut passed)?;
        }
        state = self.middle.forward(&state, &time, context)?;
        for level in &self.up {
            state = level.forward(state, &time, context, &mut passed)?;
        }
        product_of(&self.leave, &self.leave_norm.forward_silu(&state)?)
    }

    /// One vector of the time, the text and the size, through the activation that every residual block would
    /// apply again.
    fn time_vector(
        &self,
        time: f32,
        conditioning: &UnetConditioning<'_>,
        precision: DType,
    ) -> Result<Tensor> {
        let device = conditioning.pooled.device();
        let batch = conditioning.pooled.dim(0)?;
        let steps = waves(&[time], self.time_waves, device)?.to_dtype(precision)?;
        let sizes = waves(&conditioning.sizes, self.size_waves, device)?
            .reshape((1, SIZE_NUMBERS * self.size_waves))?
            .repeat((batch, 1))?
            .to_dtype(precision)?;
        let added = Tensor::cat(&[conditioning.pooled, &sizes], D::Minus1)?;
        let whole = self
            .added
            .forward(&added)?
            .broadcast_add(&self.time.forward(&steps)?)?;
        Ok(whole.silu()?)
    }
}

/// The coarsest level: attention between two residual blocks.
#[derive(Debug)]
struct MidBlock {
    before: Resnet,
    attention: SpatialTransformer,
    after: Resnet,
}

impl MidBlock {
    fn new(
        config: &UnetConfig,
        channels: usize,
        time_size: usize,
        weights: &VarBuilder<'_>,
    ) -> Result<Self> {
        let level = config.block_out_channels.len() - 1;
        let resnet = |number: usize| {
            let weights = weights.pp("resnets").pp(number);
            Resnet::new(
                channels,
                channels,
                config.norm_num_groups,
                config.norm_eps,
                Some(time_size),
                &weights,
            )
        };
        Ok(Self {
            before: resnet(0)?,
            attention: SpatialTransformer::new(sizes(config, level), &weights.pp("attentions.0"))?,
            after: resnet(1)?,
        })
    }

    fn forward(
        &self,
        input: &Tensor,
        time: &Tensor,
        context: AttentionContext<'_>,
    ) -> Result<Tensor> {
        let state = self.before.forward(input, Some(time))?;
        let state = self.attention.forward(&state, context)?;
        self.after.forward(&state, Some(time))
    }
}

/// The sizes of a level's attention.
fn sizes(config: &UnetConfig, level: usize) -> Sizes {
    Sizes {
        channels: config
            .block_out_channels
            .get(level)
            .copied()
            .unwrap_or_default(),
        heads: config.attention_head_dim.get(level),
        depth: config.depth(level),
        context: config.cross_attention_dim,
        groups: config.norm_num_groups,
    }
}
