//! The denoiser: a transformer over patches of a clip's latents.

mod attention;
mod block;
mod condition;
mod patches;
pub mod rotation;

use candle_core::{DType, IndexOp, Tensor};
use candle_nn::{Linear, Module, VarBuilder};

use ourvidz_engine_base::rows::layer_norm;
use ourvidz_engine_base::{Error, Result};

pub use block::Block;
use condition::Condition;
use patches::Patches;
use rotation::Rotation;

use crate::config::TransformerConfig;

/// What the blocks do in a pass.
#[derive(Debug)]
pub enum Blocks<'a> {
    Compute,
    /// Computes, and keeps what they add to the patches.
    Keep(&'a mut Option<Tensor>),
    /// Adds what they added in another pass, for a clip of the same size.
    Reuse(&'a Tensor),
}

#[derive(Debug)]
pub struct Transformer {
    config: TransformerConfig,
    patches: Patches,
    embed: Linear,
    condition: Condition,
    blocks: Vec<Block>,
    /// Shift and scale of the last norm, to which those of the timestep are added: (2, size).
    last_table: Tensor,
    out: Linear,
}

impl Transformer {
    /// Reads its weights.
    ///
    /// # Errors
    ///
    /// When one is missing or of another shape, or the model is of another kind.
    pub fn new(config: &TransformerConfig, weights: &VarBuilder<'_>) -> Result<Self> {
        config.check()?;
        let size = config.size();
        let patches = Patches::new(config);
        let [frames, rows, columns] = config.patch_size;
        let embed = weights.pp("patch_embedding");
        let kernel = embed.get((size, config.in_channels, frames, rows, columns), "weight")?;
        Ok(Self {
            // A convolution whose stride is its size looks at each patch once: it is a matrix.
            embed: Linear::new(
                kernel.reshape((size, patches.numbers_in()))?,
                Some(embed.get(size, "bias")?),
            ),
            condition: Condition::new(config, &weights.pp("condition_embedder"))?,
            blocks: (0..config.num_layers)
                .map(|number| Block::new(config, &weights.pp("blocks").pp(number)))
                .collect::<Result<_>>()?,
            last_table: in_f32(weights, &[1, 2, size], "scale_shift_table")?.squeeze(0)?,
            out: linear(size, patches.numbers_out(), &weights.pp("proj_out"))?,
            patches,
            config: config.clone(),
        })
    }

    #[must_use]
    pub const fn config(&self) -> &TransformerConfig {
        &self.config
    }

    #[must_use]
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The rotations of the tokens of a clip of `latents`, the same at every step: made once for all of them.
    ///
    /// # Errors
    ///
    /// When the clip cannot be cut into patches, or a side is longer than the model knows.
    pub fn rotation(&self, latents: &Tensor) -> Result<Rotation> {
        let grid = self.patches.grid(latents)?;
        if grid.iter().any(|side| *side > self.config.rope_max_seq_len) {
            return Err(Error::Request(format!(
                "a clip of {grid:?} patches is larger than the model knows"
            )));
        }
        Rotation::new(self.config.attention_head_dim, grid, latents.device())
    }

    /// How much what the timestep means changes from each of these to the next: the mean change as a share of the mean
    /// number.
    ///
    /// # Errors
    ///
    /// When the device fails.
    pub fn time_changes(&self, timesteps: &[f32]) -> Result<Vec<f64>> {
        let times: Vec<Tensor> = timesteps
            .iter()
            .map(|timestep| self.condition.time(*timestep))
            .collect::<Result<_>>()?;
        let mean = |tensor: &Tensor| -> Result<f64> {
            Ok(f64::from(tensor.abs()?.mean_all()?.to_scalar::<f32>()?))
        };
        times
            .windows(2)
            .map(|pair| match pair {
                [before, after] => Ok(mean(&(after - before)?)? / mean(before)?),
                _ => Ok(0.0),
            })
            .collect()
    }

    /// Where the clip should move at this timestep: the velocity, of the latents' shape (channels, frames, rows,
    /// columns). `context` is the text's, (tokens, `text_dim`).
    ///
    /// # Errors
    ///
    /// When shapes do not fit, or the device fails.
    pub fn forward(
        &self,
        latents: &Tensor,
        timestep: f32,
        context: &Tensor,
        rotation: &Rotation,
    ) -> Result<Tensor> {
        self.pass(latents, timestep, context, rotation, Blocks::Compute)
    }

    /// The same, with a say in what the blocks do.
    ///
    /// # Errors
    ///
    /// As [`Self::forward`].
    pub fn pass(
        &self,
        latents: &Tensor,
        timestep: f32,
        context: &Tensor,
        rotation: &Rotation,
        blocks: Blocks<'_>,
    ) -> Result<Tensor> {
        let precision = self.embed.weight().dtype();
        let grid = self.patches.grid(latents)?;
        let patches = self.patches.cut(&latents.to_dtype(precision)?)?;
        let hidden = self.embed.forward(&patches)?;

        let time = self.condition.time(timestep)?;
        let through_blocks = |start: Tensor| -> Result<Tensor> {
            let text = self.condition.text(&context.to_dtype(precision)?)?;
            let modulation = self.condition.modulation(&time)?;
            let mut hidden = start;
            for block in &self.blocks {
                hidden = block.forward(&hidden, &text, &modulation, rotation)?;
            }
            Ok(hidden)
        };
        let hidden = match blocks {
            Blocks::Compute => through_blocks(hidden)?,
            Blocks::Keep(kept) => {
                let out = through_blocks(hidden.clone())?;
                *kept = Some((&out - hidden)?);
                out
            }
            Blocks::Reuse(kept) => (hidden + kept)?,
        };

        let table = self.last_table.broadcast_add(&time.squeeze(0)?)?;
        let shift_and_scale = Modulation {
            shift: table.i(0)?,
            scale: table.i(1)?,
        };
        let last = shift_and_scale.norm(&hidden, self.config.eps)?;
        self.patches.join(&self.out.forward(&last)?, grid)
    }
}

/// What a timestep does to a norm.
#[derive(Debug)]
struct Modulation {
    shift: Tensor,
    scale: Tensor,
}

impl Modulation {
    /// The norm, scaled by 1 + `scale` and moved by `shift`: all in `f32`, whatever the precision is.
    fn norm(&self, hidden: &Tensor, epsilon: f64) -> Result<Tensor> {
        layer_norm(hidden, &(&self.scale + 1.0)?, &self.shift, epsilon)
    }
}

/// Weights that stay in `f32`: they are small, and steer everything else.
fn in_f32(weights: &VarBuilder<'_>, shape: &[usize], name: &str) -> Result<Tensor> {
    Ok(weights.clone().to_dtype(DType::F32).get(shape, name)?)
}

fn linear(inputs: usize, outputs: usize, weights: &VarBuilder<'_>) -> Result<Linear> {
    Ok(Linear::new(
        weights.get((outputs, inputs), "weight")?,
        Some(weights.get(outputs, "bias")?),
    ))
}
