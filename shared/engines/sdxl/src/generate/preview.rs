//! How the pictures look between two steps.

use ourvidz_engine_base::{LatentColours, Result};

use super::ImageListener;
use crate::sampler::SamplerState;

/// The colours of SDXL's latents, scaled as they are sampled. The numbers are those of the documentation of diffusers
/// (Apache-2.0), "Pipeline callbacks", which has them from Timothy Alexis Vass, "Explaining the SDXL latent space".
const COLOURS: LatentColours = LatentColours {
    middle: [150.0, 140.0, 130.0],
    channels: &[
        [60.0, 60.0, 60.0],
        [-60.0, -5.0, 10.0],
        [25.0, 15.0, -5.0],
        [-70.0, -50.0, -35.0],
    ],
};

/// Shows the pictures of a batch, which begins with number `first`, if somebody wants to see them. After the last step
/// they are about to be decoded.
pub(super) fn show(
    sampler: &SamplerState,
    first: usize,
    listener: &mut dyn ImageListener,
) -> Result<()> {
    let (Some(predicted), Some(_)) = (sampler.predicted(), sampler.time()) else {
        return Ok(());
    };
    if !listener.wants_preview() {
        return Ok(());
    }
    for index in 0..predicted.dim(0)? {
        if let Some(preview) = COLOURS.preview(&predicted.get(index)?)? {
            listener.preview(first + index, preview);
        }
    }
    Ok(())
}
