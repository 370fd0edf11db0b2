//! umT5's encoder: T5 1.1, but with relative positions learned in every layer.

use candle_core::{DType, Tensor};
use candle_nn::{Linear, Module, VarBuilder, ops};

use ourvidz_engine_base::attention::attention;
use ourvidz_engine_base::{Error, Result};

use super::position::Classes;
use crate::config::Umt5Config;

#[derive(Debug)]
pub struct Umt5Encoder {
    words: Tensor,
    layers: Vec<Layer>,
    last_norm: Norm,
}

impl Umt5Encoder {
    /// Reads its weights.
    ///
    /// # Errors
    ///
    /// When one is missing or of another shape.
    pub fn new(config: &Umt5Config, weights: &VarBuilder<'_>) -> Result<Self> {
        config.check()?;
        let encoder = weights.pp("encoder");
        let layers = (0..config.num_layers)
            .map(|number| Layer::new(config, &encoder.pp("block").pp(number).pp("layer")))
            .collect::<Result<_>>()?;
        Ok(Self {
            words: weights.get((config.vocab_size, config.d_model), "shared.weight")?,
            layers,
            last_norm: Norm::new(config, &encoder.pp("final_layer_norm"))?,
        })
    }

    /// The vectors of a text's tokens: (tokens, `d_model`).
    ///
    /// # Errors
    ///
    /// When a number is not in the vocabulary, or the device fails.
    pub fn encode(&self, ids: &[u32]) -> Result<Tensor> {
        // A GPU would read whatever lies behind the table.
        let words = self.words.dim(0)?;
        if let Some(id) = ids.iter().find(|id| **id as usize >= words) {
            return Err(Error::Unsupported(format!(
                "token {id} of {words}: the tokenizer is another model's"
            )));
        }
        let device = self.words.device();
        let mut hidden = self.words.index_select(&Tensor::new(ids, device)?, 0)?;
        for layer in &self.layers {
            hidden = layer.forward(&hidden)?;
        }
        self.last_norm.forward(&hidden)
    }

    /// As [`Self::encode`], followed by zeros up to `length` tokens: so the denoiser was trained.
    ///
    /// The encoder itself never sees the padding. Its mask would hide it from the text anyway, and without it
    /// a short prompt takes a small part of the work.
    ///
    /// # Errors
    ///
    /// As [`Self::encode`].
    pub fn encode_padded(&self, ids: &[u32], length: usize) -> Result<Tensor> {
        let missing = length.saturating_sub(ids.len());
        Ok(self.encode(ids)?.pad_with_zeros(0, 0, missing)?)
    }
}

#[derive(Debug)]
struct Layer {
    attention_norm: Norm,
    attention: Attention,
    feed_norm: Norm,
    gate: Linear,
    widen: Linear,
    narrow: Linear,
}

impl Layer {
    fn new(config: &Umt5Config, weights: &VarBuilder<'_>) -> Result<Self> {
        let feed = weights.pp("1.DenseReluDense");
        Ok(Self {
            attention_norm: Norm::new(config, &weights.pp("0.layer_norm"))?,
            attention: Attention::new(config, &weights.pp("0.SelfAttention"))?,
            feed_norm: Norm::new(config, &weights.pp("1.layer_norm"))?,
            gate: linear(config.d_model, config.d_ff, &feed.pp("wi_0"))?,
            widen: linear(config.d_model, config.d_ff, &feed.pp("wi_1"))?,
            narrow: linear(config.d_ff, config.d_model, &feed.pp("wo"))?,
        })
    }

    fn forward(&self, hidden: &Tensor) -> Result<Tensor> {
        let seen = self
            .attention
            .forward(&self.attention_norm.forward(hidden)?)?;
        let hidden = (hidden + seen)?;
        let normed = self.feed_norm.forward(&hidden)?;
        // `gelu` is the approximation by tanh, which is the one that T5 means.
        let wide = (self.gate.forward(&normed)?.gelu()? * self.widen.forward(&normed)?)?;
        Ok((hidden + self.narrow.forward(&wide)?)?)
    }
}

#[derive(Debug)]
struct Attention {
    query: Linear,
    key: Linear,
    value: Linear,
    out: Linear,
    /// What is added to a head's scores, for each class of distances: (classes, heads).
    bias: Tensor,
    heads: usize,
    classes: Classes,
}

impl Attention {
    fn new(config: &Umt5Config, weights: &VarBuilder<'_>) -> Result<Self> {
        let inner = config.num_heads * config.d_kv;
        let classes = Classes {
            count: config.relative_attention_num_buckets,
            farthest: config.relative_attention_max_distance,
        };
        Ok(Self {
            query: linear(config.d_model, inner, &weights.pp("q"))?,
            key: linear(config.d_model, inner, &weights.pp("k"))?,
            value: linear(config.d_model, inner, &weights.pp("v"))?,
            out: linear(inner, config.d_model, &weights.pp("o"))?,
            bias: weights.get(
                (classes.count, config.num_heads),
                "relative_attention_bias.weight",
            )?,
            heads: config.num_heads,
            classes,
        })
    }

    fn forward(&self, hidden: &Tensor) -> Result<Tensor> {
        let tokens = hidden.dim(0)?;
        let heads = |linear: &Linear| -> Result<Tensor> {
            let all = linear.forward(hidden)?;
            Ok(all.reshape((1, tokens, self.heads, ()))?.transpose(1, 2)?)
        };
        let bias = self.bias_between(tokens)?;
        // Scores are not scaled: T5 has it in its weights.
        let seen = attention(
            &heads(&self.query)?,
            &heads(&self.key)?,
            &heads(&self.value)?,
            1.0,
            Some(&bias),
        )?;
        let joined = seen.transpose(1, 2)?.reshape((tokens, ()))?;
        Ok(self.out.forward(&joined)?)
    }

    /// What is added to the scores of each pair of tokens: (1, heads, tokens, tokens).
    fn bias_between(&self, tokens: usize) -> Result<Tensor> {
        let classes: Vec<u32> = (0..tokens)
            .flat_map(|from| (0..tokens).map(move |to| (from, to)))
            .map(|(from, to)| self.classes.of(from, to) as u32)
            .collect();
        let pairs = Tensor::from_vec(classes, tokens * tokens, self.bias.device())?;
        let bias = self.bias.index_select(&pairs, 0)?;
        Ok(bias
            .reshape((1, tokens, tokens, self.heads))?
            .permute((0, 3, 1, 2))?
            .contiguous()?)
    }
}

/// Scales to a mean square of 1; computed in `f32` whatever the precision is.
#[derive(Debug)]
struct Norm {
    scale: Tensor,
    epsilon: f64,
}

impl Norm {
    fn new(config: &Umt5Config, weights: &VarBuilder<'_>) -> Result<Self> {
        Ok(Self {
            scale: weights
                .get(config.d_model, "weight")?
                .to_dtype(DType::F32)?,
            epsilon: config.layer_norm_epsilon,
        })
    }

    fn forward(&self, hidden: &Tensor) -> Result<Tensor> {
        let exact = hidden.to_dtype(DType::F32)?;
        let normed = ops::rms_norm(&exact, &self.scale, self.epsilon as f32)?;
        Ok(normed.to_dtype(hidden.dtype())?)
    }
}

fn linear(inputs: usize, outputs: usize, weights: &VarBuilder<'_>) -> Result<Linear> {
    Ok(Linear::new(weights.get((outputs, inputs), "weight")?, None))
}
