//! Which models there are and where they compute.

use std::path::PathBuf;

use super::{ConfigError, SettingsSource, read_number, wrong};

/// The models of the candle engine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Models {
    /// `cpu`, `cuda` or `cuda:1`; none takes a GPU if this build can use one.
    pub device: Option<String>,
    /// `f32`, `f16` or `bf16`; none takes what suits the device.
    pub precision: Option<String>,
    /// The sampler of SDXL: `euler` or `dpmpp_2m_karras`.
    pub sampler: Option<String>,
    /// The solver of WAN: `euler` or `unipc`.
    pub solver: Option<String>,
    /// `TeaCache`'s threshold for WAN, from 0 (off) to below 1; none is off.
    pub tea_cache: Option<String>,
    /// The memory that weights may take together, in MiB; none means all that the device has.
    pub memory_mib: Option<u64>,
    /// SDXL's folder, or a checkpoint in one file.
    pub sdxl: Option<PathBuf>,
    /// WAN's folder.
    pub wan: Option<PathBuf>,
    /// Qwen's folder, or a GGUF file.
    pub qwen: Option<PathBuf>,
}

impl Models {
    /// Whether there is a model at all.
    #[must_use]
    pub const fn are_some(&self) -> bool {
        self.sdxl.is_some() || self.wan.is_some() || self.qwen.is_some()
    }
}

/// Reads what concerns the models, which `generate` and `serve-chat` need without the rest.
///
/// # Errors
///
/// When the bound of memory is no number.
pub fn read_models(source: &SettingsSource) -> Result<Models, ConfigError> {
    let folder = |name: &str| source.get(name).map(PathBuf::from);
    let memory_mib = match source.get("WORKER_MEMORY_MIB") {
        None => None,
        Some(_) => match read_number(source, "WORKER_MEMORY_MIB", 0)? {
            0 => return Err(wrong("WORKER_MEMORY_MIB", "must be above 0")),
            mebibytes => Some(mebibytes),
        },
    };
    Ok(Models {
        device: source.get("WORKER_DEVICE"),
        precision: source.get("WORKER_PRECISION"),
        sampler: source.get("WORKER_SDXL_SAMPLER"),
        solver: source.get("WORKER_WAN_SOLVER"),
        tea_cache: source.get("WORKER_WAN_TEACACHE"),
        memory_mib,
        sdxl: folder("WORKER_SDXL_WEIGHTS"),
        wan: folder("WORKER_WAN_WEIGHTS"),
        qwen: folder("WORKER_QWEN_WEIGHTS"),
    })
}
