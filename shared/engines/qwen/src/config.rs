//! The sizes of a model.

use std::path::Path;

use candle_core::quantized::gguf_file::{Content, Value};
use ourvidz_engine_base::config::read_json;
use ourvidz_engine_base::{Error, Result};
use serde::Deserialize;

/// The sizes of a Qwen2, in the words of its `config.json`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct QwenConfig {
    pub vocab_size: usize,
    /// Numbers per token between the layers.
    pub hidden_size: usize,
    /// Numbers per token within the feed-forward network.
    pub intermediate_size: usize,
    pub num_hidden_layers: usize,
    /// Heads that ask.
    pub num_attention_heads: usize,
    /// Heads that are asked: each serves several of those that ask.
    pub num_key_value_heads: usize,
    /// Keeps the norm from dividing by zero.
    pub rms_norm_eps: f64,
    /// The slowest rotation.
    pub rope_theta: f64,
    /// Tokens that it was trained for.
    pub max_position_embeddings: usize,
    /// Whether the output matrix is the table of tokens.
    #[serde(default)]
    pub tie_word_embeddings: bool,
}

/// What decides whether the rest can be understood.
#[derive(Deserialize)]
struct Kind {
    model_type: String,
    #[serde(default)]
    rope_scaling: Option<serde_json::Value>,
}

/// Qwen2.5-7B-Instruct as published, for comparing names and shapes without a file.
#[must_use]
pub const fn published_7b() -> QwenConfig {
    QwenConfig {
        vocab_size: 152_064,
        hidden_size: 3_584,
        intermediate_size: 18_944,
        num_hidden_layers: 28,
        num_attention_heads: 28,
        num_key_value_heads: 4,
        rms_norm_eps: 1e-6,
        rope_theta: 1e6,
        max_position_embeddings: 32_768,
        tie_word_embeddings: false,
    }
}

impl QwenConfig {
    /// Reads a `config.json`.
    ///
    /// # Errors
    ///
    /// When it is missing, or of another model.
    pub fn read(path: &Path) -> Result<Self> {
        let kind: Kind = read_json(path)?;
        if kind.model_type != "qwen2" {
            return Err(Error::file(
                path,
                format!("model_type {:?} instead of \"qwen2\"", kind.model_type),
            ));
        }
        if kind.rope_scaling.is_some_and(|scaling| !scaling.is_null()) {
            return Err(Error::file(
                path,
                "rope_scaling is not supported: remove it, prompts are short",
            ));
        }
        read_json::<Self>(path)?.checked(path)
    }

    /// Reads the head of a GGUF file.
    ///
    /// # Errors
    ///
    /// When a size is missing, or the file is of another model.
    pub fn of_gguf(path: &Path, content: &Content) -> Result<Self> {
        let value = |name: &str| {
            content
                .metadata
                .get(name)
                .ok_or_else(|| Error::file(path, format!("{name} is missing in its head")))
        };
        let architecture = value("general.architecture")?.to_string()?;
        if architecture != "qwen2" {
            return Err(Error::file(
                path,
                format!("it holds a {architecture:?}, not a \"qwen2\""),
            ));
        }
        let size = |name: &str| -> Result<usize> {
            let number = value(&format!("qwen2.{name}"))?.to_u32()?;
            usize::try_from(number).map_err(|_| Error::file(path, format!("{name} is too large")))
        };
        let real = |name: &str| -> Result<f64> {
            Ok(f64::from(value(&format!("qwen2.{name}"))?.to_f32()?))
        };
        let tokens = content
            .metadata
            .get("tokenizer.ggml.tokens")
            .map(Value::to_vec);
        let vocab_size = match (tokens, content.tensor_infos.get("token_embd.weight")) {
            (_, Some(table)) => table.shape.dims().first().copied().unwrap_or_default(),
            (Some(tokens), None) => tokens?.len(),
            (None, None) => 0,
        };
        Self {
            vocab_size,
            hidden_size: size("embedding_length")?,
            intermediate_size: size("feed_forward_length")?,
            num_hidden_layers: size("block_count")?,
            num_attention_heads: size("attention.head_count")?,
            num_key_value_heads: size("attention.head_count_kv")?,
            rms_norm_eps: real("attention.layer_norm_rms_epsilon")?,
            rope_theta: real("rope.freq_base")?,
            max_position_embeddings: size("context_length")?,
            tie_word_embeddings: !content.tensor_infos.contains_key("output.weight"),
        }
        .checked(path)
    }

    #[must_use]
    pub const fn head_size(&self) -> usize {
        self.hidden_size / self.num_attention_heads
    }

    /// Sizes that divide as the code divides them.
    fn checked(self, path: &Path) -> Result<Self> {
        let heads_fit = self.num_attention_heads > 0
            && self.num_key_value_heads > 0
            && self.hidden_size.is_multiple_of(self.num_attention_heads)
            && self
                .num_attention_heads
                .is_multiple_of(self.num_key_value_heads)
            && self.head_size().is_multiple_of(2);
        if heads_fit && self.vocab_size > 0 && self.max_position_embeddings > 0 {
            Ok(self)
        } else {
            Err(Error::file(path, "its sizes do not fit each other"))
        }
    }
}
