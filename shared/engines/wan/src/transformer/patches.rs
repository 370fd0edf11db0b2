//! Cutting a clip's latents into tokens, and joining what became of them.

use candle_core::Tensor;

use ourvidz_engine_base::{Error, Result};

use crate::config::TransformerConfig;

/// How many patches lie along frames, rows and columns.
pub type PatchGrid = [usize; 3];

#[derive(Debug, Clone, Copy)]
pub(super) struct Patches {
    sides: [usize; 3],
    channels_in: usize,
    channels_out: usize,
}

impl Patches {
    pub const fn new(config: &TransformerConfig) -> Self {
        Self {
            sides: config.patch_size,
            channels_in: config.in_channels,
            channels_out: config.out_channels,
        }
    }

    /// Numbers of a patch of the latents.
    pub fn numbers_in(&self) -> usize {
        self.channels_in * self.sides.iter().product::<usize>()
    }

    /// Numbers of a patch of what is predicted.
    pub fn numbers_out(&self) -> usize {
        self.channels_out * self.sides.iter().product::<usize>()
    }

    /// The grid of latents (channels, frames, rows, columns).
    pub fn grid(&self, latents: &Tensor) -> Result<PatchGrid> {
        let (_, frames, rows, columns) = latents.dims4()?;
        let mut grid = [frames, rows, columns];
        for (along, side) in grid.iter_mut().zip(self.sides) {
            if !along.is_multiple_of(side) {
                return Err(Error::Request(format!(
                    "latents of {frames}x{rows}x{columns} cannot be cut into patches of {:?}",
                    self.sides
                )));
            }
            *along /= side;
        }
        Ok(grid)
    }

    /// (tokens, numbers): frame by frame, row by row; within a patch channel by channel.
    pub fn cut(&self, latents: &Tensor) -> Result<Tensor> {
        let [frames, rows, columns] = self.grid(latents)?;
        let [along_time, down, across] = self.sides;
        let cut = latents.reshape(vec![
            self.channels_in,
            frames,
            along_time,
            rows,
            down,
            columns,
            across,
        ])?;
        let sorted = cut.permute(vec![1, 3, 5, 0, 2, 4, 6])?;
        Ok(sorted.reshape((frames * rows * columns, self.numbers_in()))?)
    }

    /// The way back; within a patch the channels come last, as the model was trained.
    pub fn join(&self, tokens: &Tensor, [frames, rows, columns]: PatchGrid) -> Result<Tensor> {
        let [along_time, down, across] = self.sides;
        let cut = tokens.reshape(vec![
            frames,
            rows,
            columns,
            along_time,
            down,
            across,
            self.channels_out,
        ])?;
        let sorted = cut.permute(vec![6, 0, 3, 1, 4, 2, 5])?;
        Ok(sorted.reshape((
            self.channels_out,
            frames * along_time,
            rows * down,
            columns * across,
        ))?)
    }
}
