//! A large latent picture in overlapping tiles, whose pixels are blended where they overlap.

use candle_core::{DType, Tensor};
use ourvidz_engine_base::{Error, Result};

/// When the decoder works in tiles, and in which. All sizes are in latents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VaeTiling {
    /// Pictures of no more latents than this are decoded whole.
    pub most_whole: usize,
    /// The longest side of a tile.
    pub side: usize,
    /// What a tile shares with its neighbour: less than half of `side`.
    pub overlap: usize,
}

/// A latent side of 1024 pixels, the size that SDXL was trained for and that diffusers' tiles have.
const TRAINED_SIDE: usize = 128;

impl Default for VaeTiling {
    /// Sizes up to the area of those that the model was trained for stay whole: their pictures are what they always
    /// were, and their decoding fits where a step of the UNet does. At 2048x2048 the largest tensors, 256 channels of
    /// all pixels, have 2.1 GB each in `bf16`, and several are there at a time; in tiles they have less than a fifth.
    fn default() -> Self {
        Self {
            most_whole: TRAINED_SIDE * TRAINED_SIDE,
            side: TRAINED_SIDE,
            // As diffusers has it.
            overlap: TRAINED_SIDE / 4,
        }
    }
}

/// A tile along one axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    first: usize,
    length: usize,
}

impl VaeTiling {
    /// Whether a latent picture of this size is decoded whole.
    #[must_use]
    pub const fn is_whole(&self, height: usize, width: usize) -> bool {
        height * width <= self.most_whole || (height <= self.side && width <= self.side)
    }

    /// How an axis is cut: as few tiles as will do, of the same length but for the last, so that none is a sliver
    /// whose norms know nothing of the picture.
    fn spans(&self, length: usize) -> Result<Vec<Span>> {
        if self.overlap == 0 || 2 * self.overlap >= self.side {
            return Err(Error::Request(format!(
                "tiles of {} latents cannot share {}",
                self.side, self.overlap
            )));
        }
        if length <= self.side {
            return Ok(vec![Span { first: 0, length }]);
        }
        let count = (length - self.overlap).div_ceil(self.side - self.overlap);
        let side = (length + (count - 1) * self.overlap).div_ceil(count);
        Ok((0..count)
            .map(|number| {
                let first = number * (side - self.overlap);
                let length = side.min(length - first);
                Span { first, length }
            })
            .collect())
    }

