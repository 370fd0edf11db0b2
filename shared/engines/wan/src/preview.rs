//! How a clip looks between two steps: its first frame, as which it will stand for itself.

use candle_core::Tensor;
use ourvidz_engine_base::{LatentColours, Progress, Result};

/// The colours of WAN 2.1's latents, normalised as they are sampled. The numbers were measured for stable-diffusion.cpp
/// (MIT, `latent-preview.h`), which has them for colours from -1 to 1: here they are of 255, to a tenth.
const COLOURS: LatentColours = LatentColours {
    middle: [93.0, 97.5, 69.3],
    channels: &[
        [1.9, -18.9, 61.2],
        [0.5, -1.4, -4.7],
        [27.1, 8.0, 2.1],
        [29.7, 51.8, 28.1],
        [-6.6, -10.5, -8.8],
        [10.8, -20.6, 1.4],
        [-31.3, -64.6, -14.9],
        [-19.3, 2.3, 0.9],
        [-37.4, -26.5, -53.7],
        [-23.9, 6.5, 22.7],
        [-1.7, 33.9, 21.2],
        [3.6, 13.9, 13.9],
        [-26.2, 5.6, 19.0],
        [1.8, -6.2, -0.9],
        [27.7, 6.8, 40.8],
        [19.8, 10.6, 8.3],
    ],
};

/// Shows the clip that the model expects of this sample: what is left of it without the noise of its level.
pub(crate) fn show(
    sample: &Tensor,
    velocity: &Tensor,
    sigma: f32,
    progress: &mut dyn Progress,
) -> Result<()> {
    let first = |clip: &Tensor| clip.narrow(1, 0, 1)?.squeeze(1);
    let clean = (first(sample)? - (first(velocity)? * f64::from(sigma))?)?;
    if let Some(preview) = COLOURS.preview(&clean)? {
        progress.preview(0, preview);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use candle_core::{Device, Tensor};
    use ourvidz_engine_base::LatentPreview;
    use ourvidz_engine_base::noise::{self, NoisePurpose};

    use super::*;

    #[derive(Default)]
    struct Shown(Vec<(usize, LatentPreview)>);

    impl Progress for Shown {
        fn step(&mut self, _: usize, _: usize) -> ControlFlow<()> {
            ControlFlow::Continue(())
        }

        fn preview(&mut self, index: usize, preview: LatentPreview) {
            self.0.push((index, preview));
        }
    }

    fn tensor(seed: u64) -> Tensor {
        let shape = (COLOURS.channels.len(), 3, 4, 5);
        noise::tensor(seed, NoisePurpose::Start, 0, shape, &Device::Cpu).unwrap()
    }

    #[test]
    fn the_first_frame_is_shown_without_its_noise() {
        let (clip, noise) = (tensor(1), tensor(2));
        let velocity = (&noise - &clip).unwrap();
        let sigma = 0.75;
        let sample = (&clip + (&velocity * sigma).unwrap()).unwrap();
        let mut shown = Shown::default();
        show(&sample, &velocity, sigma as f32, &mut shown).unwrap();
        let frame = clip.narrow(1, 0, 1).unwrap().squeeze(1).unwrap();
        let expected = COLOURS.preview(&frame).unwrap().unwrap();
        let [(0, preview)] = shown.0.as_slice() else {
            panic!("{} previews", shown.0.len());
        };
        assert_eq!((preview.width, preview.height), (5, 4));
        // Rounding in f32 may move a number from one side of a half to the other.
        let steps = preview.rgb.iter().zip(&expected.rgb);
        assert!(steps.clone().all(|(one, other)| one.abs_diff(*other) <= 1));
        let noisy = COLOURS.preview(&sample.narrow(1, 0, 1).unwrap().squeeze(1).unwrap());
        assert_ne!(noisy.unwrap().unwrap().rgb, expected.rgb);
    }
}
