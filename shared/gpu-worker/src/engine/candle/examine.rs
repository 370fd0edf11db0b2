//! What `doctor` finds of the models, from configurations and the heads of files: nothing is loaded.

use std::path::Path;

use candle_core::DType;
use ourvidz_engine_base::Error;
use ourvidz_engine_qwen as qwen;
use ourvidz_engine_sdxl as sdxl;
use ourvidz_engine_wan as wan;

use super::{device_and_precision, in_full, tea_cache};
use crate::config::Models;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExaminedModel {
    pub name: &'static str,
    /// The setting that names its weights.
    pub setting: &'static str,
    /// What its weights take in memory together, or what is wrong with them.
    pub finding: Result<u64, String>,
    /// What else an operator wants to know of it.
    pub note: Option<&'static str>,
}

const SDXL_SETTING: &str = "WORKER_SDXL_WEIGHTS";
const WAN_SETTING: &str = "WORKER_WAN_WEIGHTS";

type Examiner = fn(&Path, DType) -> Result<u64, String>;

/// Looks at every model that is configured.
///
/// # Errors
///
/// When device or precision mean nothing.
pub fn examine(models: &Models) -> Result<Vec<ExaminedModel>, Error> {
    let (_, precision) = device_and_precision(models)?;
    let mut found = Vec::new();
    let examiners: [(_, _, _, Examiner); 3] = [
        ("SDXL", SDXL_SETTING, &models.sdxl, examine_sdxl),
        ("WAN", WAN_SETTING, &models.wan, examine_wan),
        ("Qwen", "WORKER_QWEN_WEIGHTS", &models.qwen, examine_qwen),
    ];
    for (name, setting, path, examine) in examiners {
        if let Some(path) = path {
            let mut finding = examine(path, precision);
            let mut note = None;
            if finding.is_ok() && setting == SDXL_SETTING {
                note = adapter_note(path);
            }
            if finding.is_ok() && setting == WAN_SETTING {
                match tea_cache(models) {
                    Ok(cache) => note = cache.map(|_| "steps are reused (WORKER_WAN_TEACACHE)"),
                    Err(error) => {
                        finding = Err(format!("WORKER_WAN_TEACACHE: {}", in_full(&error)));
                    }
                }
            }
            found.push(ExaminedModel {
                name,
                setting,
                finding,
                note,
            });
        }
    }
    Ok(found)
}

fn examine_sdxl(path: &Path, precision: DType) -> Result<u64, String> {
    let requirements = sdxl::requirements(path).map_err(|error| in_full(&error))?;
    if !requirements.are_met() {
        let wrong = requirements
            .components
            .iter()
            .filter_map(|(component, report)| {
                let problem = match report {
                    Ok(report) if report.fits() => return None,
                    Ok(report) => report.to_string(),
                    Err(problem) => problem.clone(),
                };
                Some(format!("{component:?}: {problem}"))
            });
        return Err(wrong.collect::<Vec<_>>().join("; "));
    }
    // The sum that loading would count, from the same place.
    let model = sdxl::Sdxl::open(path, &candle_core::Device::Cpu, precision);
    let model = model.map_err(|error| in_full(&error))?;
    let bytes = sdxl::SdxlPart::ALL.map(|part| model.memory_bytes(part));
    let bytes: Result<Vec<usize>, Error> = bytes.into_iter().collect();
    Ok(bytes
        .map_err(|error| in_full(&error))?
        .into_iter()
        .sum::<usize>() as u64)
}

/// The adapter is optional, and whether it was found cannot be seen in the pictures at once.
fn adapter_note(path: &Path) -> Option<&'static str> {
    let files = sdxl::folder::SdxlFiles::open(path).ok()?;
    Some(if files.configs.adapter.is_some() {
        "with an IP-Adapter for references"
    } else {
        "without an IP-Adapter, so references are only started from"
    })
}

fn examine_wan(path: &Path, precision: DType) -> Result<u64, String> {
    let examination = wan::Folder::new(path).examine(precision);
    if examination.fits() {
        Ok(examination.bytes() as u64)
    } else {
        Err(examination.to_string().replace('\n', "; "))
    }
}

fn examine_qwen(path: &Path, precision: DType) -> Result<u64, String> {
    let options = qwen::Options {
        weights: path.to_owned(),
        precision,
        device: candle_core::Device::Cpu,
    };
    match qwen::examine(&options).map_err(|error| in_full(&error))? {
        Some(report) if !report.fits() => Err(report.to_string()),
        _ => qwen::bytes(&options).map_err(|error| in_full(&error)),
    }
}
