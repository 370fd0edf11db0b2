//! Straight steps.

use candle_core::Tensor;

use ourvidz_engine_base::Result;

use super::{Step, TRAINED_STEPS, evenly, shifted};

#[derive(Debug)]
pub(super) struct Euler;

impl Euler {
    #[expect(clippy::unused_self, reason = "every solver is asked alike")]
    pub fn step(&self, step: Step, velocity: &Tensor, sample: &Tensor) -> Result<Tensor> {
        // In f32, as the reference does: the difference of two f32 levels.
        let change = f64::from(step.to as f32 - step.from as f32);
        Ok((sample + (velocity * change)?)?)
    }
}

/// Sigmas and timesteps as diffusers' flow-match scheduler lays them: it shifts the ends of the range, spreads
/// the steps evenly between them, and then shifts every one of them.
pub(super) fn sigmas_and_timesteps(steps: usize, shift: f64) -> (Vec<f32>, Vec<f32>) {
    let lowest = {
        let sigma = 1.0_f32 / TRAINED_STEPS as f32;
        let shift = shift as f32;
        f64::from(shift * sigma / (1.0 + (shift - 1.0) * sigma))
    };
    let mut sigmas: Vec<f32> = evenly(TRAINED_STEPS, lowest * TRAINED_STEPS, steps)
        .map(|timestep| shifted(timestep / TRAINED_STEPS, shift) as f32)
        .collect();
    let timesteps = sigmas
        .iter()
        .map(|sigma| sigma * TRAINED_STEPS as f32)
        .collect();
    sigmas.push(0.0);
    (sigmas, timesteps)
}
