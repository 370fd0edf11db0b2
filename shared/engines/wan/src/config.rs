//! The configurations beside the weights, as diffusers and transformers write them.

use serde::Deserialize;

use ourvidz_engine_base::{Error, Result};

/// Of the text encoder, `text_encoder/config.json`.
#[derive(Debug, Clone, Deserialize)]
pub struct Umt5Config {
    pub vocab_size: usize,
    /// Size of a token's vector.
    pub d_model: usize,
    /// Size of one head, which times the number of heads need not be `d_model`.
    pub d_kv: usize,
    /// Width inside the feed-forward part.
    pub d_ff: usize,
    pub num_layers: usize,
    pub num_heads: usize,
    /// Into how many classes distances between tokens are sorted.
    pub relative_attention_num_buckets: usize,
    /// The distance from which on all are one class.
    pub relative_attention_max_distance: usize,
    /// Added to the variance before its root.
    #[serde(default = "small_epsilon")]
    pub layer_norm_epsilon: f64,
    /// The kind of the feed-forward part.
    pub feed_forward_proj: String,
}

impl Umt5Config {
    /// Refuses what this engine does not run.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] with the name of the setting.
    pub fn check(&self) -> Result<()> {
        supported(
            self.feed_forward_proj == "gated-gelu",
            "text encoder: feed_forward_proj must be gated-gelu",
        )?;
        // Half of the classes are for what is before a token; of these, half are for single distances.
        let is_divisible = self.relative_attention_num_buckets >= 4
            && self.relative_attention_num_buckets.is_multiple_of(4);
        supported(
            is_divisible,
            "text encoder: relative_attention_num_buckets must be a multiple of 4",
        )
    }
}

/// Of the denoiser, `transformer/config.json`.
#[derive(Debug, Clone, Deserialize)]
pub struct TransformerConfig {
    /// Frames, rows and columns that make one token.
    pub patch_size: [usize; 3],
    pub num_attention_heads: usize,
    pub attention_head_dim: usize,
    /// Channels of the latents.
    pub in_channels: usize,
    /// Channels of what is predicted.
    pub out_channels: usize,
    /// Size of a vector of the text encoder.
    pub text_dim: usize,
    /// Numbers that a timestep is spread over.
    pub freq_dim: usize,
    /// Width inside the feed-forward part.
    pub ffn_dim: usize,
    pub num_layers: usize,
    /// Whether a norm comes before the attention to the text.
    pub cross_attn_norm: bool,
    /// How queries and keys are normed.
    pub qk_norm: Option<String>,
    /// Added to variances before their root.
    #[serde(default = "small_epsilon")]
    pub eps: f64,
    /// The longest side that rotary positions are made for.
    pub rope_max_seq_len: usize,
    /// Set in models that start from a picture.
    #[serde(default)]
    pub image_dim: Option<usize>,
    /// As `image_dim`.
    #[serde(default)]
    pub added_kv_proj_dim: Option<usize>,
}

impl TransformerConfig {
    /// Size of a token's vector.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.num_attention_heads * self.attention_head_dim
    }

    /// Refuses what this engine does not run.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] with the name of the setting.
    pub fn check(&self) -> Result<()> {
        let is_text_only = self.image_dim.is_none() && self.added_kv_proj_dim.is_none();
        supported(
            is_text_only,
            "this is a model that starts from a picture; the text-to-video model is needed",
        )?;
        let norm = self.qk_norm.as_deref();
        supported(
            norm == Some("rms_norm_across_heads"),
            "transformer: qk_norm must be rms_norm_across_heads",
        )?;
        supported(
            self.in_channels == self.out_channels,
            "transformer: in_channels and out_channels differ",
        )?;
        supported(
            self.attention_head_dim.is_multiple_of(2),
            "transformer: attention_head_dim must be even",
        )?;
        supported(
            self.freq_dim.is_multiple_of(2),
            "transformer: freq_dim must be even",
        )?;
        supported(
            self.patch_size.iter().all(|side| *side > 0),
            "transformer: patch_size must not be 0",
        )
    }
}

