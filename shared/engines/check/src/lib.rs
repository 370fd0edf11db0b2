//! What a GPU makes of the engines: is it right, how fast is it, how much memory does it take?
//!
//! One program for a machine that has a GPU and nothing else of ours. Each [`Part`] runs by itself, makes its own
//! random weights, and writes each line as soon as it is known, so that a part that fails takes nothing with it.

mod attention;
mod ceilings;
mod parity;
mod qwen;
mod report;
mod sdxl;
mod wan;

use std::path::PathBuf;

use candle_core::{DType, Device};
use ourvidz_engine_base::Result;
pub use report::Report;

/// What can be checked by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Ceilings,
    Attention,
    Parity,
    Sdxl,
    Wan,
    Qwen,
}

impl Part {
    pub const ALL: [Self; 6] = [
        Self::Ceilings,
        Self::Attention,
        Self::Parity,
        Self::Sdxl,
        Self::Wan,
        Self::Qwen,
    ];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ceilings => "ceilings",
            Self::Attention => "attention",
            Self::Parity => "parity",
            Self::Sdxl => "sdxl",
            Self::Wan => "wan",
            Self::Qwen => "qwen",
        }
    }

    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.name() == name)
    }
}

/// Where and how large.
#[derive(Debug, Clone)]
pub struct CheckSetting {
    pub device: Device,
    pub precision: DType,
    /// Toy sizes, which a processor computes in seconds: they show that the check itself works.
    pub is_tiny: bool,
    /// tests/fixtures/parity of the repository.
    pub fixtures: PathBuf,
}

impl CheckSetting {
    /// One of two, by the size of the check.
    #[must_use]
    pub fn choose<T>(&self, full: T, tiny: T) -> T {
        if self.is_tiny { tiny } else { full }
    }
}

/// Runs one part.
///
/// # Errors
///
/// When the device fails, or a file cannot be read or written.
pub fn run(part: Part, setting: &CheckSetting, report: &mut Report) -> Result<()> {
    match part {
        Part::Ceilings => ceilings::run(setting, report),
        Part::Attention => attention::run(setting, report),
        Part::Parity => parity::run(setting, report),
        Part::Sdxl => sdxl::run(setting, report),
        Part::Wan => wan::run(setting, report),
        Part::Qwen => qwen::run(setting, report),
    }
}
