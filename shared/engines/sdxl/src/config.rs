//! What the `config.json` files say, as far as it matters here.
//!
//! The defaults are those of the published SDXL 1.0: a single checkpoint file carries no configuration, and all
//! that are called SDXL have this one.

use ourvidz_engine_base::{Error, Result};
use serde::Deserialize;

/// The function between the two layers of a text encoder's blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// `x * sigmoid(1.702 x)`.
    QuickGelu,
    /// The exact one, with the error function; not the approximation with tanh.
    Gelu,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ClipTextConfig {
    /// Size of a token's vector.
    pub hidden_size: usize,
    /// Size between the two layers of a block.
    pub intermediate_size: usize,
    pub num_hidden_layers: usize,
    pub num_attention_heads: usize,
    pub vocab_size: usize,
    /// Tokens that it reads at once.
    #[serde(default = "default_positions")]
    pub max_position_embeddings: usize,
    pub hidden_act: Activation,
    /// What keeps a norm from dividing by zero.
    #[serde(default = "default_layer_norm_eps")]
    pub layer_norm_eps: f64,
    /// Size of the text's one vector, of the encoder that has one.
    #[serde(default)]
    pub projection_dim: usize,
}

const fn default_positions() -> usize {
    crate::tokens::ROW
}

const fn default_layer_norm_eps() -> f64 {
    1e-5
}

impl ClipTextConfig {
    /// The first encoder of SDXL: CLIP ViT-L.
    #[must_use]
    pub const fn small() -> Self {
        Self {
            hidden_size: 768,
            intermediate_size: 3072,
            num_hidden_layers: 12,
            num_attention_heads: 12,
            vocab_size: 49_408,
            max_position_embeddings: default_positions(),
            hidden_act: Activation::QuickGelu,
            layer_norm_eps: default_layer_norm_eps(),
            projection_dim: 768,
        }
    }

    /// The second encoder of SDXL: OpenCLIP ViT-bigG.
    #[must_use]
    pub const fn big() -> Self {
        Self {
            hidden_size: 1280,
            intermediate_size: 5120,
            num_hidden_layers: 32,
            num_attention_heads: 20,
            hidden_act: Activation::Gelu,
            projection_dim: 1280,
            ..Self::small()
        }
    }

    pub(crate) fn check(&self) -> Result<()> {
        require(
            self.num_hidden_layers > 1
                && self.num_attention_heads > 0
                && self.hidden_size.is_multiple_of(self.num_attention_heads)
                && self.max_position_embeddings >= crate::tokens::ROW,
            "the text encoder's sizes do not go together",
        )
    }
}

/// One number for all levels, or one for each.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum PerLevel {
    Same(usize),
    /// From the finest level to the coarsest.
    Each(Vec<usize>),
}

