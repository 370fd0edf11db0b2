//! Where the picture looks at itself and at the text.

use std::collections::BTreeMap;

use candle_core::{D, Tensor};
use candle_nn::{LayerNorm, Linear, Module, VarBuilder, layer_norm, linear, linear_no_bias};
use ourvidz_engine_base::attention::attention;
use ourvidz_engine_base::norm::GroupNorm;
use ourvidz_engine_base::{Error, Result};

/// The norm's own, unlike that of the residual blocks.
const GROUP_NORM_EPS: f64 = 1e-6;
const LAYER_NORM_EPS: f64 = 1e-5;
/// How much wider the layers between are.
const WIDENING: usize = 4;

/// What attention to the text sees beside the text: a picture's keys and values, made by an adapter.
#[derive(Debug, Clone)]
pub struct Hint {
    /// (batch, heads, tokens, size).
    pub key: Tensor,
    /// (batch, heads, tokens, size).
    pub value: Tensor,
    /// How much of what is seen is added.
    pub scale: f64,
}

/// The hints for each block, by the name of the block in the UNet.
pub type Hints = BTreeMap<String, Vec<Hint>>;

/// What a picture is made by.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The texts' vectors: (batch, tokens, size).
    pub tokens: &'a Tensor,
    /// What is seen beside them.
    pub hints: &'a Hints,
}

/// Blocks of attention over all places of a picture.
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
    pub fn forward(&self, input: &Tensor, context: Context<'_>) -> Result<Tensor> {
        let (batch, channels, height, width) = input.dims4()?;
        let places = self
            .norm
            .forward(input)?
            .reshape((batch, channels, height * width))?
            .transpose(1, 2)?
            .contiguous()?;
        let mut state = self.enter.forward(&places)?;
        for block in &self.blocks {
            state = block.forward(&state, context)?;
        }
        let changed = self
            .leave
            .forward(&state)?
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
    looks_at_itself: Attention,
    text_norm: LayerNorm,
    looks_at_text: Attention,
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
            looks_at_itself: Attention::new(size, size, sizes.heads, &weights.pp("attn1"))?,
            text_norm: norm("norm2")?,
            looks_at_text: Attention::new(size, sizes.context, sizes.heads, &weights.pp("attn2"))?,
            mlp_norm: norm("norm3")?,
            widen: linear(size, 2 * between, weights.pp("ff.net.0.proj"))?,
            narrow: linear(between, size, weights.pp("ff.net.2"))?,
        })
    }

    fn forward(&self, input: &Tensor, context: Context<'_>) -> Result<Tensor> {
        let normed = self.self_norm.forward(input)?;
        let state = (input + self.looks_at_itself.forward(&normed, &normed, &[])?)?;
        let normed = self.text_norm.forward(&state)?;
        let hints = context.hints.get(&self.name).map_or(&[][..], Vec::as_slice);
        let state = (&state + self.looks_at_text.forward(&normed, context.tokens, hints)?)?;
        // Half of the wide layer opens and closes the other half.
        let wide = self.widen.forward(&self.mlp_norm.forward(&state)?)?;
        let halves = wide.chunk(2, D::Minus1)?;
        let [carried, gate] = halves.as_slice() else {
            return Err(Error::Unsupported("a layer of odd width".to_owned()));
        };
        let gated = (carried * gate.contiguous()?.gelu_erf()?)?;
        Ok((&state + self.narrow.forward(&gated)?)?)
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

    fn forward(&self, input: &Tensor, context: &Tensor, hints: &[Hint]) -> Result<Tensor> {
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
        for hint in hints {
            let beside = attention(&query, &hint.key, &hint.value, scale, None)?;
            seen = (seen + (beside * hint.scale)?)?;
        }
        Ok(self
            .output
            .forward(&seen.transpose(1, 2)?.flatten_from(2)?)?)
    }
}