    /// Decodes tile after tile. `decode` makes (batch, colours, height, width) of latents, larger by one factor along
    /// both axes; `proceed` is asked between two tiles, and ends the work with its error.
    ///
    /// # Errors
    ///
    /// When the tiling is impossible, and those of `decode` and `proceed`.
    pub fn decode(
        &self,
        latents: &Tensor,
        decode: &dyn Fn(&Tensor) -> Result<Tensor>,
        proceed: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Tensor> {
        let (_, _, height, width) = latents.dims4()?;
        if self.is_whole(height, width) {
            return decode(latents);
        }
        let (rows, columns) = (self.spans(height)?, self.spans(width)?);
        let mut picture = None;
        for row in rows {
            let mut strip = None;
            let across = latents.narrow(2, row.first, row.length)?;
            for column in &columns {
                if picture.is_some() || strip.is_some() {
                    proceed()?;
                }
                let tile = across.narrow(3, column.first, column.length)?;
                let pixels = decode(&tile.contiguous()?)?;
                // A GPU has only been told so far. Whoever is asked next must know that this tile is over.
                pixels.device().synchronize()?;
                let scale = pixels.dim(3)? / column.length;
                strip = Some(self.joined(strip, pixels, 3, scale)?);
            }
            let Some(strip) = strip else { continue };
            let scale = strip.dim(2)? / row.length;
            picture = Some(self.joined(picture, strip, 2, scale)?);
        }
        picture.ok_or_else(|| Error::Request("a picture of no latents".to_owned()))
    }

    /// What is there and what follows along an axis. Over the shared part the one fades linearly to the other.
    fn joined(
        &self,
        before: Option<Tensor>,
        next: Tensor,
        axis: usize,
        scale: usize,
    ) -> Result<Tensor> {
        let Some(before) = before else {
            return Ok(next);
        };
        let shared = self.overlap * scale;
        let kept = before.dim(axis)? - shared;
        let weights: Vec<f32> = (0..shared)
            .map(|place| place as f32 / shared as f32)
            .collect();
        let mut shape = [1; 4];
        if let Some(along) = shape.get_mut(axis) {
            *along = shared;
        }
        let weights = Tensor::from_vec(weights, &shape, next.device())?;
        // Sums of halves are rounded once, when the picture becomes bytes.
        let old = before.narrow(axis, kept, shared)?.to_dtype(DType::F32)?;
        let new = next.narrow(axis, 0, shared)?.to_dtype(DType::F32)?;
        let blended = (&old + (new - &old)?.broadcast_mul(&weights)?)?;
        let parts = [
            before.narrow(axis, 0, kept)?,
            blended.to_dtype(next.dtype())?,
            next.narrow(axis, shared, next.dim(axis)? - shared)?,
        ];
        Ok(Tensor::cat(&parts, axis)?)
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    const SMALL: VaeTiling = VaeTiling {
        most_whole: 0,
        side: 8,
        overlap: 2,
    };

    #[test]
    fn spans_cover_a_side_and_share_what_they_must() {
        for length in 1..100 {
            let spans = SMALL.spans(length).unwrap();
            assert_eq!(spans[0].first, 0);
            let last = spans.last().unwrap();
            assert_eq!(last.first + last.length, length);
            for pair in spans.windows(2) {
                assert_eq!(pair[0].first + pair[0].length, pair[1].first + 2);
            }
            for span in &spans {
                assert!(span.length <= 8, "{length}: {span:?}");
                // No sliver: the last one lacks less than one latent for each tile.
                assert!(
                    span.length + spans.len() > spans[0].length,
                    "{length}: {span:?}"
                );
                assert!(span.length > 2 || spans.len() == 1, "{length}: {span:?}");
            }
            // As few as will do.
            assert!(spans.len() == 1 || 2 + (spans.len() - 1) * 6 < length);
        }
    }

    #[test]
    fn sizes_that_the_model_was_trained_for_stay_whole() {
        let tiling = VaeTiling::default();
        for (height, width) in [(128, 128), (152, 104), (96, 168), (256, 64)] {
            assert!(tiling.is_whole(height, width), "{height}x{width}");
        }
        for (height, width) in [(129, 128), (192, 128), (256, 256), (256, 72)] {
            assert!(!tiling.is_whole(height, width), "{height}x{width}");
        }
        for (length, lengths) in [(128, vec![128]), (192, vec![112; 2]), (256, vec![107; 3])] {
            let found: Vec<usize> = tiling
                .spans(length)
                .unwrap()
                .iter()
                .map(|span| span.length)
                .collect();
            // The last one is up to two shorter.
            assert_eq!(found.len(), lengths.len());
            assert!(found.iter().zip(&lengths).all(|(a, b)| b - a < 3));
        }
    }

    #[test]
    fn tiles_that_share_nothing_or_half_are_refused() {
        for overlap in [0, 4, 9] {
            let tiling = VaeTiling { overlap, ..SMALL };
            assert!(tiling.spans(20).is_err(), "{overlap}");
        }
    }

    /// A decoder that looks at nothing around a latent is the same in tiles, whatever the size.
    #[test]
    fn a_decoder_without_neighbours_is_the_same_in_tiles() {
        let larger = |latents: &Tensor| -> Result<Tensor> {
            let (_, _, height, width) = latents.dims4()?;
            Ok(latents.upsample_nearest2d(3 * height, 3 * width)?)
        };
        for (height, width) in [(8, 9), (9, 8), (21, 30), (8, 8), (3, 50), (19, 17)] {
            let latents = Tensor::arange(0.0_f32, (4 * height * width) as f32, &Device::Cpu)
                .unwrap()
                .reshape((2, 2, height, width))
                .unwrap();
            let mut asked = 0;
            let found = SMALL
                .decode(&latents, &larger, &mut || {
                    asked += 1;
                    Ok(())
                })
                .unwrap();
            let expected = larger(&latents).unwrap();
            assert_eq!(found.dims(), expected.dims());
            let difference = (found - expected).unwrap().abs().unwrap();
            let largest: f32 = difference.max_all().unwrap().to_scalar().unwrap();
            assert!(largest < 1e-3, "{height}x{width}: {largest}");
            let tiles = |length| SMALL.spans(length).unwrap().len();
            assert_eq!(asked, tiles(height) * tiles(width) - 1);
        }
    }

    #[test]
    fn one_tile_fades_linearly_to_the_next() {
        let tile = |value: f32| Tensor::full(value, (1, 1, 1, 8), &Device::Cpu).unwrap();
        let joined = SMALL.joined(Some(tile(0.0)), tile(8.0), 3, 2).unwrap();
        assert_eq!(
            joined.flatten_all().unwrap().to_vec1::<f32>().unwrap(),
            [0.0, 0.0, 0.0, 0.0, 0.0, 2.0, 4.0, 6.0, 8.0, 8.0, 8.0, 8.0]
        );
    }
}
