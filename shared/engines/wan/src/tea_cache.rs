//! `TeaCache` (Liu et al., "Timestep Embedding Tells: It's Time to Cache for Video Diffusion Model"): a step whose
//! timestep means nearly the same to the model as the last computed one adds what the blocks added then, instead of
//! asking them again.
//!
//! How far apart two timesteps are is known before the first step, because it depends on nothing that is sampled: which
//! steps are computed is decided once for a clip.

use std::str::FromStr;

use ourvidz_engine_base::{Error, Result};

use crate::config::TransformerConfig;

/// What turns the change of the time embedding into a guess of how much the prediction changes: coefficients of a
/// polynomial, the highest power first. They were fitted to one model and mean nothing to another.
pub type Rescaling = [f64; 5];

/// For Wan2.1-T2V-1.3B, from `TeaCache4Wan2.1/teacache_generate.py` of <https://github.com/ali-vilab/TeaCache>
/// (Apache-2.0): those without `use_ret_steps`, which its authors advise for this model, and which go with the time
/// embedding before its projection.
const T2V_1_3B: Rescaling = [
    2.396_767_52e3,
    -1.311_105_45e3,
    2.013_319_79e2,
    -8.298_559_75,
    1.378_877_74e-1,
];

/// Layers, size of a token and width of the feed-forward part of that model.
const T2V_1_3B_SIZES: [usize; 3] = [30, 1536, 8960];

/// The authors recommend up to 0.08 for this model. From 1 on, a prediction could change by all that it is and nobody
/// would look.
const MOST: f64 = 1.0;

/// How much predictions may change, added up, before a step is computed: 0 computes all of them.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CacheThreshold(f64);

impl FromStr for CacheThreshold {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text.parse::<f64>() {
            Ok(number) if (0.0..MOST).contains(&number) => Ok(Self(number)),
            _ => Err(Error::Request(format!(
                "TeaCache's threshold is a number from 0 (off) to below {MOST}, such as 0.05, and not {text:?}"
            ))),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TeaCache {
    threshold: f64,
    rescaling: Rescaling,
}

impl TeaCache {
    /// For a model that the coefficients are known of; nothing where the threshold is 0.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] when it is another model.
    pub fn of_model(threshold: CacheThreshold, model: &TransformerConfig) -> Result<Option<Self>> {
        let CacheThreshold(threshold) = threshold;
        if threshold == 0.0 {
            return Ok(None);
        }
        let sizes = [model.num_layers, model.size(), model.ffn_dim];
        if sizes != T2V_1_3B_SIZES {
            let [layers, size, _] = sizes;
            return Err(Error::Unsupported(format!(
                "TeaCache is known for WAN 2.1 T2V 1.3B alone, and this denoiser has {layers} layers of {size}"
            )));
        }
        Ok(Some(Self::new(threshold, T2V_1_3B)))
    }

    /// With coefficients of another model.
    #[must_use]
    pub const fn new(threshold: f64, rescaling: Rescaling) -> Self {
        Self {
            threshold,
            rescaling,
        }
    }

    #[must_use]
    pub const fn threshold(&self) -> f64 {
        self.threshold
    }

    /// Which steps are computed, if the time embedding changes by these shares from one step to the next: one more
    /// than there are changes, and the first and the last always. Where a sampling begins and ends, its prediction
    /// changes most, and nothing would make up for the last.
    #[must_use]
    pub fn computed_steps(&self, changes: &[f64]) -> Vec<bool> {
        let mut since = 0.0;
        let mut computed = vec![true];
        for (number, change) in changes.iter().enumerate() {
            since += self.guess(*change);
            let is_last = number + 1 == changes.len();
            // Not a number is computed, too.
            let is_near = since < self.threshold;
            if is_last || !is_near {
                since = 0.0;
            }
            computed.push(is_last || !is_near);
        }
        computed
    }

    /// How much the prediction changes. The polynomial was fitted to small changes: it turns down at 0.12 and is
    /// negative from 0.19 to 0.31, where the change itself says more.
    fn guess(&self, change: f64) -> f64 {
        let fitted = self
            .rescaling
            .iter()
            .fold(0.0, |sum, coefficient| sum * change + coefficient);
        fitted.max(change)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The change itself.
    const PLAIN: Rescaling = [0.0, 0.0, 0.0, 1.0, 0.0];

    fn published() -> TransformerConfig {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../../tests/fixtures/parity/wan/published/transformer.json"
        );
        ourvidz_engine_base::config::read_json(path.as_ref()).unwrap()
    }

    fn computed(threshold: f64, changes: &[f64]) -> String {
        let steps = TeaCache::new(threshold, PLAIN).computed_steps(changes);
        let marks = steps.into_iter().map(|is| if is { 'x' } else { '.' });
        marks.collect()
    }

    #[test]
    fn changes_add_up_until_a_step_is_computed() {
        assert_eq!(computed(0.25, &[0.1; 8]), "x..x..x.x");
        assert_eq!(computed(0.05, &[0.1; 8]), "xxxxxxxxx");
        assert_eq!(computed(0.25, &[0.1, 0.5, 0.1, 0.1, 0.1]), "x.x..x");
        // What counts is what came since the last computed step, not the last change.
        assert_eq!(computed(0.3, &[0.2, 0.2, 0.2, 0.2, 0.2]), "x.x.xx");
    }

    #[test]
    fn the_first_and_the_last_step_are_computed_whatever_the_threshold() {
        assert_eq!(computed(0.9, &[0.0; 5]), "x....x");
        assert_eq!(computed(0.9, &[0.0]), "xx");
        assert_eq!(computed(0.9, &[]), "x");
    }

    #[test]
    fn what_is_no_number_is_computed() {
        assert_eq!(computed(0.9, &[0.0, f64::NAN, 0.0, 0.0]), "x.x.x");
    }

    #[test]
    fn the_polynomial_is_the_published_one_where_it_was_fitted() {
        let cache = TeaCache::new(0.08, T2V_1_3B);
        // The polynomial by hand.
        for (change, expected) in [
            (0.01, 0.073_748),
            (0.03, 0.036_671),
            (0.05, 0.077_381),
            (0.1, 0.249_923),
        ] {
            let found = cache.guess(change);
            assert!((found - expected).abs() < 1e-6, "{change}: {found}");
        }
        // It would take a change of a fifth for none at all.
        assert!((cache.guess(0.2) - 0.2).abs() < 1e-12);
    }

    #[test]
    fn coefficients_are_of_one_model() {
        let threshold = "0.08".parse().unwrap();
        let known = TeaCache::of_model(threshold, &published());
        assert_eq!(known.unwrap().unwrap().threshold(), 0.08);

        let larger = TransformerConfig {
            num_layers: 40,
            ..published()
        };
        let error = TeaCache::of_model(threshold, &larger).unwrap_err();
        assert!(error.to_string().contains("40 layers of 1536"), "{error}");
        let off = TeaCache::of_model(CacheThreshold::default(), &larger);
        assert_eq!(off.unwrap(), None);
    }

    #[test]
    fn a_threshold_is_a_number_below_one() {
        assert_eq!("0".parse::<CacheThreshold>().unwrap().0, 0.0);
        for wrong in ["", "on", "1", "-0.1", "nan", "inf"] {
            let error = wrong.parse::<CacheThreshold>().unwrap_err();
            assert!(error.to_string().contains("0 (off)"), "{wrong}: {error}");
        }
    }
}