impl PerLevel {
    /// The number of a level.
    pub(crate) fn get(&self, level: usize) -> usize {
        match self {
            Self::Same(number) => *number,
            Self::Each(numbers) => numbers.get(level).copied().unwrap_or_default(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct UnetConfig {
    /// Channels of a latent picture.
    pub in_channels: usize,
    /// Channels of what it predicts.
    pub out_channels: usize,
    /// Channels of each level, from the finest to the coarsest.
    pub block_out_channels: Vec<usize>,
    /// The kind of each level on the way down.
    pub down_block_types: Vec<String>,
    /// The kind of each level on the way up, from the coarsest to the finest.
    pub up_block_types: Vec<String>,
    /// Residual blocks of a level on the way down; one more on the way up.
    pub layers_per_block: usize,
    /// Transformer blocks of each layer with attention.
    pub transformer_layers_per_block: PerLevel,
    /// Heads of attention: the name is a mistake that became part of the format.
    pub attention_head_dim: PerLevel,
    /// Size of the text's vectors.
    pub cross_attention_dim: usize,
    /// `text_time` for SDXL.
    pub addition_embed_type: Option<String>,
    /// Size of each size's embedding.
    #[serde(default)]
    pub addition_time_embed_dim: Option<usize>,
    /// Size of the text's one vector and the six sizes' embeddings.
    #[serde(default)]
    pub projection_class_embeddings_input_dim: Option<usize>,
    pub norm_num_groups: usize,
    /// What keeps a norm from dividing by zero.
    pub norm_eps: f64,
    /// Whether attention is entered and left by matrices; convolutions in older models.
    pub use_linear_projection: bool,
}

const PLAIN_DOWN: &str = "DownBlock2D";
const TEXT_DOWN: &str = "CrossAttnDownBlock2D";
const PLAIN_UP: &str = "UpBlock2D";
const TEXT_UP: &str = "CrossAttnUpBlock2D";

/// Numbers that condition the model on the size: original, crop and target, two each.
pub const SIZE_NUMBERS: usize = 6;

impl UnetConfig {
    /// The UNet of SDXL 1.0.
    #[must_use]
    pub fn full_size() -> Self {
        let kinds = |names: [&str; 3]| names.map(str::to_owned).to_vec();
        Self {
            in_channels: 4,
            out_channels: 4,
            block_out_channels: vec![320, 640, 1280],
            down_block_types: kinds([PLAIN_DOWN, TEXT_DOWN, TEXT_DOWN]),
            up_block_types: kinds([TEXT_UP, TEXT_UP, PLAIN_UP]),
            layers_per_block: 2,
            transformer_layers_per_block: PerLevel::Each(vec![1, 2, 10]),
            attention_head_dim: PerLevel::Each(vec![5, 10, 20]),
            cross_attention_dim: 2048,
            addition_embed_type: Some("text_time".to_owned()),
            addition_time_embed_dim: Some(256),
            projection_class_embeddings_input_dim: Some(2816),
            norm_num_groups: 32,
            norm_eps: 1e-5,
            use_linear_projection: true,
        }
    }

    /// Whether a level on the way down has cross-attention to the text.
    pub(crate) fn has_attention_down(&self, level: usize) -> bool {
        self.down_block_types
            .get(level)
            .is_some_and(|kind| kind == TEXT_DOWN)
    }

    /// Whether a level on the way up has cross-attention to the text; levels count from the coarsest.
    pub(crate) fn has_attention_up(&self, level: usize) -> bool {
        self.up_block_types
            .get(level)
            .is_some_and(|kind| kind == TEXT_UP)
    }

    /// Transformer blocks at a level.
    pub(crate) fn depth(&self, level: usize) -> usize {
        self.transformer_layers_per_block.get(level)
    }

    pub(crate) fn check(&self) -> Result<()> {
        let levels = self.block_out_channels.len();
        require(
            self.in_channels == 4 && self.out_channels == 4,
            "a model for inpainting or editing is not an SDXL that makes pictures of text",
        )?;
        require(
            self.addition_embed_type.as_deref() == Some("text_time")
                && self.addition_time_embed_dim.is_some()
                && self.projection_class_embeddings_input_dim.is_some(),
            "the UNet is not conditioned on the picture's size, so it is not an SDXL",
        )?;
        require(
            self.use_linear_projection,
            "the UNet's attention is entered by convolutions",
        )?;
        require(
            levels > 0
                && self.down_block_types.len() == levels
                && self.up_block_types.len() == levels
                && self.layers_per_block > 0,
            "the UNet's levels do not go together",
        )?;
        let known = [PLAIN_DOWN, TEXT_DOWN, PLAIN_UP, TEXT_UP];
        let mut kinds = self.down_block_types.iter().chain(&self.up_block_types);
        match kinds.find(|kind| !known.contains(&kind.as_str())) {
            Some(kind) => Err(Error::Unsupported(format!("the UNet has a {kind}"))),
            None => Ok(()),
        }?;
        let fits = self
            .block_out_channels
            .iter()
            .enumerate()
            .all(|(level, channels)| {
                let heads = self.attention_head_dim.get(level);
                self.norm_num_groups > 0
                    && channels.is_multiple_of(self.norm_num_groups)
                    && heads > 0
                    && channels.is_multiple_of(heads)
                    && self.depth(level) > 0
            });
        require(
            fits,
            "the UNet's channels do not go together with heads and groups",
        )
    }
}

/// The decoder to pixels and the encoder from them.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct SdxlVaeConfig {
    /// Channels of each level, from the finest to the coarsest.
    pub block_out_channels: Vec<usize>,
    /// Residual blocks of a level of the encoder; one more in the decoder.
    pub layers_per_block: usize,
    /// Channels of a latent picture.
    pub latent_channels: usize,
    pub norm_num_groups: usize,
    /// What latent pictures are multiplied by, so that they deviate by 1.
    pub scaling_factor: f64,
    /// Other models shift their latent pictures, too.
    #[serde(default)]
    pub latents_mean: Option<Vec<f64>>,
}

impl SdxlVaeConfig {
    /// The VAE of SDXL 1.0.
    #[must_use]
    pub fn full_size() -> Self {
        Self {
            block_out_channels: vec![128, 256, 512, 512],
            layers_per_block: 2,
            latent_channels: 4,
            norm_num_groups: 32,
            scaling_factor: 0.13025,
            latents_mean: None,
        }
    }

    /// Pixels along each side of a latent.
    #[must_use]
    pub fn pixels_per_latent(&self) -> usize {
        1 << self.block_out_channels.len().saturating_sub(1)
    }

    pub(crate) fn check(&self) -> Result<()> {
        require(
            !self.block_out_channels.is_empty()
                && self.norm_num_groups > 0
                && self.layers_per_block > 0
                && self.latents_mean.is_none()
                && self.scaling_factor > 0.0,
            "the VAE is not one of SDXL",
        )
    }
}

pub(crate) fn require(holds: bool, otherwise: &str) -> Result<()> {
    if holds {
        Ok(())
    } else {
        Err(Error::Unsupported(otherwise.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_sizes_go_together() {
        ClipTextConfig::small().check().unwrap();
        ClipTextConfig::big().check().unwrap();
        UnetConfig::full_size().check().unwrap();
        SdxlVaeConfig::full_size().check().unwrap();
        assert_eq!(SdxlVaeConfig::full_size().pixels_per_latent(), 8);
    }

    #[test]
    fn another_model_is_refused_in_words() {
        let refused = |change: fn(&mut UnetConfig)| {
            let mut config = UnetConfig::full_size();
            change(&mut config);
            config.check().unwrap_err().to_string()
        };
        assert!(refused(|config| config.in_channels = 9).contains("inpainting"));
        assert!(refused(|config| config.addition_embed_type = None).contains("not an SDXL"));
        assert!(refused(|config| config.use_linear_projection = false).contains("convolutions"));
        assert!(
            refused(|config| config.up_block_types[0] = "AttnUpBlock2D".to_owned())
                .contains("AttnUpBlock2D")
        );
        assert!(refused(|config| config.norm_num_groups = 7).contains("groups"));
        assert!(refused(|config| config.block_out_channels.clear()).contains("levels"));
    }
}
