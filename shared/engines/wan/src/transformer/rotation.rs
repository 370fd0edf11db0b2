//! Rotary positions in three dimensions.
//!
//! A head's numbers are taken in pairs, and each pair is rotated by an angle that grows with the token's position.
//! Some of the pairs follow the frame, some the row and the rest the column: of 128 numbers 44, 42 and 42.

use candle_core::{DType, Device, Tensor};
use candle_nn::rotary_emb::rope_i;

use ourvidz_engine_base::Result;
use ourvidz_engine_base::rows::RowRotation;

use super::patches::PatchGrid;

/// The slowest pair turns by about 1 over this for each position.
const SLOWEST: f64 = 10_000.0;

/// How the heads' numbers are shared among frames, rows and columns.
#[must_use]
pub const fn shares(head_size: usize) -> [usize; 3] {
    let side = 2 * (head_size / 6);
    [head_size - 2 * side, side, side]
}

/// The angles of all tokens of a clip, as cosines and sines: (tokens, half a head).
#[derive(Debug, Clone)]
pub struct Rotation {
    cosines: Tensor,
    sines: Tensor,
}

impl Rotation {
    /// Computes them. The angles are made in `f64`: an error in them grows with the position.
    ///
    /// # Errors
    ///
    /// When the device fails.
    pub fn new(head_size: usize, grid: PatchGrid, device: &Device) -> Result<Self> {
        let shares = shares(head_size);
        let tokens: usize = grid.iter().product();
        let mut angles = Vec::with_capacity(tokens * head_size / 2);
        let [frames, rows, columns] = grid;
        for frame in 0..frames {
            for row in 0..rows {
                for column in 0..columns {
                    for (position, share) in [frame, row, column].into_iter().zip(shares) {
                        angles.extend((0..share / 2).map(|pair| angle(position, pair, share)));
                    }
                }
            }
        }
        let shape = (tokens, head_size / 2);
        let numbers = |of: fn(f64) -> f64| {
            let numbers: Vec<f32> = angles.iter().map(|angle| of(*angle) as f32).collect();
            Tensor::from_vec(numbers, shape, device)
        };
        Ok(Self {
            cosines: numbers(f64::cos)?,
            sines: numbers(f64::sin)?,
        })
    }

    /// As the kernel that norms and turns is told.
    pub(super) const fn turn(&self, head: usize) -> RowRotation<'_> {
        RowRotation {
            cosines: &self.cosines,
            sines: &self.sines,
            head,
        }
    }

    /// Rotates heads of `f32`: (1, heads, tokens, head size).
    ///
    /// # Errors
    ///
    /// When shapes do not fit.
    pub fn rotate(&self, heads: &Tensor) -> Result<Tensor> {
        debug_assert_eq!(heads.dtype(), DType::F32);
        Ok(rope_i(&heads.contiguous()?, &self.cosines, &self.sines)?)
    }
}

fn angle(position: usize, pair: usize, share: usize) -> f64 {
    position as f64 / SLOWEST.powf((2 * pair) as f64 / share as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_heads_are_shared_44_42_42() {
        assert_eq!(shares(128), [44, 42, 42]);
        assert_eq!(shares(16), [8, 4, 4]);
    }

    #[test]
    fn the_first_token_is_not_turned_and_no_token_changes_its_length() {
        let rotation = Rotation::new(16, [2, 2, 3], &Device::Cpu).unwrap();
        let heads = Tensor::arange(1_f32, 193.0, &Device::Cpu)
            .unwrap()
            .reshape((1, 1, 12, 16))
            .unwrap();
        let turned = rotation.rotate(&heads).unwrap();
        let rows = |tensor: &Tensor| tensor.reshape((12, 16)).unwrap().to_vec2::<f32>().unwrap();
        assert_eq!(rows(&heads)[0], rows(&turned)[0]);
        for (before, after) in rows(&heads).iter().zip(rows(&turned)) {
            let length = |row: &[f32]| row.iter().map(|number| number * number).sum::<f32>().sqrt();
            assert!((length(before) / length(&after) - 1.0).abs() < 1e-5);
        }
    }
}
