//! Where a model's numbers come from.

mod files;
mod random;
mod report;
mod required;

#[cfg(test)]
mod tests;

pub use files::{TensorPart, TensorSource, Weights};
pub use random::random;
pub use report::WeightsReport;
pub use required::RequiredTensors;

use std::collections::BTreeMap;

use candle_core::DType;

/// A tensor as a file's header describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorInfo {
    pub shape: Vec<usize>,
    /// Its precision; `None` for one that candle does not read.
    pub precision: Option<DType>,
}

impl TensorInfo {
    /// What it takes in memory at another precision.
    #[must_use]
    pub fn bytes_in(&self, precision: DType) -> usize {
        self.shape.iter().product::<usize>() * precision.size_in_bytes()
    }
}

/// Tensors by name.
pub type TensorList = BTreeMap<String, TensorInfo>;

/// The shapes that a model asks for, by name.
pub type Shapes = BTreeMap<String, Vec<usize>>;
