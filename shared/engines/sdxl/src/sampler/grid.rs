//! The steps of a walk: how much noise is left at each, and its time in the training.

use super::Sampler;
use crate::config::ScheduleConfig;

/// Karras' grid bends by this; the value is that of "Elucidating the design space of diffusion-based generative
/// models" (2022).
const RHO: f64 = 7.0;
/// Published schedulers of SDXL count times from 1.
const OFFSET: usize = 1;

/// The steps of a walk.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    times: Vec<f64>,
    /// One more than there are times: behind the last step nothing is left.
    sigmas: Vec<f64>,
}

impl Grid {
    /// The grid of a sampler for a number of steps.
    #[must_use]
    pub fn new(sampler: Sampler, config: &ScheduleConfig, steps: usize) -> Self {
        let trained = trained_sigmas(config);
        let (times, mut sigmas): (Vec<f64>, Vec<f64>) = match sampler {
            Sampler::Euler => {
                let stride = config.num_train_timesteps / steps.max(1);
                (0..steps)
                    .rev()
                    .map(|step| {
                        let time = (step * stride + OFFSET).min(trained.len().saturating_sub(1));
                        (time as f64, trained.get(time).copied().unwrap_or_default())
                    })
                    .unzip()
            }
            Sampler::DpmPlusPlus2MKarras => karras(&trained, steps)
                .into_iter()
                .map(|sigma| (time_of(&trained, sigma).round_ties_even(), sigma))
                .unzip(),
        };
        sigmas.push(0.0);
        Self { times, sigmas }
    }

    /// The time of a step.
    #[must_use]
    pub fn time(&self, step: usize) -> Option<f64> {
        self.times.get(step).copied()
    }

    /// The noise at a step; none behind the last.
    #[must_use]
    pub fn sigma(&self, step: usize) -> f64 {
        self.sigmas.get(step).copied().unwrap_or_default()
    }
}

/// The noise at each time of the training.
fn trained_sigmas(config: &ScheduleConfig) -> Vec<f64> {
    let (start, end) = (config.beta_start.sqrt(), config.beta_end.sqrt());
    let last = (config.num_train_timesteps.max(2) - 1) as f64;
    (0..config.num_train_timesteps)
        .scan(1.0, |kept, time| {
            let beta = (start + (end - start) * time as f64 / last).powi(2);
            *kept *= 1.0 - beta;
            Some(((1.0 - *kept) / *kept).sqrt())
        })
        .collect()
}

fn karras(trained: &[f64], steps: usize) -> Vec<f64> {
    let root = |sigma: Option<&f64>| sigma.copied().unwrap_or_default().powf(1.0 / RHO);
    let (least, most) = (root(trained.first()), root(trained.last()));
    (0..steps)
        .map(|step| {
            let share = step as f64 / (steps.max(2) - 1) as f64;
            (most + share * (least - most)).powf(RHO)
        })
        .collect()
}

/// The time at which the training had this much noise, between two of its times by logarithm.
fn time_of(trained: &[f64], sigma: f64) -> f64 {
    let above = trained.partition_point(|each| *each <= sigma);
    let low = above.saturating_sub(1).min(trained.len().saturating_sub(2));
    let (Some(below), Some(beyond)) = (trained.get(low), trained.get(low + 1)) else {
        return 0.0;
    };
    let share = (sigma / below).ln() / (beyond / below).ln();
    low as f64 + share.clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_falls_and_ends_at_nothing() {
        for sampler in [Sampler::Euler, Sampler::DpmPlusPlus2MKarras] {
            for steps in [1, 2, 15, 100] {
                let grid = Grid::new(sampler, &ScheduleConfig::default(), steps);
                assert_eq!((grid.times.len(), grid.sigmas.len()), (steps, steps + 1));
                assert!(
                    grid.sigmas.windows(2).all(|pair| pair[0] > pair[1]),
                    "{sampler:?} {steps}"
                );
                assert!(grid.sigma(steps) == 0.0 && grid.time(steps).is_none());
            }
        }
    }

    #[test]
    fn the_first_step_is_where_training_ended() {
        let grid = Grid::new(Sampler::DpmPlusPlus2MKarras, &ScheduleConfig::default(), 10);
        assert_eq!(grid.time(0), Some(999.0));
        assert!((grid.sigma(0) - 14.6146).abs() < 1e-3);
    }
}
