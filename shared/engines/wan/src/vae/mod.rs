//! The causal VAE: a clip's frames to latents and back.
//!
//! Time runs one way: a frame depends on itself and on frames before it. So a clip is decoded latent frame by
//! latent frame, each convolution remembering the last two frames that it saw, and the first frames can be
//! compressed while the next ones are still being decoded. A tensor here is (frames, channels, rows, columns):
//! with the frames first, a frame of history is a slice, and a convolution over rows and columns takes the
//! frames as its batch.

mod attention;
mod conv;
mod decoder;
mod encoder;
mod resample;
mod residual;

use candle_core::Tensor;
use candle_nn::VarBuilder;

use ourvidz_engine_base::{Error, Result};

use conv::{CausalConv, FrameCache};
use decoder::Decoder;
use encoder::Encoder;

use crate::config::WanVaeConfig;

/// Both halves of the VAE.
#[derive(Debug)]
pub struct Vae {
    encoder: Encoder,
    to_latents: CausalConv,
    from_latents: CausalConv,
    decoder: Decoder,
    mean: Tensor,
    deviation: Tensor,
    config: WanVaeConfig,
}

impl Vae {
    /// Reads its weights.
    ///
    /// # Errors
    ///
    /// When one is missing or of another shape, or it is the VAE of another model.
    pub fn new(config: &WanVaeConfig, weights: &VarBuilder<'_>) -> Result<Self> {
        config.check()?;
        let channels = config.z_dim;
        let statistics = |numbers: &[f32]| -> Result<Tensor> {
            Ok(Tensor::new(numbers, weights.device())?
                .reshape((1, channels, 1, 1))?
                .to_dtype(weights.dtype())?)
        };
        Ok(Self {
            encoder: Encoder::new(config, &weights.pp("encoder"))?,
            to_latents: CausalConv::pointwise(
                2 * channels,
                2 * channels,
                &weights.pp("quant_conv"),
            )?,
            from_latents: CausalConv::pointwise(
                channels,
                channels,
                &weights.pp("post_quant_conv"),
            )?,
            decoder: Decoder::new(config, &weights.pp("decoder"))?,
            mean: statistics(&config.latents_mean)?,
            deviation: statistics(&config.latents_std)?,
            config: config.clone(),
        })
    }

    #[must_use]
    pub const fn config(&self) -> &WanVaeConfig {
        &self.config
    }

    /// Decodes raw latents (channels, frames, rows, columns). The pixels of each latent frame, (frames, 3, rows,
    /// columns) from -1 to 1, go to `take` as soon as they are known; it may end the work with an error.
    ///
    /// # Errors
    ///
    /// What `take` says, or when the device fails.
    pub fn decode(
        &self,
        latents: &Tensor,
        mut take: impl FnMut(Tensor) -> Result<()>,
    ) -> Result<()> {
        let latents = self.by_frame(latents)?;
        let mut memory = FrameCache::default();
        for number in 0..latents.dim(0)? {
            let one = self
                .from_latents
                .forward(&latents.narrow(0, number, 1)?, &mut memory)?;
            let pixels = self.decoder.forward(&one, &mut memory)?;
            take(pixels.clamp(-1.0, 1.0)?)?;
            memory.first_is_over();
        }
        Ok(())
    }

    /// Encodes pixels (frames, 3, rows, columns) from -1 to 1 to the raw latents that are most likely: (channels,
    /// frames, rows, columns).
    ///
    /// # Errors
    ///
    /// When the frames are not one more than a multiple of the stride, or the device fails.
    pub fn encode(&self, pixels: &Tensor) -> Result<Tensor> {
        let stride = self.config.frame_stride();
        let frames = pixels.dim(0)?;
        if frames % stride != 1 % stride {
            return Err(Error::Request(format!(
                "{frames} frames are not one more than a multiple of {stride}"
            )));
        }
        let pixels = pixels.to_dtype(self.mean.dtype())?;
        let mut memory = FrameCache::default();
        let mut parts = Vec::new();
        let mut from = 0;
        while from < frames {
            let count = if from == 0 { 1 } else { stride };
            let part = self
                .encoder
                .forward(&pixels.narrow(0, from, count)?, &mut memory)?;
            parts.push(self.to_latents.forward(&part, &mut memory)?);
            memory.first_is_over();
            from += count;
        }
        // The first half are the means; the others say how sure they are.
        let means = Tensor::cat(&parts, 0)?.narrow(1, 0, self.config.z_dim)?;
        Ok(means.transpose(0, 1)?.contiguous()?)
    }

    /// The denoiser's latents, which have mean 0 and deviation 1, as raw ones.
    ///
    /// # Errors
    ///
    /// When the device fails.
    pub fn raw(&self, latents: &Tensor) -> Result<Tensor> {
        let latents = self.by_frame(latents)?;
        let raw = latents
            .broadcast_mul(&self.deviation)?
            .broadcast_add(&self.mean)?;
        Ok(raw.transpose(0, 1)?.contiguous()?)
    }

    /// (channels, frames, ..) to (frames, channels, ..), in the VAE's own precision.
    fn by_frame(&self, latents: &Tensor) -> Result<Tensor> {
        Ok(latents
            .to_dtype(self.mean.dtype())?
            .transpose(0, 1)?
            .contiguous()?)
    }
}

/// Scales each position's channels to a mean square of 1.
#[derive(Debug)]
struct Norm {
    /// The learned scale, times the root of the number of channels.
    scale: Tensor,
}

/// Keeps a position without signal from being divided by zero.
const LEAST_LENGTH: f64 = 1e-12;

impl Norm {
    /// `images` says how the scale is stored: its shape ends in one 1 for each of rows, columns and (else) frames.
    fn new(channels: usize, images: bool, weights: &VarBuilder<'_>) -> Result<Self> {
        let gamma = if images {
            weights.get((channels, 1, 1), "gamma")?
        } else {
            weights.get((channels, 1, 1, 1), "gamma")?
        };
        let scale = (gamma.reshape((1, channels, 1, 1))? * (channels as f64).sqrt())?;
        Ok(Self { scale })
    }

    fn forward(&self, hidden: &Tensor) -> Result<Tensor> {
        let length = hidden
            .sqr()?
            .sum_keepdim(1)?
            .sqrt()?
            .maximum(LEAST_LENGTH)?;
        Ok(hidden.broadcast_div(&length)?.broadcast_mul(&self.scale)?)
    }
}
