//! Sampling: from noise to a clip in steps, which noise levels (sigmas) to visit, and how to get from one to the next.
//!
//! The model was trained on straight lines from a clip to noise (flow matching): at level `s` a sample is
//! `(1 - s) * clip + s * noise`, and the model predicts `noise - clip`. Levels run from 1 to 0; a shift above 1
//! spends more of the steps near the noise, where a clip's composition is decided.

mod euler;
mod unipc;

use std::str::FromStr;

use candle_core::Tensor;

use ourvidz_engine_base::{Error, Result};

use euler::Euler;
use unipc::UniPc;

/// Timesteps that the model was trained with.
const TRAINED_STEPS: f64 = 1000.0;

/// How to get from sigma to sigma.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WanSolver {
    /// First order, one step at a time.
    #[default]
    Euler,
    /// Predicts with the step before, and corrects once the next prediction is known.
    UniPc,
}

impl WanSolver {
    /// The name by which people and other programs know it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Euler => "Euler",
            Self::UniPc => "UniPC",
        }
    }
}

impl FromStr for WanSolver {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "euler" => Ok(Self::Euler),
            "unipc" => Ok(Self::UniPc),
            _ => Err(Error::Request(format!(
                "there is no solver {name:?}: say euler or unipc"
            ))),
        }
    }
}

/// The steps of a sampling, and how far it is.
#[derive(Debug)]
pub struct Schedule {
    timesteps: Vec<f32>,
    sigmas: Vec<f32>,
    done: usize,
    state: State,
}

#[derive(Debug)]
enum State {
    Euler(Euler),
    UniPc(Box<UniPc>),
}

/// A step: from which sigma to which, and how many are left with this one.
#[derive(Debug, Clone, Copy)]
struct Step {
    before: f64,
    from: f64,
    to: f64,
    left: usize,
}

impl Schedule {
    /// A schedule of so many steps.
    ///
    /// # Errors
    ///
    /// [`Error::Request`] without steps, or with a shift that is not above 0.
    pub fn new(solver: WanSolver, steps: usize, shift: f64) -> Result<Self> {
        if steps == 0 {
            return Err(Error::Request("a clip needs at least one step".to_owned()));
        }
        if !(shift > 0.0 && shift.is_finite()) {
            return Err(Error::Request(format!("a shift of {shift} is not above 0")));
        }
        let (sigmas, timesteps, state) = match solver {
            WanSolver::Euler => {
                let (sigmas, timesteps) = euler::sigmas_and_timesteps(steps, shift);
                (sigmas, timesteps, State::Euler(Euler))
            }
            WanSolver::UniPc => {
                let (sigmas, timesteps) = unipc::sigmas_and_timesteps(steps, shift);
                (sigmas, timesteps, State::UniPc(Box::default()))
            }
        };
        Ok(Self {
            timesteps,
            sigmas,
            done: 0,
            state,
        })
    }

    /// The timestep that the model gets at each step.
    #[must_use]
    pub fn timesteps(&self) -> &[f32] {
        &self.timesteps
    }

    /// The sigmas, from that of the first step to 0: one more than steps.
    #[must_use]
    pub fn sigmas(&self) -> &[f32] {
        &self.sigmas
    }

    /// Moves a sample on by one step; `velocity` is what the model predicted for it. Both are `f32`.
    ///
    /// # Errors
    ///
    /// When there is no step left, or the device fails.
    pub fn step(&mut self, velocity: &Tensor, sample: &Tensor) -> Result<Tensor> {
        let now = self.done;
        let (Some(from), Some(to)) = (self.sigmas.get(now), self.sigmas.get(now + 1)) else {
            return Err(Error::Request("the clip has no step left".to_owned()));
        };
        let before = now.checked_sub(1).and_then(|index| self.sigmas.get(index));
        let step = Step {
            before: f64::from(*before.unwrap_or(from)),
            from: f64::from(*from),
            to: f64::from(*to),
            left: self.timesteps.len() - now,
        };
        self.done += 1;
        match &mut self.state {
            State::Euler(euler) => euler.step(step, velocity, sample),
            State::UniPc(unipc) => unipc.step(step, velocity, sample),
        }
    }
}

/// Moves a sigma towards the noise.
fn shifted(sigma: f64, shift: f64) -> f64 {
    shift * sigma / (1.0 + (shift - 1.0) * sigma)
}

/// `count` numbers from `first` to `last`, both included; one alone is `first`.
fn evenly(first: f64, last: f64, count: usize) -> impl Iterator<Item = f64> {
    let gaps = count.saturating_sub(1).max(1) as f64;
    (0..count).map(move |index| {
        // The last one exactly: rounding must not move the last sigma.
        if index + 1 == count && count > 1 {
            last
        } else {
            first + (last - first) / gaps * index as f64
        }
    })
}
