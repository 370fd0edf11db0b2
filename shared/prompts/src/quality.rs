//! What a prompt is worth.

use serde::{Deserialize, Serialize};

/// What makes up the score; each from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct QualityMetrics {
    /// How much of the original is still there.
    pub coherence: f64,
    /// Light, colour, composition.
    pub visual_appeal: f64,
    /// Terms that a model knows to mean quality.
    pub technical_quality: f64,
}
