//! The noise schedule of a sampling: sigma and timestep of each step.

use super::SdxlSampler;
use crate::schedule_config::{ScheduleConfig, TimestepSpacing};

/// Karras' schedule bends by this; the value is that of "Elucidating the design space of diffusion-based generative
/// models" (2022).
const RHO: f64 = 7.0;
/// What is left of the picture where training ended at noise alone: diffusers takes the least number of `f16`, so
/// that the noise stays finite.
const LEAST_KEPT: f64 = 1.0 / (1 << 24) as f64;

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
            SdxlSampler::Euler => times(config, steps)
                .map(|time| (time, sigma_at(&trained, time)))
                .unzip(),
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

/// The times of the training that Euler visits, from noise to picture.
fn times(config: &ScheduleConfig, steps: usize) -> impl Iterator<Item = f64> {
    let (trained, spacing) = (config.num_train_timesteps, config.timestep_spacing);
    let (last, offset) = (trained - 1, config.steps_offset);
    (0..steps).map(move |step| match spacing {
        TimestepSpacing::Leading => {
            let stride = trained / steps;
            ((steps - 1 - step) * stride + offset).min(last) as f64
        }
        TimestepSpacing::Trailing => {
            let stride = trained as f64 / steps as f64;
            (trained as f64 - step as f64 * stride).round_ties_even() - 1.0
        }
        TimestepSpacing::Linspace if steps == 1 => 0.0,
        TimestepSpacing::Linspace => (steps - 1 - step) as f64 * last as f64 / (steps - 1) as f64,
    })
}

/// The noise at a time of the training, or between two.
fn sigma_at(trained: &[f64], time: f64) -> f64 {
    let low = time as usize;
    let below = trained.get(low).copied().unwrap_or_default();
    let beyond = trained.get(low + 1).copied().unwrap_or(below);
    below + (beyond - below) * time.fract()
}

/// The noise at each time of the training.
fn trained_sigmas(config: &ScheduleConfig) -> Vec<f64> {
    let mut kept = kept_signal(config);
    if config.rescale_betas_zero_snr {
        rescale_to_noise_alone(&mut kept);
    }
    kept.into_iter()
        .map(|kept| ((1.0 - kept) / kept).sqrt())
        .collect()
}

/// How much of the picture's variance is left at each time.
fn kept_signal(config: &ScheduleConfig) -> Vec<f64> {
    let (start, end) = (config.beta_start.sqrt(), config.beta_end.sqrt());
    let last = (config.num_train_timesteps.max(2) - 1) as f64;
    (0..config.num_train_timesteps)
        .scan(1.0, |kept, time| {
            let beta = (start + (end - start) * time as f64 / last).powi(2);
            *kept *= 1.0 - beta;
            Some(*kept)
        })
        .collect()
}

/// Shifts and stretches the amplitudes so that the first stays and the last is nothing: algorithm 1 of "Common
/// diffusion noise schedules and sample steps are flawed" (2023).
fn rescale_to_noise_alone(kept: &mut [f64]) {
    let (Some(first), Some(last)) = (kept.first(), kept.last()) else {
        return;
    };
    let (first, last) = (first.sqrt(), last.sqrt());
    for each in kept.iter_mut() {
        *each = ((each.sqrt() - last) * first / (first - last)).powi(2);
    }
    if let Some(end) = kept.last_mut() {
        *end = LEAST_KEPT;
    }
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

    /// diffusers' `EulerDiscreteScheduler` for four steps, by its formulas.
    #[test]
    fn steps_lie_where_the_models_scheduler_puts_them() {
        use TimestepSpacing::{Leading, Linspace, Trailing};
        for (spacing, zero_snr, times, sigmas) in [
            (
                Leading,
                false,
                [751.0, 501.0, 251.0, 1.0],
                [4.116696, 1.623692, 0.698398, 0.041314],
            ),
            (
                Leading,
                true,
                [751.0, 501.0, 251.0, 1.0],
                [5.46223, 1.781064, 0.732632, 0.042068],
            ),
            (
                Linspace,
                false,
                [999.0, 666.0, 333.0, 0.0],
                [14.614641, 2.918307, 0.932358, 0.029167],
            ),
            (
                Linspace,
                true,
                [999.0, 666.0, 333.0, 0.0],
                [4096.0, 3.500933, 0.986897, 0.029167],
            ),
            (
                Trailing,
                false,
                [999.0, 749.0, 499.0, 249.0],
                [14.614641, 4.081729, 1.612886, 0.693205],
            ),
            (
                Trailing,
                true,
                [999.0, 749.0, 499.0, 249.0],
                [4096.0, 5.398738, 1.76808, 0.727056],
            ),
        ] {
            let config = ScheduleConfig {
                timestep_spacing: spacing,
                rescale_betas_zero_snr: zero_snr,
                ..ScheduleConfig::default()
            };
            let schedule = SigmaSchedule::new(SdxlSampler::Euler, &config, 4);
            assert_eq!(schedule.times, times, "{spacing:?}");
            for (found, expected) in schedule.sigmas.iter().zip(sigmas) {
                assert!(
                    (found / expected - 1.0).abs() < 2e-5,
                    "{spacing:?} {zero_snr} {found}"
                );
            }
        }
    }

    #[test]
    fn strides_that_are_not_whole_are_rounded_to_even() {
        let config = ScheduleConfig {
            timestep_spacing: TimestepSpacing::Trailing,
            ..ScheduleConfig::default()
        };
        let schedule = SigmaSchedule::new(SdxlSampler::Euler, &config, 16);
        assert_eq!(schedule.times[..4], [999.0, 937.0, 874.0, 811.0]);
        let config = ScheduleConfig {
            timestep_spacing: TimestepSpacing::Linspace,
            ..config
        };
        let schedule = SigmaSchedule::new(SdxlSampler::Euler, &config, 3);
        assert_eq!(schedule.times, [999.0, 499.5, 0.0]);
        assert!(
            (schedule.sigma(1) / 1.6155 - 1.0).abs() < 1e-3,
            "{}",
            schedule.sigma(1)
        );
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
