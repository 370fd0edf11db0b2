//! One layer: attention over all tokens so far, then a network for each token alone.

use candle_core::{Module, Tensor};
use candle_nn::kv_cache::KvCache;
use candle_nn::ops::rms_norm;
use ourvidz_engine_base::Result;
use ourvidz_engine_base::attention::attention;

use crate::linear::Linear;
use crate::rotary::Rotary;
use crate::{QwenConfig, QwenWeights};

/// Tokens that the kept keys and values grow by.
const CACHE_STEP: usize = 512;

/// A scale per number, after the root mean square is one.
#[derive(Debug)]
pub struct Norm {
    weight: Tensor,
    least: f32,
}

impl Norm {
    pub fn new(config: &QwenConfig, source: &QwenWeights, prefix: &str) -> Result<Self> {
        Ok(Self {
            weight: source.vector(&format!("{prefix}.weight"), config.hidden_size)?,
            least: config.rms_norm_eps as f32,
        })
    }

    pub fn of(&self, input: &Tensor) -> Result<Tensor> {
        Ok(rms_norm(&input.contiguous()?, &self.weight, self.least)?)
    }
}

#[derive(Debug)]
pub struct QwenLayer {
    before_attention: Norm,
    query: Linear,
    key: Linear,
    value: Linear,
    out: Linear,
    before_feed_forward: Norm,
    gate: Linear,
    up: Linear,
    down: Linear,
    seen: KvCache,
    heads: usize,
    key_heads: usize,
    head_size: usize,
}

impl QwenLayer {
    pub fn new(config: &QwenConfig, source: &QwenWeights, number: usize) -> Result<Self> {
        let hidden = config.hidden_size;
        let key_size = config.num_key_value_heads * config.head_size();
        let prefix = |part: &str| format!("model.layers.{number}.{part}");
        let attend = |part: &str, outputs| {
            source.linear(&prefix(&format!("self_attn.{part}")), hidden, outputs, true)
        };
        let feed = |part: &str, inputs, outputs| {
            source.linear(&prefix(&format!("mlp.{part}")), inputs, outputs, false)
        };
        Ok(Self {
            before_attention: Norm::new(config, source, &prefix("input_layernorm"))?,
            query: attend("q_proj", hidden)?,
            key: attend("k_proj", key_size)?,
            value: attend("v_proj", key_size)?,
            out: source.linear(&prefix("self_attn.o_proj"), hidden, hidden, false)?,
            before_feed_forward: Norm::new(config, source, &prefix("post_attention_layernorm"))?,
            gate: feed("gate_proj", hidden, config.intermediate_size)?,
            up: feed("up_proj", hidden, config.intermediate_size)?,
            down: feed("down_proj", config.intermediate_size, hidden)?,
            seen: KvCache::new(2, CACHE_STEP),
            heads: config.num_attention_heads,
            key_heads: config.num_key_value_heads,
            head_size: config.head_size(),
        })
    }

    /// (tokens, hidden) to the same; `start` tokens were there before.
    pub fn forward(
        &mut self,
        input: &Tensor,
        rotary: &Rotary,
        start: usize,
        mask: Option<&Tensor>,
    ) -> Result<Tensor> {
        let attended = self.attend(&self.before_attention.of(input)?, rotary, start, mask)?;
        let input = (input + attended)?;
        let normed = self.before_feed_forward.of(&input)?;
        let opened = self.gate.forward(&normed)?.silu()?;
        let fed = (opened * self.up.forward(&normed)?)?;
        Ok((input + self.down.forward(&fed)?)?)
    }

    fn attend(
        &mut self,
        input: &Tensor,
        rotary: &Rotary,
        start: usize,
        mask: Option<&Tensor>,
    ) -> Result<Tensor> {
        let tokens = input.dim(0)?;
        let split = |projected: Tensor, heads: usize| {
            projected
                .reshape((1, tokens, heads, self.head_size))?
                .transpose(1, 2)
        };
        let query = rotary.rotate(&split(self.query.forward(input)?, self.heads)?, start)?;
        let key = rotary.rotate(&split(self.key.forward(input)?, self.key_heads)?, start)?;
        let value = split(self.value.forward(input)?, self.key_heads)?.contiguous()?;
        let (keys, values) = self.seen.append(&key, &value)?;

        let scale = (self.head_size as f64).powf(-0.5);
        let mixed = attention(
            &query,
            &self.shared(&keys)?,
            &self.shared(&values)?,
            scale,
            mask,
        )?;
        let joined = mixed
            .transpose(1, 2)?
            .reshape((tokens, self.heads * self.head_size))?;
        Ok(self.out.forward(&joined)?)
    }

    /// (1, key heads, tokens, size) to (1, heads, tokens, size): neighbouring heads ask the same keys.
    fn shared(&self, kept: &Tensor) -> Result<Tensor> {
        let times = self.heads / self.key_heads;
        let (one, key_heads, tokens, size) = kept.dims4()?;
        Ok(kept
            .unsqueeze(2)?
            .expand((one, key_heads, times, tokens, size))?
            .reshape((one, self.heads, tokens, size))?)
    }

    pub fn clear(&mut self) {
        self.seen = KvCache::new(2, CACHE_STEP);
    }
}
