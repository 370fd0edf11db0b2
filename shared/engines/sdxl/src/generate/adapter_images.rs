//! How a model with an adapter reads pictures.

use candle_core::Tensor;
use ourvidz_engine_base::output::check_finite;
use ourvidz_engine_base::{Error, Result};

use super::{AdapterImage, Sdxl, SdxlPart};
use crate::adapter::Scope;
use crate::unet::AdapterKeyValues;

/// An adapter image after its encoder.
#[derive(Debug)]
pub(super) struct EncodedImage {
    /// One vector of it, (1, size).
    vector: Tensor,
    scope: Scope,
    scale: f64,
}

impl Sdxl {
    /// Encodes the pictures of a request.
    pub(super) fn encode_adapter_images(
        &mut self,
        adapter_images: &[AdapterImage],
    ) -> Result<Vec<EncodedImage>> {
        if adapter_images.is_empty() {
            return Ok(Vec::new());
        }
        self.load(SdxlPart::Text)?;
        let Some(encoder) = &self.image else {
            return Err(Error::Request(
                "there is no adapter for adapter images".to_owned(),
            ));
        };
        adapter_images
            .iter()
            .map(|look| {
                let vector = encoder.encode(&encoder.pixels(&look.picture, &self.device)?)?;
                check_finite(&vector)?;
                Ok(EncodedImage {
                    vector,
                    scope: look.scope,
                    scale: look.scale,
                })
            })
            .collect()
    }

    /// Keys and values of the images for each picture of a batch; those of the unconditional half of guidance are
    /// made of a vector of zeros.
    pub(super) fn adapter_key_values(
        &self,
        images: &[EncodedImage],
        conditions: usize,
        count: usize,
    ) -> Result<AdapterKeyValues> {
        let mut key_values = AdapterKeyValues::new();
        let Some(adapter) = &self.adapter else {
            return Ok(key_values);
        };
        for one in images {
            let nothing = one.vector.zeros_like()?;
            // As the conditions stand: all pictures without the text, then all with it.
            let mut vectors = vec![&nothing; conditions.saturating_sub(1) * count];
            vectors.extend(vec![&one.vector; count]);
            let tokens = adapter.tokens(&Tensor::cat(&vectors, 0)?)?;
            adapter.add_key_values(&tokens, one.scope, one.scale, &mut key_values)?;
        }
        Ok(key_values)
    }
}
