//! From a conversation to an answer.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device};
use ourvidz_engine_base::config::read_json;
use ourvidz_engine_base::progress::proceed;
use ourvidz_engine_base::weights::{Weights, WeightsReport};
use ourvidz_engine_base::{Error, Result};
use serde::Deserialize;
use tokenizers::Tokenizer;

use crate::stop::StopWords;
use crate::{QwenConfig, QwenMessage, QwenNetwork, QwenWeights, Sampling, TokenSampler, render};

/// The most tokens of a conversation and its answer: prompts are short, and what is kept for each token takes
/// 56 KB in a 7B model at `bf16`.
pub const LONGEST_CONTEXT: usize = 8_192;

/// Tokens that are read at once: enough to keep a GPU busy, and few enough that a caller who has left is
/// noticed soon on a processor too.
const READ_AT_ONCE: usize = 256;

/// What ends a turn, and what ends a text.
const END_MARKS: [&str; 2] = ["<|im_end|>", "<|endoftext|>"];

#[derive(Debug, Clone, PartialEq)]
pub struct QwenRequest {
    /// The conversation; the last turn is the one to answer.
    pub messages: Vec<QwenMessage>,
    /// How the answer is chosen.
    pub sampling: Sampling,
    pub max_tokens: usize,
    /// Words that end the answer, and are not part of it.
    pub stop: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// It was complete, or met a stop word.
    Stop,
    /// It was as long as allowed.
    Length,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    pub text: String,
    pub prompt_tokens: usize,
    pub completion_tokens: usize,
    pub finish: Finish,
}

/// Where and how to load.
#[derive(Debug, Clone)]
pub struct Options {
    /// A folder in the published layout, or a GGUF file.
    pub weights: PathBuf,
    /// The precision of whole weights; quantised ones have their own.
    pub precision: DType,
    pub device: Device,
}

pub struct Qwen {
    network: QwenNetwork,
    tokenizer: Tokenizer,
    ends: Vec<u32>,
    positions: usize,
}

#[derive(Deserialize)]
struct Generation {
    #[serde(default)]
    eos_token_id: Ends,
}

/// One number or several, as publishers like.
#[derive(Deserialize, Default)]
#[serde(untagged)]
enum Ends {
    #[default]
    None,
    One(u32),
    Many(Vec<u32>),
}

fn is_gguf(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("gguf"))
}

/// What the weights take in memory, the keys and values of the longest conversation among them. Nothing is
/// loaded.
///
/// # Errors
///
/// When the configuration or the file is missing or of another model.
pub fn bytes(options: &Options) -> Result<u64> {
    let path = &options.weights;
    let (config, weights, size) = if is_gguf(path) {
        let length = std::fs::metadata(path)
            .map_err(|cause| Error::file(path, cause))?
            .len();
        let (config, _) = open_gguf(path, &Device::Cpu)?;
        // The table of tokens is unpacked to two bytes a number; the rest stays as it is in the file.
        let table = 2 * config.vocab_size * config.hidden_size;
        (config, length + table as u64, DType::F32.size_in_bytes())
    } else {
        let config = QwenConfig::read(&path.join("config.json"))?;
        let numbers: usize = QwenNetwork::shapes(&config)?
            .values()
            .map(|shape| shape.iter().product::<usize>())
            .sum();
        let size = options.precision.size_in_bytes();
        (config, (numbers * size) as u64, size)
    };
    let positions = config.max_position_embeddings.min(LONGEST_CONTEXT);
    let key_size = config.num_key_value_heads * config.head_size();
    let kept = 2 * config.num_hidden_layers * key_size * positions * size;
    Ok(weights + kept as u64)
}

/// Whether the files hold what the model wants, without loading it. GGUF files are compared when they are
/// loaded.
///
/// # Errors
///
/// When a file is missing or of another model.
pub fn examine(options: &Options) -> Result<Option<WeightsReport>> {
    let path = &options.weights;
    let folder = if is_gguf(path) {
        folder_of(path)
    } else {
        path.clone()
    };
    let tokenizer = folder.join("tokenizer.json");
    Tokenizer::from_file(&tokenizer).map_err(|cause| Error::file(&tokenizer, cause))?;
    if is_gguf(path) {
        open_gguf(path, &Device::Cpu)?;
        return Ok(None);
    }
    let config = QwenConfig::read(&path.join("config.json"))?;
    let weights = Weights::in_folder(path, "model")?;
    Ok(Some(WeightsReport::new(
        &QwenNetwork::shapes(&config)?,
        weights.listing(),
    )))
}

fn folder_of(file: &Path) -> PathBuf {
    file.parent().unwrap_or(Path::new(".")).to_owned()
}

fn open_gguf(path: &Path, device: &Device) -> Result<(QwenConfig, QwenWeights)> {
    let source = QwenWeights::open_gguf(path, device)?;
    let QwenWeights::Quantised { content, .. } = &source else {
        return Err(Error::file(path, "it is not quantised"));
    };
    Ok((QwenConfig::of_gguf(path, content)?, source))
}

