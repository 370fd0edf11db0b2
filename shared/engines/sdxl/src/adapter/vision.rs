//! The encoder of pictures: CLIP's transformer over the squares that a picture is cut into.

use candle_core::{DType, Device, Tensor};
use candle_nn::{
    Conv2d, Conv2dConfig, LayerNorm, Linear, Module, VarBuilder, conv2d_no_bias, layer_norm,
    linear_no_bias,
};
use ourvidz_engine_base::{Error, Result};
use serde::Deserialize;

use crate::config::Activation;
use crate::layers::{ClipBlock, ClipSizes};
use crate::picture::RgbImage;

/// Mean and deviation of red, green and blue among the pictures that CLIP was trained with.
const COLOURS: [(f32, f32); 3] = [
    (0.481_454_66, 0.268_629_54),
    (0.457_827_5, 0.261_302_6),
    (0.408_210_73, 0.275_777_1),
];

/// What the `config.json` of an encoder of pictures says. The defaults are those that its library leaves out
/// of the file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct VisionConfig {
    /// Size of a square's vector.
    pub hidden_size: usize,
    /// Size between the two layers of a block.
    pub intermediate_size: usize,
    pub num_hidden_layers: usize,
    pub num_attention_heads: usize,
    /// Pixels along a side of the picture.
    pub image_size: usize,
    /// Pixels along a side of one square.
    pub patch_size: usize,
    pub hidden_act: Activation,
    /// What keeps a norm from dividing by zero.
    pub layer_norm_eps: f64,
    /// Size of the picture's one vector.
    pub projection_dim: usize,
}

impl Default for VisionConfig {
    fn default() -> Self {
        Self {
            hidden_size: 768,
            intermediate_size: 3072,
            num_hidden_layers: 12,
            num_attention_heads: 12,
            image_size: 224,
            patch_size: 32,
            hidden_act: Activation::QuickGelu,
            layer_norm_eps: 1e-5,
            projection_dim: 512,
        }
    }
}

impl VisionConfig {
    pub(crate) fn check(&self) -> Result<()> {
        let fits = self.num_attention_heads > 0
            && self.hidden_size.is_multiple_of(self.num_attention_heads)
            && self.patch_size > 0
            && self.image_size >= self.patch_size;
        if fits {
            return Ok(());
        }
        Err(Error::Unsupported(
            "the image encoder's sizes do not go together".to_owned(),
        ))
    }

    const fn squares(&self) -> usize {
        let side = self.image_size / self.patch_size;
        side * side
    }
}

#[derive(Debug)]
pub struct ImageEncoder {
    side: usize,
    squares: Conv2d,
    whole: Tensor,
    positions: Tensor,
    enter_norm: LayerNorm,
    blocks: Vec<ClipBlock>,
    leave_norm: LayerNorm,
    projection: Linear,
    precision: DType,
}

impl ImageEncoder {
    /// Builds the encoder.
    ///
    /// # Errors
    ///
    /// When the configuration is unusable or the weights do not fit.
    pub fn new(config: &VisionConfig, weights: &VarBuilder<'_>) -> Result<Self> {
        config.check()?;
        let size = config.hidden_size;
        let model = weights.pp("vision_model");
        let embeddings = model.pp("embeddings");
        let layers = model.pp("encoder.layers");
        let norm = |name: &str| layer_norm(size, config.layer_norm_eps, model.pp(name));
        let cut = Conv2dConfig {
            stride: config.patch_size,
            ..Conv2dConfig::default()
        };
        let sizes = ClipSizes {
            size,
            between: config.intermediate_size,
            heads: config.num_attention_heads,
            eps: config.layer_norm_eps,
            activation: config.hidden_act,
        };
        Ok(Self {
            side: config.image_size,
            squares: conv2d_no_bias(
                3,
                size,
                config.patch_size,
                cut,
                embeddings.pp("patch_embedding"),
            )?,
            whole: embeddings
                .get(size, "class_embedding")?
                .reshape((1, 1, size))?,
            positions: embeddings.get((config.squares() + 1, size), "position_embedding.weight")?,
            // Published under this name.
            enter_norm: norm("pre_layrnorm")?,
            blocks: (0..config.num_hidden_layers)
                .map(|number| ClipBlock::new(sizes, &layers.pp(number)))
                .collect::<Result<_>>()?,
            leave_norm: norm("post_layernorm")?,
            projection: linear_no_bias(
                size,
                config.projection_dim,
                weights.pp("visual_projection"),
            )?,
            precision: weights.dtype(),
        })
    }

    /// The pixels that the encoder wants of a picture: the middle of it, a square, in CLIP's colours.
    ///
    /// # Errors
    ///
    /// When the device fails.
    pub fn pixels(&self, picture: &RgbImage, device: &Device) -> Result<Tensor> {
        let pixels = picture.filling(self.side, self.side).to_tensor(device)?;
        let of = |numbers: [f32; 3]| Tensor::from_slice(&numbers, (1, 3, 1, 1), device);
        let mean = of(COLOURS.map(|(mean, _)| mean))?;
        let deviation = of(COLOURS.map(|(_, deviation)| deviation))?;
        let from_black = ((pixels + 1.0)? / 2.0)?;
        Ok(from_black.broadcast_sub(&mean)?.broadcast_div(&deviation)?)
    }

    /// One vector (pictures, size) of each picture (pictures, 3, side, side).
    ///
    /// # Errors
    ///
    /// When the shape does not fit, or the device fails.
    pub fn encode(&self, pixels: &Tensor) -> Result<Tensor> {
        let squares = self
            .squares
            .forward(&pixels.to_dtype(self.precision)?)?
            .flatten_from(2)?
            .transpose(1, 2)?;
        let (pictures, _, size) = squares.dims3()?;
        let whole = self.whole.expand((pictures, 1, size))?;
        let placed = Tensor::cat(&[&whole, &squares], 1)?.broadcast_add(&self.positions)?;
        let mut state = self.enter_norm.forward(&placed)?;
        for block in &self.blocks {
            state = block.forward(&state, None)?;
        }
        let whole = state.narrow(1, 0, 1)?.squeeze(1)?.contiguous()?;
        Ok(self.projection.forward(&self.leave_norm.forward(&whole)?)?)
    }
}
