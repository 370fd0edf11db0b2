//! How much memory there is: asked of the driver's own tool and of the kernel, so that no build needs more.

use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ourvidz_core::wire::vitals::GpuMemory;
use ourvidz_engine_base::device::DeviceName;

use crate::engine::GpuMeter;

/// All of a device's memory in bytes, if it is known.
#[must_use]
pub fn memory(device_name: DeviceName) -> Option<u64> {
    match device_name {
        DeviceName::Cpu => {
            let text = std::fs::read_to_string("/proc/meminfo").ok()?;
            let line = text
                .lines()
                .find_map(|line| line.strip_prefix("MemTotal:"))?;
            let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
            Some(kibibytes << 10)
        }
        DeviceName::Cuda(number) => query(number).map(|(_, total)| total),
    }
}

/// How often the GPU is queried: the program that does takes a tenth of a second, and hangs with a GPU that
/// hangs, so it runs in a thread that nothing waits for.
const QUERY_INTERVAL: Duration = Duration::from_secs(15);

/// How full a GPU is, as of the last query.
#[must_use]
pub fn meter(device_name: DeviceName) -> Option<GpuMeter> {
    let DeviceName::Cuda(number) = device_name else {
        return None;
    };
    let latest = Arc::new(Mutex::new(None));
    let writer = Arc::clone(&latest);
    std::thread::spawn(move || {
        loop {
            let seen = query(number);
            *writer.lock().unwrap_or_else(PoisonError::into_inner) = seen;
            std::thread::sleep(QUERY_INTERVAL);
        }
    });
    Some(Box::new(move || {
        let (used, total) = (*latest.lock().unwrap_or_else(PoisonError::into_inner))?;
        Some(GpuMemory {
            memory_used_bytes: used,
            memory_total_bytes: total,
        })
    }))
}

/// Used and total bytes of a GPU.
fn query(number: usize) -> Option<(u64, u64)> {
    let visible = std::env::var("CUDA_VISIBLE_DEVICES").ok();
    let output = Command::new("nvidia-smi")
        .arg(format!("--id={}", physical(number, visible.as_deref())?))
        .args([
            "--query-gpu=memory.used,memory.total",
            "--format=csv,noheader,nounits",
        ])
        .output()
        .ok()?;
    parse(&String::from_utf8_lossy(&output.stdout))
}

/// The driver's own name of the GPU that CUDA counts as this one: CUDA counts only the GPUs that
/// `CUDA_VISIBLE_DEVICES` lists, up to the first entry that names none. A part of a GPU has no memory of its own that
/// the tool would tell.
fn physical(number: usize, visible: Option<&str>) -> Option<String> {
    let Some(visible) = visible else {
        return Some(number.to_string());
    };
    let is_gpu = |entry: &&str| entry.starts_with("GPU-") || entry.parse::<usize>().is_ok();
    let mut listed = visible.split(',').map(str::trim);
    let entry = listed
        .by_ref()
        .take_while(|entry| !entry.is_empty() && *entry != "-1")
        .nth(number)?;
    is_gpu(&entry).then(|| entry.to_owned())
}

/// `1234, 81559`, in MiB.
fn parse(line: &str) -> Option<(u64, u64)> {
    let (used, total) = line.trim().split_once(',')?;
    let bytes = |text: &str| Some(text.trim().parse::<u64>().ok()? << 20);
    Some((bytes(used)?, bytes(total)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_drivers_line_is_read() {
        assert_eq!(parse("1024, 81559\n"), Some((1 << 30, 81_559 << 20)));
        assert_eq!(parse("[N/A], [N/A]"), None);
        assert_eq!(parse(""), None);
    }

    #[test]
    fn the_driver_is_asked_for_the_gpu_that_cuda_computes_on() {
        let name = |number, visible| physical(number, visible);
        assert_eq!(name(1, None).as_deref(), Some("1"));
        assert_eq!(name(0, Some("2,3")).as_deref(), Some("2"));
        assert_eq!(name(1, Some("2, 3")).as_deref(), Some("3"));
        assert_eq!(name(0, Some("GPU-8f3c")).as_deref(), Some("GPU-8f3c"));
        for nothing in ["", "-1", "2", "2,-1,3", "MIG-8f3c,MIG-1d20"] {
            assert_eq!(name(1, Some(nothing)), None, "{nothing:?}");
        }
    }

    #[test]
    fn a_processor_has_no_meter_but_memory() {
        assert!(meter(DeviceName::Cpu).is_none());
        assert!(memory(DeviceName::Cpu).is_none_or(|bytes| bytes > 1 << 28));
    }
}