impl Qwen {
    /// Loads a model.
    ///
    /// # Errors
    ///
    /// When a file is missing or of another model, or memory does not suffice.
    pub fn load(options: &Options) -> Result<Self> {
        let path = &options.weights;
        let (folder, config, source) = if is_gguf(path) {
            let (config, source) = open_gguf(path, &options.device)?;
            (folder_of(path), config, source)
        } else {
            let config = QwenConfig::read(&path.join("config.json"))?;
            let weights = Weights::in_folder(path, "model")?;
            let report = WeightsReport::new(&QwenNetwork::shapes(&config)?, weights.listing());
            if !report.fits() {
                return Err(Error::file(path, report));
            }
            let source = QwenWeights::Whole(weights.builder(options.precision, &options.device));
            (path.clone(), config, source)
        };
        let tokenizer_file = folder.join("tokenizer.json");
        let tokenizer = Tokenizer::from_file(&tokenizer_file)
            .map_err(|cause| Error::file(&tokenizer_file, cause))?;
        let positions = config.max_position_embeddings.min(LONGEST_CONTEXT);
        Ok(Self {
            network: QwenNetwork::new(&config, &source, positions)?,
            ends: ends(&folder, &tokenizer)?,
            tokenizer,
            positions,
        })
    }

    /// Tokens of a conversation and its answer together.
    #[must_use]
    pub const fn positions(&self) -> usize {
        self.positions
    }

    /// Tokens of a text.
    ///
    /// # Errors
    ///
    /// When the tokenizer fails.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>> {
        let encoded = self.tokenizer.encode_fast(text, false);
        let encoded = encoded.map_err(|cause| Error::Request(cause.to_string()))?;
        Ok(encoded.get_ids().to_vec())
    }

    /// Answers. `say` gets each piece of text as soon as it is certain, and an empty one while the
    /// conversation is read; it ends the work by [`ControlFlow::Break`].
    ///
    /// # Errors
    ///
    /// [`Error::Request`] when the conversation is too long, [`Error::Stopped`] when `say` ended it.
    pub fn answer(
        &mut self,
        request: &QwenRequest,
        say: &mut dyn FnMut(&str) -> ControlFlow<()>,
    ) -> Result<Completion> {
        // Whatever ended the last answer, nothing of it is left.
        self.network.clear();
        let prompt = self.encode(&render(&request.messages))?;
        let room = self.positions.saturating_sub(prompt.len());
        if room == 0 {
            return Err(Error::Request(format!(
                "the conversation has {} tokens and {} fit",
                prompt.len(),
                self.positions.saturating_sub(1)
            )));
        }
        let longest = request.max_tokens.min(room);
        let mut logits = Vec::new();
        for part in prompt.chunks(READ_AT_ONCE) {
            proceed(say(""))?;
            logits = self.network.next(part)?;
        }

        let mut sampler = TokenSampler::new(request.sampling);
        let mut decoder = self.tokenizer.decode_stream(true);
        let mut stop = StopWords::new(&request.stop);
        let mut text = String::new();
        let mut count = 0;
        let mut finish = Finish::Length;
        while count < longest {
            let token = sampler.choose(&logits).ok_or_else(|| {
                Error::Tensor(candle_core::Error::msg("the model's numbers overflowed"))
            })?;
            count += 1;
            if self.ends.contains(&token) {
                finish = Finish::Stop;
                break;
            }
            let piece = decoder.step(token);
            let piece = piece.map_err(|cause| Error::Request(cause.to_string()))?;
            let (shown, ended) = stop.push(&piece.unwrap_or_default());
            proceed(say(&shown))?;
            text.push_str(&shown);
            if ended {
                finish = Finish::Stop;
                break;
            }
            if count < longest {
                logits = self.network.next(&[token])?;
            }
        }
        // After a stop word nothing is held back any more.
        let rest = stop.rest();
        proceed(say(&rest))?;
        text.push_str(&rest);
        Ok(Completion {
            text,
            prompt_tokens: prompt.len(),
            completion_tokens: count,
            finish,
        })
    }
}

/// The tokens that end an answer: those that the publisher names, and the marks of the template.
fn ends(folder: &Path, tokenizer: &Tokenizer) -> Result<Vec<u32>> {
    let mut ends: Vec<u32> = END_MARKS
        .iter()
        .filter_map(|mark| tokenizer.token_to_id(mark))
        .collect();
    let generation_config = folder.join("generation_config.json");
    if generation_config.is_file() {
        match read_json::<Generation>(&generation_config)?.eos_token_id {
            Ends::None => {}
            Ends::One(end) => ends.push(end),
            Ends::Many(many) => ends.extend(many),
        }
    }
    if ends.is_empty() {
        return Err(Error::file(
            folder.join("tokenizer.json"),
            format!("it has none of {}", END_MARKS.join(" and ")),
        ));
    }
    Ok(ends)
}
