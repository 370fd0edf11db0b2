//! The noise schedule of a sampling: sigma and timestep of each step.

use super::SdxlSampler;
use crate::config::ScheduleConfig;

/// Karras' schedule bends by this; the value is that of "Elucidating the design space of diffusion-based generative
/// models" (2022).
const RHO: f64 = 7.0;
/// Published schedulers of SDXL count times from 1.
const OFFSET: usize = 1;

/// Sigma and timestep of each step.
#[derive(Debug, Clone, PartialEq)]
pub struct SigmaSchedule {
    times: Vec<f64>,
    /// One more than there are times: behind the last step nothing is left.
    sigmas: Vec<f64>,
}

impl SigmaSchedule {
    /// The schedule of a sampler for a number of steps.
    #[must_use]
    pub fn new(sampler: SdxlSampler, config: &ScheduleConfig, steps: usize) -> Self {
        let trained = trained_sigmas(config);
        let (times, mut sigmas): (Vec<f64>, Vec<f64>) = match sampler {
            SdxlSampler::Euler => {
                let stride = config.num_train_timesteps / steps.max(1);
                (0..steps)
                    .rev()
                    .map(|step| {
                        let time = (step * stride + OFFSET).min(trained.len().saturating_sub(1));
                        (time as f64, trained.get(time).copied().unwrap_or_default())
                    })
                    .unzip()
            }
            SdxlSampler::DpmPlusPlus2MKarras => karras(&trained, steps)
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
        for sampler in [SdxlSampler::Euler, SdxlSampler::DpmPlusPlus2MKarras] {
            for steps in [1, 2, 15, 100] {
                let schedule = SigmaSchedule::new(sampler, &ScheduleConfig::default(), steps);
                assert_eq!(
                    (schedule.times.len(), schedule.sigmas.len()),
                    (steps, steps + 1)
                );
                assert!(
                    schedule.sigmas.windows(2).all(|pair| pair[0] > pair[1]),
                    "{sampler:?} {steps}"
                );
                assert!(schedule.sigma(steps) == 0.0 && schedule.time(steps).is_none());
            }
        }
    }

    #[test]
    fn the_first_step_is_where_training_ended() {
        let schedule = SigmaSchedule::new(
            SdxlSampler::DpmPlusPlus2MKarras,
            &ScheduleConfig::default(),
            10,
        );
        assert_eq!(schedule.time(0), Some(999.0));
        assert!((schedule.sigma(0) - 14.6146).abs() < 1e-3);
    }
}
