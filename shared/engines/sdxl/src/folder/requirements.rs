//! Whether a path holds all of a model.

use std::path::Path;

use ourvidz_engine_base::Result;
use ourvidz_engine_base::weights::WeightsReport;

use super::{SdxlComponent, SdxlFiles, count};

/// What a path holds of a model, for a person who wants to run it.
#[derive(Debug)]
pub struct Requirements {
    /// For each component the comparison, or why there is none.
    pub components: Vec<(SdxlComponent, std::result::Result<WeightsReport, String>)>,
    /// Numbers in each component's weights: times 2 or 4 bytes, this is what it takes in memory.
    pub numbers: Vec<(SdxlComponent, usize)>,
}

impl Requirements {
    /// Whether the model can be run.
    #[must_use]
    pub fn are_met(&self) -> bool {
        self.components
            .iter()
            .all(|(_, report)| report.as_ref().is_ok_and(WeightsReport::fits))
    }
}

/// Compares what lies at a path with what SDXL wants, from headers alone.
///
/// # Errors
///
/// When there is no model at all, or its configuration is not of an SDXL.
pub fn requirements(path: &Path) -> Result<Requirements> {
    let files = SdxlFiles::open(path)?;
    let mut components = Vec::new();
    let mut numbers = Vec::new();
    for component in files.configs.components() {
        let wanted = files.configs.wanted(component)?;
        numbers.push((component, count(&wanted)));
        let report = match files.weights(component) {
            Ok(Some(weights)) => Ok(WeightsReport::new(&wanted, weights.listing())),
            Ok(None) => Ok(WeightsReport::default()),
            Err(error) => Err(error.to_string()),
        };
        components.push((component, report));
    }
    Ok(Requirements {
        components,
        numbers,
    })
}
