//! How a picture looks while it is being made: its latents turned to colours by a linear map, a pixel for each.
//!
//! A decoder would take as long as some steps of the sampling. The map takes a product of small matrices, and shows
//! places, colours and light, but no fine lines.

use candle_core::{DType, Tensor};

use crate::Result;

/// Red, green and blue.
const COLOURS: usize = 3;
/// The brightest of eight bits.
const WHITE: f32 = 255.0;

/// A small picture of 8 bits per colour, row by row from above.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LatentPreview {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// Red, green and blue of each pixel.
    pub rgb: Vec<u8>,
}

/// What a model's latents mean as red, green and blue, of 255 each.
#[derive(Debug, Clone, Copy)]
pub struct LatentColours {
    /// The colour where all channels are 0.
    pub middle: [f32; COLOURS],
    /// What each channel adds to it where it is 1.
    pub channels: &'static [[f32; COLOURS]],
}

impl LatentColours {
    /// The preview of latents (channels, height, width); none of a model with other channels than these.
    ///
    /// # Errors
    ///
    /// When the device fails.
    pub fn preview(&self, latents: &Tensor) -> Result<Option<LatentPreview>> {
        let (channels, height, width) = latents.dims3()?;
        if channels != self.channels.len() {
            return Ok(None);
        }
        let device = latents.device();
        let factors =
            Tensor::from_slice(self.channels.as_flattened(), (channels, COLOURS), device)?;
        let middle = Tensor::new(&self.middle, device)?;
        let places = latents.to_dtype(DType::F32)?.flatten_from(1)?.t()?;
        let colours = places.contiguous()?.matmul(&factors)?;
        let rgb = colours
            .broadcast_add(&middle)?
            .clamp(0.0, WHITE)?
            .round()?
            .to_dtype(DType::U8)?
            .flatten_all()?
            .to_vec1()?;
        Ok(Some(LatentPreview { width, height, rgb }))
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    const TWO: LatentColours = LatentColours {
        middle: [100.0, 100.0, 100.0],
        channels: &[[50.0, 0.0, -50.0], [0.0, 200.0, 0.0]],
    };

    fn preview(latents: &[f32], shape: (usize, usize, usize)) -> Option<LatentPreview> {
        let latents = Tensor::from_slice(latents, shape, &Device::Cpu).unwrap();
        TWO.preview(&latents).unwrap()
    }

    #[test]
    fn each_latent_becomes_a_pixel() {
        // Two places beside each other in one row: the channels of each lie apart.
        let made = preview(&[0.0, 1.0, 0.0, -0.25], (2, 1, 2)).unwrap();
        assert_eq!((made.width, made.height), (2, 1));
        assert_eq!(made.rgb, [100, 100, 100, 150, 50, 50]);
    }

    #[test]
    fn what_is_brighter_than_white_is_white() {
        let made = preview(&[9.0, 1.0], (2, 1, 1)).unwrap();
        assert_eq!(made.rgb, [255, 255, 0]);
    }

    #[test]
    fn numbers_that_are_none_are_no_trouble() {
        let made = preview(&[f32::NAN, f32::INFINITY], (2, 1, 1)).unwrap();
        assert_eq!(made.rgb.len(), 3);
    }

    #[test]
    fn a_model_of_other_channels_has_no_preview() {
        assert_eq!(preview(&[0.0; 3], (3, 1, 1)), None);
    }
}
