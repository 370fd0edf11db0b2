//! `run` with several devices: a worker for each, in a process of its own.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::json;

use super::CommandError;
use crate::children;
use crate::config::{
    DeviceList, DeviceWorker, SettingsSource, WorkerConfig, all_gpus, device_workers,
    read_device_list,
};
use crate::log;

/// The workers that are set up; none where there is one device, or none is named.
pub fn several_workers(source: &SettingsSource) -> Result<Option<Vec<DeviceWorker>>, CommandError> {
    let devices = match read_device_list(source)? {
        DeviceList::One => return Ok(None),
        DeviceList::Several(devices) => devices,
        DeviceList::AllGpus => all_gpus(count_gpus()?),
    };
    Ok(Some(device_workers(source, &devices)?))
}

/// Serves with a child for each device until a signal ends it.
pub fn run_each(
    workers: Vec<DeviceWorker>,
    config: Option<PathBuf>,
) -> Result<ExitCode, CommandError> {
    // What is wrong for one is said before any begins.
    for worker in &workers {
        WorkerConfig::read(&worker.source)?;
    }
    let devices: Vec<&str> = workers
        .iter()
        .map(|worker| worker.device.as_str())
        .collect();
    log::info("devices_found", json!({"devices": devices}));
    let mut arguments: Vec<OsString> = vec!["run".into(), "--child".into()];
    if let Some(file) = config {
        arguments.extend(["--config".into(), file.into()]);
    }
    children::supervise(workers, &arguments)
        .map(ExitCode::from)
        .map_err(CommandError::work)
}

#[cfg(feature = "candle")]
fn count_gpus() -> Result<usize, CommandError> {
    use crate::engine::EngineError;
    let count = ourvidz_engine_base::device::DeviceName::count_gpus();
    Ok(count.map_err(EngineError::from)?)
}

#[cfg(not(feature = "candle"))]
fn count_gpus() -> Result<usize, CommandError> {
    Err(CommandError::work(
        "this build uses no GPU: build it with `--features cuda`",
    ))
}
