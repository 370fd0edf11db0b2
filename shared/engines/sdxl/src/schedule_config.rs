//! The noise of the training and where steps lie, `scheduler/scheduler_config.json`.

use ourvidz_engine_base::Result;
use serde::Deserialize;

use crate::config::require;

/// What the model was trained to predict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prediction {
    /// The noise.
    #[default]
    Epsilon,
    /// A mixture of noise and picture, as some fine-tuned models.
    VPrediction,
}

/// Which times of the training the steps of Euler visit, in the order of diffusers' names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimestepSpacing {
    /// From the last time to the first.
    Linspace,
    /// Whole strides from the first time on: the last one is not visited.
    #[default]
    Leading,
    /// Whole strides back from the last time: what was trained to begin at nothing but noise asks for it.
    Trailing,
}

/// How noise was added in training, and where the steps lie. What is absent is as SDXL was published.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct ScheduleConfig {
    /// diffusers' class. Those that share this training differ in their samplers, which are the operator's choice.
    #[serde(rename = "_class_name")]
    pub class_name: String,
    pub num_train_timesteps: usize,
    /// Noise of the first step.
    pub beta_start: f64,
    /// Noise of the last step.
    pub beta_end: f64,
    /// `scaled_linear` for SDXL.
    pub beta_schedule: String,
    /// Noise of each step, where it follows no formula.
    pub trained_betas: Option<Vec<f64>>,
    /// Whether training ended at noise alone, without a rest of the picture.
    pub rescale_betas_zero_snr: bool,
    pub prediction_type: Prediction,
    pub timestep_spacing: TimestepSpacing,
    /// Added to the times of `leading`.
    pub steps_offset: usize,
    /// `discrete` where the model was trained with numbers of steps.
    pub timestep_type: String,
    /// `zero` where the last step leaves no noise.
    pub final_sigmas_type: String,
    /// How the noise between two times of the training is told.
    pub interpolation_type: String,
}

impl Default for ScheduleConfig {
    fn default() -> Self {
        Self {
            class_name: "EulerDiscreteScheduler".to_owned(),
            num_train_timesteps: 1000,
            beta_start: 0.00085,
            beta_end: 0.012,
            beta_schedule: "scaled_linear".to_owned(),
            trained_betas: None,
            rescale_betas_zero_snr: false,
            prediction_type: Prediction::Epsilon,
            timestep_spacing: TimestepSpacing::Leading,
            steps_offset: 1,
            timestep_type: "discrete".to_owned(),
            final_sigmas_type: "zero".to_owned(),
            interpolation_type: "linear".to_owned(),
        }
    }
}

/// Schedulers of the same training. Models for others, such as `LCMScheduler` or `FlowMatchEulerDiscreteScheduler`,
/// were trained for another way of sampling.
const SCHEDULERS: [&str; 15] = [
    "DDIMScheduler",
    "DDPMScheduler",
    "DEISMultistepScheduler",
    "DPMSolverMultistepScheduler",
    "DPMSolverSDEScheduler",
    "DPMSolverSinglestepScheduler",
    "EulerAncestralDiscreteScheduler",
    "EulerDiscreteScheduler",
    "HeunDiscreteScheduler",
    "IPNDMScheduler",
    "KDPM2AncestralDiscreteScheduler",
    "KDPM2DiscreteScheduler",
    "LMSDiscreteScheduler",
    "PNDMScheduler",
    "UniPCMultistepScheduler",
];

impl ScheduleConfig {
    pub(crate) fn check(&self) -> Result<()> {
        let known = |name: &str, value: &str, known: &[&str]| {
            require(
                known.contains(&value),
                &format!("the scheduler's {name} {value:?} is unknown here"),
            )
        };
        known("class", &self.class_name, &SCHEDULERS)?;
        known("beta_schedule", &self.beta_schedule, &["scaled_linear"])?;
        known("timestep_type", &self.timestep_type, &["discrete"])?;
        known("final_sigmas_type", &self.final_sigmas_type, &["zero"])?;
        known("interpolation_type", &self.interpolation_type, &["linear"])?;
        require(
            self.trained_betas.is_none(),
            "the scheduler's trained_betas are unknown here",
        )?;
        require(
            self.num_train_timesteps > 1
                && 0.0 < self.beta_start
                && self.beta_start < self.beta_end
                && self.beta_end < 1.0,
            "the noise of the training is not that of SDXL",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(json: &str) -> std::result::Result<ScheduleConfig, String> {
        let config: ScheduleConfig = serde_json::from_str(json).map_err(|e| e.to_string())?;
        config.check().map_err(|error| error.to_string())?;
        Ok(config)
    }

    #[test]
    fn a_models_scheduler_is_obeyed() {
        let zero_snr = schedule(
            r#"{"_class_name":"EulerDiscreteScheduler","rescale_betas_zero_snr":true,
                "timestep_spacing":"trailing","prediction_type":"v_prediction","sigma_min":null}"#,
        )
        .unwrap();
        assert!(zero_snr.rescale_betas_zero_snr);
        assert_eq!(zero_snr.timestep_spacing, TimestepSpacing::Trailing);
        assert_eq!(zero_snr.prediction_type, Prediction::VPrediction);
        assert_eq!(schedule("{}").unwrap(), ScheduleConfig::default());
    }

    #[test]
    fn what_is_unknown_of_a_scheduler_is_refused_by_name() {
        for (json, name) in [
            (r#"{"_class_name":"LCMScheduler"}"#, "LCMScheduler"),
            (
                r#"{"beta_schedule":"squaredcos_cap_v2"}"#,
                "squaredcos_cap_v2",
            ),
            (r#"{"prediction_type":"sample"}"#, "sample"),
            (r#"{"timestep_spacing":"logspace"}"#, "logspace"),
            (r#"{"timestep_type":"continuous"}"#, "continuous"),
            (r#"{"final_sigmas_type":"sigma_min"}"#, "sigma_min"),
            (r#"{"interpolation_type":"log_linear"}"#, "log_linear"),
            (r#"{"trained_betas":[0.1]}"#, "trained_betas"),
        ] {
            let refused = schedule(json).unwrap_err();
            assert!(refused.contains(name), "{refused}");
        }
    }
}
