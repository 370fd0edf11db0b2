//! The `UniPC` solver of second order (Zhao et al., "`UniPC`: a unified predictor-corrector framework for fast sampling of
//! diffusion models", 2023), in its B2 variant on predictions of the clip.

use candle_core::Tensor;

use ourvidz_engine_base::Result;

use super::{Step, TRAINED_STEPS, evenly, shifted};

/// The order of the predictor. Two is what guided sampling wants: three follows the guidance's errors.
const ORDER: usize = 2;

/// The first sigma stays this far below 1, where the signal's share would be 0 and its logarithm infinite.
const BELOW_ONE: f64 = 1e-6;

/// What it remembers from step to step.
#[derive(Debug, Default)]
pub(super) struct UniPc {
    /// The last step, once there was one.
    last: Option<Last>,
    /// The clip as predicted at the step before the last.
    older: Option<Prediction>,
}

#[derive(Debug)]
struct Last {
    prediction: Prediction,
    /// The sample that the last step started from, after correction.
    sample: Tensor,
    order: usize,
}

#[derive(Debug, Clone)]
struct Prediction {
    clip: Tensor,
    /// Half the logarithm of the ratio of signal to noise, at the sigma where it was made.
    log_snr: f64,
}

impl UniPc {
    pub fn step(&mut self, step: Step, velocity: &Tensor, sample: &Tensor) -> Result<Tensor> {
        let now = Prediction {
            clip: (sample - (velocity * step.from)?)?,
            log_snr: log_snr(step.from),
        };
        let sample = match &self.last {
            Some(last) => {
                let correction = Move::new(step.before, step.from);
                correction.corrected(last, self.older.as_ref(), &now)?
            }
            None => sample.clone(),
        };

        // The first step knows no older one, and the last would lean too far on it.
        let known = 1 + usize::from(self.last.is_some());
        let order = ORDER.min(step.left).min(known);
        self.older = self.last.take().map(|last| last.prediction);
        let older = if order > 1 { self.older.as_ref() } else { None };
        let next = Move::new(step.from, step.to).predicted(&sample, &now, older)?;
        self.last = Some(Last {
            prediction: now,
            sample,
            order,
        });
        Ok(next)
    }
}

/// A move from one sigma to another, in the terms of the exponential integrator.
struct Move {
    /// What becomes of the sample's noise.
    keep: f64,
    /// Share of the signal at the end.
    signal: f64,
    /// Growth of the log-SNR, negated.
    distance: f64,
    /// `exp(distance) - 1`.
    growth: f64,
}

impl Move {
    fn new(from: f64, to: f64) -> Self {
        let distance = log_snr(from) - log_snr(to);
        Self {
            keep: to / from,
            signal: 1.0 - to,
            distance,
            growth: distance.exp_m1(),
        }
    }

    /// The sample after the move if the clip stays as predicted.
    fn straight(&self, sample: &Tensor, clip: &Tensor) -> Result<Tensor> {
        Ok(((sample * self.keep)? - (clip * (self.signal * self.growth))?)?)
    }

    /// Where an older prediction lies, in lengths of this move from its start: negative.
    fn ratio(&self, start: &Prediction, older: &Prediction) -> f64 {
        (older.log_snr - start.log_snr) / -self.distance
    }

    fn predicted(
        &self,
        sample: &Tensor,
        now: &Prediction,
        older: Option<&Prediction>,
    ) -> Result<Tensor> {
        let straight = self.straight(sample, &now.clip)?;
        let Some(older) = older else {
            return Ok(straight);
        };
        let slope = ((&older.clip - &now.clip)? / self.ratio(now, older))?;
        // With one older prediction the weight is one half by the paper's simplification.
        Ok((straight - (slope * (0.5 * self.signal * self.growth))?)?)
    }

    /// The sample that the last move should have led to, now that the prediction at its end is known.
    fn corrected(
        &self,
        last: &Last,
        older: Option<&Prediction>,
        now: &Prediction,
    ) -> Result<Tensor> {
        let start = &last.prediction;
        let straight = self.straight(&last.sample, &start.clip)?;
        let change = (&now.clip - &start.clip)?;
        let correction = match older {
            Some(older) if last.order > 1 => {
                let ratio = self.ratio(start, older);
                let (of_older, of_new) = self.weights(ratio);
                let slope = ((&older.clip - &start.clip)? / ratio)?;
                ((slope * of_older)? + (change * of_new)?)?
            }
            _ => (change * 0.5)?,
        };
        Ok((straight - (correction * (self.signal * self.growth))?)?)
    }

    /// The weights of the older and of the new difference: they solve the conditions of second order,
    /// `a + b = first` and `a * ratio + b = second`.
    fn weights(&self, ratio: f64) -> (f64, f64) {
        let once = self.growth / self.distance - 1.0;
        let twice = once / self.distance - 0.5;
        let first = once / self.growth;
        let second = 2.0 * twice / self.growth;
        let older = (first - second) / (1.0 - ratio);
        (older, first - older)
    }
}

/// Half the logarithm of the ratio of signal to noise; infinite without noise.
fn log_snr(sigma: f64) -> f64 {
    (1.0 - sigma).ln() - sigma.ln()
}

/// Sigmas and timesteps as diffusers' `UniPC` lays them for flow matching: evenly over one step more than asked
/// for, of which the last is left to the sigma 0; timesteps are whole numbers.
pub(super) fn sigmas_and_timesteps(steps: usize, shift: f64) -> (Vec<f32>, Vec<f32>) {
    let exact: Vec<f64> = evenly(1.0, 1.0 / TRAINED_STEPS, steps + 1)
        .take(steps)
        .map(|sigma| shifted(sigma, shift))
        .map(|sigma| {
            if (sigma - 1.0).abs() < BELOW_ONE {
                sigma - BELOW_ONE
            } else {
                sigma
            }
        })
        .collect();
    let timesteps = exact
        .iter()
        .map(|sigma| (sigma * TRAINED_STEPS).trunc() as f32)
        .collect();
    let mut sigmas: Vec<f32> = exact.iter().map(|sigma| *sigma as f32).collect();
    sigmas.push(0.0);
    (sigmas, timesteps)
}