/// Of the VAE, `vae/config.json`.
#[derive(Debug, Clone, Deserialize)]
pub struct WanVaeConfig {
    /// Channels at full size.
    pub base_dim: usize,
    /// The decoder's, where they differ.
    #[serde(default)]
    pub decoder_base_dim: Option<usize>,
    /// Channels of the latents.
    pub z_dim: usize,
    /// Channels at each level, as multiples of `base_dim`.
    pub dim_mult: Vec<usize>,
    /// Residual blocks at each level.
    pub num_res_blocks: usize,
    /// At which levels time is halved too.
    pub temperal_downsample: Vec<bool>,
    /// Mean of each latent channel.
    pub latents_mean: Vec<f32>,
    /// Deviation of each latent channel.
    pub latents_std: Vec<f32>,
    /// Set in the VAE of a later model.
    #[serde(default)]
    pub is_residual: bool,
    /// As `is_residual`.
    #[serde(default)]
    pub patch_size: Option<usize>,
    /// Scales with attention; none in this model.
    #[serde(default)]
    pub attn_scales: Vec<f32>,
}

impl WanVaeConfig {
    /// Pixels along each side of a latent.
    #[must_use]
    pub const fn stride(&self) -> usize {
        1 << self.temperal_downsample.len()
    }

    /// Frames to each latent frame after the first.
    #[must_use]
    pub fn frame_stride(&self) -> usize {
        1 << self
            .temperal_downsample
            .iter()
            .filter(|halved| **halved)
            .count()
    }

    /// Refuses what this engine does not run.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] with the name of the setting.
    pub fn check(&self) -> Result<()> {
        supported(
            !self.is_residual && self.patch_size.is_none(),
            "this is the VAE of a later model",
        )?;
        supported(
            self.attn_scales.is_empty(),
            "vae: attn_scales must be empty",
        )?;
        let levels = self.dim_mult.len();
        supported(
            levels > 0 && self.temperal_downsample.len() + 1 == levels,
            "vae: temperal_downsample must be one shorter than dim_mult",
        )?;
        let statistics =
            self.latents_mean.len() == self.z_dim && self.latents_std.len() == self.z_dim;
        supported(
            statistics,
            "vae: latents_mean and latents_std must have z_dim numbers",
        )?;
        let deviations = self.latents_std.iter().all(|deviation| *deviation > 0.0);
        supported(deviations, "vae: latents_std must be positive")
    }
}

const fn small_epsilon() -> f64 {
    1e-6
}

fn supported(holds: bool, otherwise: &str) -> Result<()> {
    if holds {
        Ok(())
    } else {
        Err(Error::Unsupported(otherwise.to_owned()))
    }
}

/// Of the scheduler, `scheduler/scheduler_config.json`. Solver and shift come with the order; this says whether the
/// model was trained for them.
#[derive(Debug, Clone, Deserialize)]
pub struct FlowConfig {
    #[serde(rename = "_class_name")]
    pub class_name: String,
    /// What the model predicts; a flow scheduler knows nothing else and does not name it.
    #[serde(default = "flow_prediction")]
    pub prediction_type: String,
    /// Whether the shift follows from the size of the clip.
    #[serde(default)]
    pub use_dynamic_shifting: bool,
    /// Whether time runs from picture to noise.
    #[serde(default)]
    pub invert_sigmas: bool,
}

fn flow_prediction() -> String {
    "flow_prediction".to_owned()
}

