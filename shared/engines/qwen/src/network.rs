//! The network: tokens in, a number for each possible next token out.

use candle_core::{DType, Module, Tensor};
use ourvidz_engine_base::weights::{RequiredTensors, Shapes};
use ourvidz_engine_base::{Error, Result};

use crate::layer::{Norm, QwenLayer};
use crate::linear::Linear;
use crate::rotary::Rotary;
use crate::{QwenConfig, QwenWeights};

/// Qwen2, with the keys and values of what it has read.
#[derive(Debug)]
pub struct QwenNetwork {
    table: Tensor,
    layers: Vec<QwenLayer>,
    norm: Norm,
    head: Linear,
    rotary: Rotary,
    precision: DType,
    positions: usize,
    read: usize,
}

impl QwenNetwork {
    /// Loads a network that reads up to `positions` tokens.
    ///
    /// # Errors
    ///
    /// When a tensor is missing or of another shape.
    pub fn new(config: &QwenConfig, source: &QwenWeights, positions: usize) -> Result<Self> {
        let (tokens, hidden) = (config.vocab_size, config.hidden_size);
        let table = source.table("model.embed_tokens.weight", tokens, hidden)?;
        let layers: Result<Vec<QwenLayer>> = (0..config.num_hidden_layers)
            .map(|number| QwenLayer::new(config, source, number))
            .collect();
        let head = if config.tie_word_embeddings {
            Linear::whole(table.clone(), None)
        } else {
            source.linear("lm_head", hidden, tokens, false)?
        };
        let precision = source.precision();
        Ok(Self {
            table,
            layers: layers?,
            norm: Norm::new(config, source, "model.norm")?,
            head,
            rotary: Rotary::new(config, positions, precision, source.device())?,
            precision,
            positions,
            read: 0,
        })
    }

    /// Names and shapes of all weights of a configuration.
    ///
    /// # Errors
    ///
    /// When its sizes do not fit each other.
    pub fn shapes(config: &QwenConfig) -> Result<Shapes> {
        RequiredTensors::by(|builder| Self::new(config, &QwenWeights::Whole(builder), 1))
    }

    /// Tokens that it has read since the start.
    #[must_use]
    pub const fn read(&self) -> usize {
        self.read
    }

    /// Clears keys and values.
    pub fn clear(&mut self) {
        self.layers.iter_mut().for_each(QwenLayer::clear);
        self.read = 0;
    }

    /// Reads on, and gives the numbers for what follows each of `tokens`: (tokens, vocabulary) in `f32`.
    ///
    /// # Errors
    ///
    /// When there is no position left, or the device fails.
    pub fn logits(&mut self, tokens: &[u32]) -> Result<Tensor> {
        let hidden = self.hidden(tokens)?;
        Ok(self.head.forward(&hidden)?.to_dtype(DType::F32)?)
    }

    /// As [`Self::logits`], for what follows the last of them only.
    ///
    /// # Errors
    ///
    /// As [`Self::logits`].
    pub fn next(&mut self, tokens: &[u32]) -> Result<Vec<f32>> {
        let hidden = self.hidden(tokens)?;
        let last = hidden.narrow(0, hidden.dim(0)?.saturating_sub(1), 1)?;
        let logits = self.head.forward(&last)?.to_dtype(DType::F32)?;
        Ok(logits.squeeze(0)?.to_vec1()?)
    }

    fn hidden(&mut self, tokens: &[u32]) -> Result<Tensor> {
        let start = self.read;
        if tokens.is_empty() || start + tokens.len() > self.positions {
            return Err(Error::Request(format!(
                "{} tokens do not fit: there are {} positions",
                start + tokens.len(),
                self.positions
            )));
        }
        let ids = Tensor::new(tokens, self.table.device())?;
        let mut state = self.table.index_select(&ids, 0)?.to_dtype(self.precision)?;
        let mask = self.mask(start, tokens.len())?;
        for layer in &mut self.layers {
            state = layer.forward(&state, &self.rotary, start, mask.as_ref())?;
        }
        self.read += tokens.len();
        self.norm.of(&state)
    }

    /// Each token sees itself and everything before it. One alone sees everything: it needs no mask.
    fn mask(&self, start: usize, count: usize) -> Result<Option<Tensor>> {
        if count == 1 {
            return Ok(None);
        }
        let seen = start + count;
        let numbers: Vec<f32> = (start..seen)
            .flat_map(|row| {
                (0..seen).map(move |column| if column > row { f32::NEG_INFINITY } else { 0.0 })
            })
            .collect();
        Ok(Some(Tensor::from_vec(
            numbers,
            (count, seen),
            self.table.device(),
        )?))
    }
}
