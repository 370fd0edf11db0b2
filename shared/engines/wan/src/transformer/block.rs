//! One block: attention to each other, attention to the text, feed-forward.

use candle_core::{IndexOp, Tensor};
use candle_nn::{Linear, VarBuilder};

use ourvidz_engine_base::Result;
use ourvidz_engine_base::rows::{self, After, RowActivation, layer_norm};

use super::attention::Attention;
use super::rotation::Rotation;
use super::{Modulation, in_f32, linear};
use crate::config::TransformerConfig;

/// A block of the denoiser.
#[derive(Debug)]
pub struct Block {
    /// Shift, scale and gate of the attention and then of the feed-forward part, to which those of the timestep
    /// are added: (6, size).
    table: Tensor,
    self_attention: Attention,
    text_norm: Option<TextNorm>,
    cross_attention: Attention,
    widen: Linear,
    narrow: Linear,
    epsilon: f64,
}

#[derive(Debug)]
struct TextNorm {
    scale: Tensor,
    shift: Tensor,
}

impl Block {
    pub(super) fn new(config: &TransformerConfig, weights: &VarBuilder<'_>) -> Result<Self> {
        let size = config.size();
        let text_norm = if config.cross_attn_norm {
            Some(TextNorm {
                scale: in_f32(weights, &[size], "norm2.weight")?,
                shift: in_f32(weights, &[size], "norm2.bias")?,
            })
        } else {
            None
        };
        Ok(Self {
            table: in_f32(weights, &[1, 6, size], "scale_shift_table")?.squeeze(0)?,
            self_attention: Attention::new(config, &weights.pp("attn1"))?,
            text_norm,
            cross_attention: Attention::new(config, &weights.pp("attn2"))?,
            widen: linear(size, config.ffn_dim, &weights.pp("ffn.net.0.proj"))?,
            narrow: linear(config.ffn_dim, size, &weights.pp("ffn.net.2"))?,
            epsilon: config.eps,
        })
    }

    /// `hidden` is (tokens, size), `text` is (tokens of the text, size), `modulation` is (6, size).
    ///
    /// # Errors
    ///
    /// When shapes do not fit, or the device fails.
    pub fn forward(
        &self,
        hidden: &Tensor,
        text: &Tensor,
        modulation: &Tensor,
        rotation: &Rotation,
    ) -> Result<Tensor> {
        let table = (&self.table + modulation)?;
        let part = |first: usize| -> Result<(Modulation, Tensor)> {
            let modulation = Modulation {
                shift: table.i(first)?,
                scale: table.i(first + 1)?,
            };
            Ok((modulation, table.i(first + 2)?))
        };

        let (modulation, gate) = part(0)?;
        let normed = modulation.norm(hidden, self.epsilon)?;
        let after = gated(hidden, &gate);
        let hidden = self
            .self_attention
            .self_attention(&normed, rotation, after)?;

        let normed = match &self.text_norm {
            Some(norm) => norm.forward(&hidden, self.epsilon)?,
            None => hidden.clone(),
        };
        let after = After {
            residual: Some(&hidden),
            ..After::default()
        };
        let hidden = self.cross_attention.cross_attention(&normed, text, after)?;

        let (modulation, gate) = part(3)?;
        let normed = modulation.norm(&hidden, self.epsilon)?;
        let after = After {
            activation: RowActivation::GeluTanh,
            ..After::default()
        };
        let wide = rows::linear(&self.widen, &normed, after)?;
        rows::linear(&self.narrow, &wide, gated(&hidden, &gate))
    }
}

impl TextNorm {
    fn forward(&self, hidden: &Tensor, epsilon: f64) -> Result<Tensor> {
        layer_norm(hidden, &self.scale, &self.shift, epsilon)
    }
}

/// A branch is added as far as its gate lets it through, in `f32`.
const fn gated<'a>(hidden: &'a Tensor, gate: &'a Tensor) -> After<'a> {
    After {
        activation: RowActivation::Keep,
        gate: Some(gate),
        residual: Some(hidden),
    }
}
