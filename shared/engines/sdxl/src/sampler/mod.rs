//! Sampling: from noise to a picture in steps.
//!
//! A sample is `x = picture + sigma * noise`, with `sigma` falling to 0. Both samplers compute in these
//! terms; diffusers keeps DPM++'s samples divided by `sqrt(sigma^2 + 1)`, which is the same.

mod sigmas;

use std::str::FromStr;

use candle_core::Tensor;
use ourvidz_engine_base::{Error, Result};
use serde::Deserialize;

use crate::schedule_config::{Prediction, ScheduleConfig, TimestepSpacing};
pub use sigmas::SigmaSchedule;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum SdxlSampler {
    /// First order, in equal steps of the training's time: diffusers' `EulerDiscreteScheduler`, with the
    /// spacing that the model names.
    #[default]
    Euler,
    /// Second order, on a schedule with finer steps at the end: `DPMSolverMultistepScheduler` with
    /// `dpmsolver++`, order 2 and Karras' sigmas.
    DpmPlusPlus2MKarras,
}

impl SdxlSampler {
    /// The name by which people and other programs know it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Euler => "Euler",
            Self::DpmPlusPlus2MKarras => "DPM++ 2M Karras",
        }
    }
}

impl FromStr for SdxlSampler {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "euler" => Ok(Self::Euler),
            "dpmpp_2m_karras" => Ok(Self::DpmPlusPlus2MKarras),
            _ => Err(Error::Request(format!(
                "there is no sampler {name:?}: say euler or dpmpp_2m_karras"
            ))),
        }
    }
}

/// A sampling under way, from a step of the schedule to its end.
#[derive(Debug)]
pub struct SamplerState {
    sampler: SdxlSampler,
    prediction: Prediction,
    /// Whether the first step is taken to be noise alone, though it is where training still saw a rest of the picture.
    starts_at_noise_alone: bool,
    schedule: SigmaSchedule,
    step_index: usize,
    /// The prediction of one step ago: DPM++ computes with it, and previews show it.
    before: Option<Tensor>,
}

impl SamplerState {
    /// A sampling of `steps` steps whose first `skipped` are left out.
    #[must_use]
    pub fn new(
        sampler: SdxlSampler,
        config: &ScheduleConfig,
        steps: usize,
        skipped: usize,
    ) -> Self {
        Self {
            sampler,
            prediction: config.prediction_type,
            starts_at_noise_alone: sampler == SdxlSampler::Euler
                && config.timestep_spacing != TimestepSpacing::Leading,
            schedule: SigmaSchedule::new(sampler, config, steps),
            step_index: skipped,
            before: None,
        }
    }

    /// The picture to start from: noise alone, or noise over a given picture (scaled as latents are).
    ///
    /// # Errors
    ///
    /// When the device fails.
    pub fn start(&self, noise: &Tensor, given: Option<&Tensor>) -> Result<Tensor> {
        let sigma = self.schedule.sigma(self.step_index);
        match given {
            Some(given) => Ok(given.broadcast_add(&(noise * sigma)?)?),
            None if self.starts_at_noise_alone => Ok((noise * sigma)?),
            // A picture deviates by 1 on average, so this is as large as one with noise over it.
            None => Ok((noise * sigma.hypot(1.0))?),
        }
    }

    /// The time of the next step as the model knows it; `None` at the end.
    #[must_use]
    pub fn time(&self) -> Option<f64> {
        self.schedule.time(self.step_index)
    }

    /// The picture without noise, as the last step predicted it.
    #[must_use]
    pub const fn predicted(&self) -> Option<&Tensor> {
        self.before.as_ref()
    }

    /// The picture as the model wants it: deviating by 1.
    ///
    /// # Errors
    ///
    /// When the device fails.
    pub fn scaled(&self, picture: &Tensor) -> Result<Tensor> {
        Ok((picture / self.schedule.sigma(self.step_index).hypot(1.0))?)
    }

    /// The picture one step on, with what the model predicted for this one.
    ///
    /// # Errors
    ///
    /// When the device fails.
    pub fn step(&mut self, picture: &Tensor, predicted: &Tensor) -> Result<Tensor> {
        let sigma = self.schedule.sigma(self.step_index);
        let next = self.schedule.sigma(self.step_index + 1);
        let whole = sigma.hypot(1.0);
        let clean = match self.prediction {
            Prediction::Epsilon => (picture - (predicted * sigma)?)?,
            Prediction::VPrediction => {
                ((picture / (whole * whole))? - (predicted * (sigma / whole))?)?
            }
        };
        let moved = match (self.sampler, &self.before) {
            (SdxlSampler::Euler, _) => {
                let direction = ((picture - &clean)? / sigma)?;
                (picture + (direction * (next - sigma))?)?
            }
            (SdxlSampler::DpmPlusPlus2MKarras, Some(before)) if next > 0.0 => {
                let length = (sigma / next).ln();
                let length_before = (self.schedule.sigma(self.step_index - 1) / sigma).ln();
                let change = ((&clean - before)? * (0.5 * length / length_before))?;
                between(picture, &(&clean + change)?, next / sigma)?
            }
            // The first and the last step have no earlier prediction to use.
            (SdxlSampler::DpmPlusPlus2MKarras, _) => between(picture, &clean, next / sigma)?,
        };
        self.before = Some(clean);
        self.step_index += 1;
        Ok(moved)
    }
}

/// `share` of the one, and the rest of the other.
fn between(picture: &Tensor, clean: &Tensor, share: f64) -> Result<Tensor> {
    Ok(((picture * share)? + (clean * (1.0 - share))?)?)
}
