//! The text encoders: CLIP's transformer, twice, in two sizes.

use candle_core::{D, DType, Device, Tensor};
use candle_nn::{
    Embedding, LayerNorm, Linear, Module, VarBuilder, embedding, layer_norm, linear_no_bias,
};
use ourvidz_engine_base::attention::causal_mask;
use ourvidz_engine_base::{Error, Result};

use crate::config::ClipTextConfig;
use crate::layers::{ClipBlock, ClipSizes};
use crate::tokens::ROW;

#[derive(Debug)]
pub struct ClipTextEncoder {
    tokens: Embedding,
    positions: Tensor,
    blocks: Vec<ClipBlock>,
    mask: Tensor,
    pooling: Option<Pooling>,
}

/// What makes one vector of a text, in the encoder that does it.
#[derive(Debug)]
struct Pooling {
    norm: LayerNorm,
    projection: Linear,
}

/// What an encoder makes of rows of tokens.
#[derive(Debug)]
pub struct Encoded {
    /// A vector for each token of each row: (rows, 77, size). Taken before the last block, as SDXL was trained.
    pub hidden: Tensor,
    /// One vector for each row's text, of the encoder that has it.
    pub pooled: Option<Tensor>,
}

impl ClipTextEncoder {
    /// Builds an encoder; `is_pooled` for the second one, whose vector of the whole text is used.
    ///
    /// # Errors
    ///
    /// When the configuration is unusable or the weights do not fit.
    pub fn new(config: &ClipTextConfig, is_pooled: bool, weights: &VarBuilder<'_>) -> Result<Self> {
        config.check()?;
        let size = config.hidden_size;
        let model = weights.pp("text_model");
        let embeddings = model.pp("embeddings");
        let layers = model.pp("encoder.layers");
        let pooling = if is_pooled {
            Some(Pooling {
                norm: layer_norm(size, config.layer_norm_eps, model.pp("final_layer_norm"))?,
                projection: linear_no_bias(
                    size,
                    config.projection_dim,
                    weights.pp("text_projection"),
                )?,
            })
        } else {
            None
        };
        // Without pooling nobody asks for what the last block makes.
        let blocks = config.num_hidden_layers - usize::from(!is_pooled);
        let sizes = ClipSizes {
            size,
            between: config.intermediate_size,
            heads: config.num_attention_heads,
            eps: config.layer_norm_eps,
            activation: config.hidden_act,
        };
        let positions = embeddings.get(
            (config.max_position_embeddings, size),
            "position_embedding.weight",
        )?;
        Ok(Self {
            tokens: embedding(config.vocab_size, size, embeddings.pp("token_embedding"))?,
            positions: positions.narrow(0, 0, ROW)?,
            blocks: (0..blocks)
                .map(|number| ClipBlock::new(sizes, &layers.pp(number)))
                .collect::<Result<_>>()?,
            mask: causal_mask(ROW, weights.device())?,
            pooling,
        })
    }

    /// Encodes rows of tokens. `end` is the end token, at which a text's one vector is taken.
    ///
    /// # Errors
    ///
    /// When a token is not in the vocabulary, or the device fails.
    pub fn encode(&self, rows: &[[u32; ROW]], end: u32, device: &Device) -> Result<Encoded> {
        let tokens: Vec<u32> = rows.iter().flatten().copied().collect();
        let tokens = Tensor::from_vec(tokens, (rows.len(), ROW), device)?;
        let mut state = self
            .tokens
            .forward(&tokens)?
            .broadcast_add(&self.positions)?;
        let Some(pooling) = &self.pooling else {
            for block in &self.blocks {
                state = block.forward(&state, Some(&self.mask))?;
            }
            return Ok(Encoded {
                hidden: state,
                pooled: None,
            });
        };
        let mut hidden = state.clone();
        for block in &self.blocks {
            hidden = state;
            state = block.forward(&hidden, Some(&self.mask))?;
        }
        let last = pooling.norm.forward(&state)?;
        let ends = rows
            .iter()
            .enumerate()
            .map(|(row, tokens)| {
                let end_index = tokens.iter().position(|token| *token == end);
                last.get(row)?.narrow(0, end_index.unwrap_or(ROW - 1), 1)
            })
            .collect::<candle_core::Result<Vec<_>>>()?;
        let pooled = pooling.projection.forward(&Tensor::cat(&ends, 0)?)?;
        Ok(Encoded {
            hidden,
            pooled: Some(pooled),
        })
    }
}

/// What the UNet gets of a text: a vector for each token from both encoders, and one for the whole.
#[derive(Debug, Clone)]
pub struct PromptEmbeddings {
    /// (1, tokens, size).
    pub tokens: Tensor,
    /// (1, size).
    pub pooled: Tensor,
}

impl PromptEmbeddings {
    /// Puts together what the two encoders made of the same rows.
    ///
    /// # Errors
    ///
    /// When the second one gave no vector of the whole text, or the device fails.
    pub fn of(first: &Encoded, second: &Encoded, precision: DType) -> Result<Self> {
        let tokens = Tensor::cat(&[&first.hidden, &second.hidden], D::Minus1)?;
        let (rows, length, size) = tokens.dims3()?;
        let pooled = match &second.pooled {
            // Of a text of several rows the first one's, as it begins with what matters most.
            Some(pooled) => pooled.narrow(0, 0, 1)?,
            None => {
                return Err(Error::Unsupported(
                    "the second text encoder gives no vector of the whole text".to_owned(),
                ));
            }
        };
        Ok(Self {
            tokens: tokens
                .reshape((1, rows * length, size))?
                .to_dtype(precision)?,
            pooled: pooled.to_dtype(precision)?,
        })
    }
}
