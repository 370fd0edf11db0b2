//! What is asked for, and what comes of it.

use std::ops::ControlFlow;

use ourvidz_engine_base::{Error, Progress, Result};

use crate::schedule::WanSolver;
use crate::tea_cache::TeaCache;

/// A clip, or a single picture, which is a clip of one frame.
#[derive(Debug, Clone, PartialEq)]
pub struct WanRequest {
    pub prompt: String,
    /// What to avoid; `None` for what the model's authors always apply.
    pub negative_prompt: Option<String>,
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// Frames; what is not one more than a multiple of four is rounded down.
    pub frames: usize,
    pub steps: usize,
    /// How much the text counts against the negative one; at most 1 means that only the text is computed.
    pub guidance: f64,
    /// Above 1 more steps are spent near the noise.
    pub shift: f64,
    pub solver: WanSolver,
    /// Whether steps may reuse what another one computed; `None` computes all of them.
    pub tea_cache: Option<TeaCache>,
    /// The same seed gives the same clip.
    pub seed: u64,
}

/// The size of a clip as it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClipSize {
    /// Frames, after rounding.
    pub frames: usize,
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
}

/// A frame: red, green and blue of each pixel, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// `3 * width * height` numbers.
    pub rgb: Vec<u8>,
}

/// Is called at each step and given each frame. To break off ends the work there.
pub trait VideoListener: Progress {
    /// Frame `index` of `count` is ready; more are being decoded.
    fn frame(&mut self, index: usize, count: usize, frame: Frame) -> ControlFlow<()>;
}

/// A clip's size in latents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LatentSize {
    pub frames: usize,
    pub rows: usize,
    pub columns: usize,
}

/// How a model turns pixels and frames to latents.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Strides {
    /// Pixels along each side of a latent.
    pub space: usize,
    /// Frames to each latent frame after the first.
    pub time: usize,
    /// Latent frames, rows and columns of a patch.
    pub patch: [usize; 3],
}

impl Strides {
    /// What will be made of a request, and in which latents.
    pub fn plan(self, request: &WanRequest) -> Result<(ClipSize, LatentSize)> {
        let WanRequest {
            width,
            height,
            frames,
            ..
        } = *request;
        if frames == 0 {
            return Err(Error::Request("a clip needs at least one frame".to_owned()));
        }
        if !request.guidance.is_finite() {
            return Err(Error::Request("guidance must be a number".to_owned()));
        }
        let [along_time, down, across] = self.patch;
        let (row_unit, column_unit) = (self.space * down, self.space * across);
        let is_whole = height.is_multiple_of(row_unit) && width.is_multiple_of(column_unit);
        if !is_whole || height == 0 || width == 0 {
            return Err(Error::Request(format!(
                "{width}x{height} is not a multiple of {column_unit}x{row_unit} pixels"
            )));
        }
        let latent_frames = 1 + (frames - 1) / self.time;
        // A patch of several latent frames, which no published model has, takes the fewer of them.
        let latent_frames = latent_frames / along_time * along_time;
        if latent_frames == 0 {
            return Err(Error::Request(format!(
                "{frames} frames are too few for this model"
            )));
        }
        let made = ClipSize {
            frames: 1 + (latent_frames - 1) * self.time,
            width,
            height,
        };
        let size = LatentSize {
            frames: latent_frames,
            rows: height / self.space,
            columns: width / self.space,
        };
        Ok((made, size))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLISHED: Strides = Strides {
        space: 8,
        time: 4,
        patch: [1, 2, 2],
    };

    fn plan(width: usize, height: usize, frames: usize) -> Result<(ClipSize, LatentSize)> {
        PUBLISHED.plan(&WanRequest {
            prompt: String::new(),
            negative_prompt: None,
            width,
            height,
            frames,
            steps: 1,
            guidance: 1.0,
            shift: 5.0,
            solver: WanSolver::Euler,
            tea_cache: None,
            seed: 0,
        })
    }

    #[test]
    fn frames_are_rounded_down_to_one_more_than_a_multiple_of_four() {
        for (asked, made) in [
            (1, 1),
            (2, 1),
            (4, 1),
            (5, 5),
            (80, 77),
            (81, 81),
            (83, 81),
            (84, 81),
            (85, 85),
            (97, 97),
        ] {
            assert_eq!(
                plan(480, 832, asked).unwrap().0.frames,
                made,
                "{asked} frames"
            );
        }
    }

    #[test]
    fn both_orientations_have_the_published_number_of_tokens() {
        for (width, height) in [(480, 832), (832, 480)] {
            let (_, size) = plan(width, height, 81).unwrap();
            assert_eq!(size.frames * size.rows / 2 * size.columns / 2, 32_760);
        }
    }

    #[test]
    fn what_cannot_be_is_refused_in_words() {
        for (width, height, frames) in [
            (480, 832, 0),
            (481, 832, 5),
            (480, 840, 5),
            (0, 832, 5),
            (480, 0, 5),
        ] {
            let error = plan(width, height, frames).unwrap_err();
            assert!(matches!(error, Error::Request(_)), "{error}");
        }
    }
}
