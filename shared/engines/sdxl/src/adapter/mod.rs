//! The IP-Adapter, which lets SDXL read pictures, if its weights lie beside the model's.
//!
//! An encoder makes one vector of a picture, a projection makes a few tokens of it, and every block with
//! cross-attention to the text attends to these tokens, too, with keys and values of the adapter. As the pictures of
//! a sampling do not change, these are computed once, not at each step.

mod vision;

pub use vision::{ImageEncoder, VisionConfig};

use candle_core::Tensor;
use candle_nn::{LayerNorm, Linear, Module, VarBuilder, layer_norm, linear, linear_no_bias};
use ourvidz_engine_base::Result;

use crate::config::UnetConfig;
use crate::unet::{AdapterKeyValue, AdapterKeyValues, TextBlock, text_blocks};

const LAYER_NORM_EPS: f64 = 1e-5;
/// The blocks that decide how a picture is painted rather than what is on it. Giving these alone a picture
/// lends its style and not its contents.
const STYLE_BLOCKS: &str = "up_blocks.0.attentions.1.";

#[derive(Debug, Clone, PartialEq)]
pub struct AdapterConfig {
    pub vision: VisionConfig,
    /// Tokens that are made of a picture.
    pub tokens: usize,
}

/// What of a picture is carried over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// How it is painted.
    Style,
    /// What is on it, and how it is painted.
    Everything,
}

impl Scope {
    fn has(self, block: &TextBlock) -> bool {
        match self {
            Self::Style => block.name.starts_with(STYLE_BLOCKS),
            Self::Everything => true,
        }
    }
}

#[derive(Debug)]
pub struct Adapter {
    tokens: usize,
    projection: Linear,
    norm: LayerNorm,
    blocks: Vec<Block>,
}

/// What the adapter adds to a block of the UNet.
#[derive(Debug)]
struct Block {
    of: TextBlock,
    key: Linear,
    value: Linear,
}

impl Adapter {
    /// Builds the adapter for a UNet.
    ///
    /// # Errors
    ///
    /// When the weights do not fit.
    pub fn new(
        config: &AdapterConfig,
        unet: &UnetConfig,
        weights: &VarBuilder<'_>,
    ) -> Result<Self> {
        let context = unet.cross_attention_dim;
        let projection = weights.pp("image_proj");
        let layers = weights.pp("ip_adapter");
        let block = |of: TextBlock| {
            let weights = layers.pp(of.number);
            Ok(Block {
                key: linear_no_bias(context, of.size, weights.pp("to_k_ip"))?,
                value: linear_no_bias(context, of.size, weights.pp("to_v_ip"))?,
                of,
            })
        };
        Ok(Self {
            tokens: config.tokens,
            projection: linear(
                config.vision.projection_dim,
                config.tokens * context,
                projection.pp("proj"),
            )?,
            norm: layer_norm(context, LAYER_NORM_EPS, projection.pp("norm"))?,
            blocks: text_blocks(unet)
                .into_iter()
                .map(block)
                .collect::<Result<_>>()?,
        })
    }

    /// Tokens (pictures, tokens, size) of pictures' vectors (pictures, size).
    ///
    /// # Errors
    ///
    /// When shapes do not fit, or the device fails.
    pub fn tokens(&self, pictures: &Tensor) -> Result<Tensor> {
        let count = pictures.dim(0)?;
        let tokens = self
            .projection
            .forward(pictures)?
            .reshape((count, self.tokens, ()))?;
        Ok(self.norm.forward(&tokens)?)
    }

    /// Adds to `key_values` what each block gets of tokens (batch, tokens, size).
    ///
    /// # Errors
    ///
    /// When shapes do not fit, or the device fails.
    pub fn add_key_values(
        &self,
        tokens: &Tensor,
        scope: Scope,
        scale: f64,
        key_values: &mut AdapterKeyValues,
    ) -> Result<()> {
        let (batch, count, _) = tokens.dims3()?;
        for block in self.blocks.iter().filter(|block| scope.has(&block.of)) {
            let split = |layer: &Linear| {
                layer
                    .forward(tokens)?
                    .reshape((batch, count, block.of.heads, ()))?
                    .transpose(1, 2)?
                    .contiguous()
            };
            key_values
                .entry(block.of.name.clone())
                .or_default()
                .push(AdapterKeyValue {
                    key: split(&block.key)?,
                    value: split(&block.value)?,
                    scale,
                });
        }
        Ok(())
    }
}