impl FlowConfig {
    /// Refuses what this engine does not run.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] with the name of the setting.
    pub fn check(&self) -> Result<()> {
        let Self {
            class_name,
            prediction_type,
            ..
        } = self;
        supported(
            ["FlowMatchEulerDiscreteScheduler", "UniPCMultistepScheduler"]
                .contains(&class_name.as_str()),
            &format!("scheduler: the class {class_name:?} is unknown here"),
        )?;
        supported(
            prediction_type == "flow_prediction",
            &format!("scheduler: prediction_type {prediction_type:?} is no flow_prediction"),
        )?;
        supported(
            !self.use_dynamic_shifting,
            "scheduler: use_dynamic_shifting must be false",
        )?;
        supported(
            !self.invert_sigmas,
            "scheduler: invert_sigmas must be false",
        )
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use ourvidz_engine_base::config::read_json;
    use serde::de::DeserializeOwned;
    use serde_json::{Value, json};

    use super::*;

    /// The published configuration of a component, with one setting changed.
    fn changed<T: DeserializeOwned>(component: &str, setting: &str, value: Value) -> T {
        let fixtures = "../../../tests/fixtures/parity/wan/published";
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(fixtures);
        let mut config: Value = read_json(&path.join(format!("{component}.json"))).unwrap();
        config
            .as_object_mut()
            .unwrap()
            .insert(setting.to_owned(), value);
        serde_json::from_value(config).unwrap()
    }

    fn refused(outcome: Result<()>) -> String {
        match outcome {
            Err(Error::Unsupported(what)) => what,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_model_that_starts_from_a_picture_is_refused_by_name() {
        for setting in ["image_dim", "added_kv_proj_dim"] {
            let config: TransformerConfig = changed("transformer", setting, json!(1280));
            assert!(refused(config.check()).contains("starts from a picture"));
            let config: TransformerConfig = changed("transformer", setting, json!(null));
            config.check().unwrap();
        }
    }

    #[test]
    fn the_vae_of_a_later_model_is_refused_by_name() {
        for (setting, value) in [("is_residual", json!(true)), ("patch_size", json!(2))] {
            let config: WanVaeConfig = changed("vae", setting, value);
            assert!(refused(config.check()).contains("later model"));
        }
    }

    #[test]
    fn settings_that_the_code_does_not_follow_are_refused() {
        for (setting, value) in [
            ("qk_norm", json!(null)),
            ("out_channels", json!(36)),
            ("attention_head_dim", json!(7)),
        ] {
            let config: TransformerConfig = changed("transformer", setting, value);
            assert!(refused(config.check()).contains(setting));
        }
        for (setting, value) in [
            ("feed_forward_proj", json!("relu")),
            ("relative_attention_num_buckets", json!(30)),
        ] {
            let config: Umt5Config = changed("text_encoder", setting, value);
            assert!(refused(config.check()).contains(setting));
        }
        for (setting, value) in [
            ("latents_mean", json!([0.5])),
            ("temperal_downsample", json!([true])),
        ] {
            let config: WanVaeConfig = changed("vae", setting, value);
            assert!(refused(config.check()).contains(setting));
        }
    }

    #[test]
    fn a_scheduler_for_another_training_is_refused_by_name() {
        let check = |value: Value| {
            let config: FlowConfig = serde_json::from_value(value).unwrap();
            config.check()
        };
        let flow = "FlowMatchEulerDiscreteScheduler";
        check(json!({"_class_name": flow, "shift": 5.0})).unwrap();
        let unipc = "UniPCMultistepScheduler";
        check(json!({"_class_name": unipc, "prediction_type": "flow_prediction"})).unwrap();
        for (config, name) in [
            (json!({"_class_name": "LCMScheduler"}), "LCMScheduler"),
            (
                json!({"_class_name": unipc, "prediction_type": "v_prediction"}),
                "v_prediction",
            ),
            (
                json!({"_class_name": flow, "use_dynamic_shifting": true}),
                "use_dynamic_shifting",
            ),
            (
                json!({"_class_name": flow, "invert_sigmas": true}),
                "invert_sigmas",
            ),
        ] {
            assert!(refused(check(config)).contains(name), "{name}");
        }
    }

    #[test]
    fn strides_are_those_of_the_published_model() {
        let config: WanVaeConfig = changed("vae", "is_residual", json!(false));
        assert_eq!((config.stride(), config.frame_stride()), (8, 4));
    }
}
