//! Attention of the tokens to each other, and to the text.

use candle_core::{DType, Tensor};
use candle_nn::{Linear, VarBuilder, ops};

use ourvidz_engine_base::Result;
use ourvidz_engine_base::attention::attention;
use ourvidz_engine_base::rows::{self, After};

use super::rotation::Rotation;
use super::{in_f32, linear};
use crate::config::TransformerConfig;

#[derive(Debug)]
pub(super) struct Attention {
    query: Linear,
    key: Linear,
    value: Linear,
    out: Linear,
    query_norm: Tensor,
    key_norm: Tensor,
    heads: usize,
    epsilon: f64,
}

impl Attention {
    pub fn new(config: &TransformerConfig, weights: &VarBuilder<'_>) -> Result<Self> {
        let size = config.size();
        Ok(Self {
            query: linear(size, size, &weights.pp("to_q"))?,
            key: linear(size, size, &weights.pp("to_k"))?,
            value: linear(size, size, &weights.pp("to_v"))?,
            out: linear(size, size, &weights.pp("to_out.0"))?,
            query_norm: in_f32(weights, &[size], "norm_q.weight")?,
            key_norm: in_f32(weights, &[size], "norm_k.weight")?,
            heads: config.num_attention_heads,
            epsilon: config.eps,
        })
    }

    /// Self-attention, with positions.
    pub fn self_attention(
        &self,
        hidden: &Tensor,
        rotation: &Rotation,
        after: After<'_>,
    ) -> Result<Tensor> {
        self.forward(hidden, hidden, Some(rotation), after)
    }

    /// Cross-attention to the text, which has no positions.
    pub fn cross_attention(
        &self,
        hidden: &Tensor,
        text: &Tensor,
        after: After<'_>,
    ) -> Result<Tensor> {
        self.forward(hidden, text, None, after)
    }

    fn forward(
        &self,
        hidden: &Tensor,
        seen: &Tensor,
        rotation: Option<&Rotation>,
        after: After<'_>,
    ) -> Result<Tensor> {
        let project =
            |layer: &Linear, tokens: &Tensor| rows::linear(layer, tokens, After::default());
        let query = self.normed(&project(&self.query, hidden)?, &self.query_norm, rotation)?;
        let key = self.normed(&project(&self.key, seen)?, &self.key_norm, rotation)?;
        let value = self.split(&project(&self.value, seen)?)?;
        let scale = 1.0 / (query.dim(3)? as f64).sqrt();
        let heads = attention(&query, &key, &value, scale, None)?;
        let joined = heads.transpose(1, 2)?.reshape((hidden.dim(0)?, ()))?;
        rows::linear(&self.out, &joined, after)
    }

    /// Norms over all heads together (so the model was trained), splits, and turns; in `f32` until the end.
    fn normed(
        &self,
        projected: &Tensor,
        scale: &Tensor,
        rotation: Option<&Rotation>,
    ) -> Result<Tensor> {
        let turn = rotation.map(|rotation| rotation.turn(projected.dims()[1] / self.heads));
        if let Some(placed) = rows::rms_norm_turned(projected, scale, turn, self.epsilon)? {
            return self.split(&placed);
        }
        let exact = projected.to_dtype(DType::F32)?;
        let heads = self.split(&ops::rms_norm(&exact, scale, self.epsilon as f32)?)?;
        let placed = match rotation {
            Some(rotation) => rotation.rotate(&heads)?,
            None => heads,
        };
        Ok(placed.to_dtype(projected.dtype())?)
    }

    /// (tokens, size) to (1, heads, tokens, size of a head).
    fn split(&self, tokens: &Tensor) -> Result<Tensor> {
        let heads = tokens.reshape((1, tokens.dim(0)?, self.heads, ()))?;
        Ok(heads.transpose(1, 2)?)
    }
}
