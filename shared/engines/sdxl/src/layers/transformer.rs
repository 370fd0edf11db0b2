//! Self-attention of the picture and cross-attention to the text.

use std::collections::BTreeMap;

use candle_core::{D, Tensor};
use candle_nn::{LayerNorm, Linear, Module, VarBuilder, layer_norm, linear, linear_no_bias};
use ourvidz_engine_base::Result;
use ourvidz_engine_base::attention::attention;
use ourvidz_engine_base::norm::GroupNorm;
use ourvidz_engine_base::rows::{self, After};

/// The norm's own, unlike that of the residual blocks.
const GROUP_NORM_EPS: f64 = 1e-6;
const LAYER_NORM_EPS: f64 = 1e-5;
/// How much wider the layers between are.
const WIDENING: usize = 4;

/// Keys and values beside those of the text: of a picture, made by an adapter.
#[derive(Debug, Clone)]
pub struct AdapterKeyValue {
    /// (batch, heads, tokens, size).
    pub key: Tensor,
    /// (batch, heads, tokens, size).
    pub value: Tensor,
    /// How much of the result is added.
    pub scale: f64,
}

/// Those of each block, by the name of the block in the UNet.
pub type AdapterKeyValues = BTreeMap<String, Vec<AdapterKeyValue>>;

/// What a picture is made by.
#[derive(Debug, Clone, Copy)]
pub struct AttentionContext<'a> {
    /// The texts' vectors: (batch, tokens, size).
    pub tokens: &'a Tensor,
    /// Keys and values beside them.
    pub adapter: &'a AdapterKeyValues,
}

/// Blocks of attention over all positions of a picture.
#[derive(Debug)]
pub struct SpatialTransformer {
    norm: GroupNorm,
    enter: Linear,
    blocks: Vec<Block>,
    leave: Linear,
}

/// The sizes of a transformer.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    pub channels: usize,
    pub heads: usize,
    pub depth: usize,
    pub context: usize,
    pub groups: usize,
}

impl SpatialTransformer {
    pub fn new(sizes: Sizes, weights: &VarBuilder<'_>) -> Result<Self> {
        let channels = sizes.channels;
        let blocks = weights.pp("transformer_blocks");
        Ok(Self {
            norm: GroupNorm::new(sizes.groups, channels, GROUP_NORM_EPS, &weights.pp("norm"))?,
            enter: linear(channels, channels, weights.pp("proj_in"))?,
            blocks: (0..sizes.depth)
                .map(|number| Block::new(sizes, &blocks.pp(number)))
                .collect::<Result<_>>()?,
            leave: linear(channels, channels, weights.pp("proj_out"))?,
        })
    }

    /// `input` is (batch, channels, height, width).
    pub fn forward(&self, input: &Tensor, context: AttentionContext<'_>) -> Result<Tensor> {
        let (batch, channels, height, width) = input.dims4()?;
        let pixels = self
            .norm
            .forward(input)?
            .reshape((batch, channels, height * width))?
            .transpose(1, 2)?
            .contiguous()?;
        let mut state = rows::linear(&self.enter, &pixels, After::default())?;
        for block in &self.blocks {
            state = block.forward(&state, context)?;
        }
        let changed = rows::linear(&self.leave, &state, After::default())?
            .transpose(1, 2)?
            .contiguous()?
            .reshape((batch, channels, height, width))?;
        Ok((input + changed)?)
    }
}

#[derive(Debug)]
struct Block {
    name: String,
    self_norm: LayerNorm,
    self_attention: Attention,
    text_norm: LayerNorm,
    cross_attention: Attention,
    mlp_norm: LayerNorm,
    widen: Linear,
    narrow: Linear,
}

impl Block {
    fn new(sizes: Sizes, weights: &VarBuilder<'_>) -> Result<Self> {
        let size = sizes.channels;
        let norm = |name: &str| layer_norm(size, LAYER_NORM_EPS, weights.pp(name));
        let between = size * WIDENING;
        Ok(Self {
            name: weights.prefix(),
            self_norm: norm("norm1")?,
            self_attention: Attention::new(size, size, sizes.heads, &weights.pp("attn1"))?,
            text_norm: norm("norm2")?,
            cross_attention: Attention::new(
                size,
                sizes.context,
                sizes.heads,
                &weights.pp("attn2"),
            )?,
            mlp_norm: norm("norm3")?,
            widen: linear(size, 2 * between, weights.pp("ff.net.0.proj"))?,
            narrow: linear(between, size, weights.pp("ff.net.2"))?,
        })
    }

    fn forward(&self, input: &Tensor, context: AttentionContext<'_>) -> Result<Tensor> {
        let normed = self.self_norm.forward(input)?;
        let state = self.self_attention.forward(&normed, &normed, &[], input)?;
        let normed = self.text_norm.forward(&state)?;
        let adapter = context
            .adapter
            .get(&self.name)
            .map_or(&[][..], Vec::as_slice);
        let state = self
            .cross_attention
            .forward(&normed, context.tokens, adapter, &state)?;
        let gated = rows::geglu(&self.widen, &self.mlp_norm.forward(&state)?)?;
        rows::linear(&self.narrow, &gated, added_to(&state))
    }
}

fn added_to(residual: &Tensor) -> After<'_> {
    After {
        residual: Some(residual),
        ..After::default()
    }
}

#[derive(Debug)]
struct Attention {
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    heads: usize,
}

impl Attention {
    fn new(size: usize, context: usize, heads: usize, weights: &VarBuilder<'_>) -> Result<Self> {
        Ok(Self {
            query: linear_no_bias(size, size, weights.pp("to_q"))?,
            key: linear_no_bias(context, size, weights.pp("to_k"))?,
            value: linear_no_bias(context, size, weights.pp("to_v"))?,
            output: linear(size, size, weights.pp("to_out.0"))?,
            heads,
        })
    }

    /// Gives the sum with `residual`.
    fn forward(
        &self,
        input: &Tensor,
        context: &Tensor,
        adapter: &[AdapterKeyValue],
        residual: &Tensor,
    ) -> Result<Tensor> {
        let split = |layer: &Linear, input: &Tensor| {
            let (batch, length, _) = input.dims3()?;
            layer
                .forward(input)?
                .reshape((batch, length, self.heads, ()))?
                .transpose(1, 2)
        };
        let query = split(&self.query, input)?;
        let scale = 1.0 / (query.dim(D::Minus1)? as f64).sqrt();
        let mut seen = attention(
            &query,
            &split(&self.key, context)?,
            &split(&self.value, context)?,
            scale,
            None,
        )?;
        for extra in adapter {
            let beside = attention(&query, &extra.key, &extra.value, scale, None)?;
            seen = (seen + (beside * extra.scale)?)?;
        }
        let joined = seen.transpose(1, 2)?.flatten_from(2)?;
        rows::linear(&self.output, &joined, added_to(residual))
    }
}
