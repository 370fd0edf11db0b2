//! How a model with an adapter looks at pictures.

use candle_core::Tensor;
use ourvidz_engine_base::output::check_finite;
use ourvidz_engine_base::{Error, Result};

use super::{Look, Part, Sdxl};
use crate::adapter::Scope;
use crate::unet::Hints;

/// A picture that was looked at.
#[derive(Debug)]
pub(super) struct Seen {
    /// One vector of it, (1, size).
    vector: Tensor,
    scope: Scope,
    scale: f64,
}

impl Sdxl {
    /// Encodes the pictures of a request.
    pub(super) fn seen(&mut self, looks: &[Look]) -> Result<Vec<Seen>> {
        if looks.is_empty() {
            return Ok(Vec::new());
        }
        self.load(Part::Text)?;
        let Some(encoder) = &self.image else {
            return Err(Error::Request(
                "there is no adapter for pictures to look at".to_owned(),
            ));
        };
        looks
            .iter()
            .map(|look| {
                let vector = encoder.encode(&encoder.pixels(&look.picture, &self.device)?)?;
                check_finite(&vector)?;
                Ok(Seen {
                    vector,
                    scope: look.scope,
                    scale: look.scale,
                })
            })
            .collect()
    }

    /// What the UNet sees for each picture of a batch; without the text, if that is asked for as well, the picture
    /// is not seen either: its vector is zeros.
    pub(super) fn hints(&self, seen: &[Seen], conditions: usize, count: usize) -> Result<Hints> {
        let mut hints = Hints::new();
        let Some(adapter) = &self.adapter else {
            return Ok(hints);
        };
        for one in seen {
            let nothing = one.vector.zeros_like()?;
            // As the conditions stand: all pictures without the text, then all with it.
            let mut vectors = vec![&nothing; conditions.saturating_sub(1) * count];
            vectors.extend(vec![&one.vector; count]);
            let tokens = adapter.tokens(&Tensor::cat(&vectors, 0)?)?;
            adapter.hint(&tokens, one.scope, one.scale, &mut hints)?;
        }
        Ok(hints)
    }
}
