//! The block that all of CLIP's encoders are made of, of texts and of pictures.

use candle_core::Tensor;
use candle_nn::{LayerNorm, Linear, Module, VarBuilder, layer_norm, linear};
use ourvidz_engine_base::Result;
use ourvidz_engine_base::attention::attention;

use crate::config::Activation;

/// The sizes of a block.
#[derive(Debug, Clone, Copy)]
pub struct ClipSizes {
    pub size: usize,
    /// Between the two layers behind attention.
    pub between: usize,
    pub heads: usize,
    pub eps: f64,
    pub activation: Activation,
}

/// Attention, and two layers behind it.
#[derive(Debug)]
pub struct ClipBlock {
    attention_norm: LayerNorm,
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    heads: usize,
    mlp_norm: LayerNorm,
    widen: Linear,
    narrow: Linear,
    activation: Activation,
}

impl ClipBlock {
    pub fn new(sizes: ClipSizes, weights: &VarBuilder<'_>) -> Result<Self> {
        let ClipSizes { size, between, .. } = sizes;
        let norm = |name: &str| layer_norm(size, sizes.eps, weights.pp(name));
        let square = |name: &str| linear(size, size, weights.pp("self_attn").pp(name));
        Ok(Self {
            attention_norm: norm("layer_norm1")?,
            query: square("q_proj")?,
            key: square("k_proj")?,
            value: square("v_proj")?,
            output: square("out_proj")?,
            heads: sizes.heads,
            mlp_norm: norm("layer_norm2")?,
            widen: linear(size, between, weights.pp("mlp.fc1"))?,
            narrow: linear(between, size, weights.pp("mlp.fc2"))?,
            activation: sizes.activation,
        })
    }

    /// `input` is (rows, length, size); the mask hides what comes later in a text.
    pub fn forward(&self, input: &Tensor, mask: Option<&Tensor>) -> Result<Tensor> {
        let (rows, length, size) = input.dims3()?;
        let normed = self.attention_norm.forward(input)?;
        let split = |layer: &Linear| {
            layer
                .forward(&normed)?
                .reshape((rows, length, self.heads, size / self.heads))?
                .transpose(1, 2)
        };
        let scale = 1.0 / ((size / self.heads) as f64).sqrt();
        let seen = attention(
            &split(&self.query)?,
            &split(&self.key)?,
            &split(&self.value)?,
            scale,
            mask,
        )?;
        let seen = seen.transpose(1, 2)?.reshape((rows, length, size))?;
        let state = (input + self.output.forward(&seen)?)?;

        let wide = self.widen.forward(&self.mlp_norm.forward(&state)?)?;
        let active = match self.activation {
            Activation::QuickGelu => (&wide * candle_nn::ops::sigmoid(&(&wide * 1.702)?)?)?,
            Activation::Gelu => wide.gelu_erf()?,
        };
        Ok((state + self.narrow.forward(&active)?)?)
    }
}
