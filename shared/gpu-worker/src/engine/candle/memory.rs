//! How much memory there is: asked of the driver's own tool and of the kernel, so that no build needs more.

use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ourvidz_core::wire::vitals::GpuMemory;
use ourvidz_engine_base::device::Place;

use crate::engine::GpuMeter;

/// All of a device's memory in bytes, if it can be told.
#[must_use]
pub fn memory(place: Place) -> Option<u64> {
    match place {
        Place::Cpu => {
            let text = std::fs::read_to_string("/proc/meminfo").ok()?;
            let line = text
                .lines()
                .find_map(|line| line.strip_prefix("MemTotal:"))?;
            let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
            Some(kibibytes << 10)
        }
        Place::Cuda(number) => query(number).map(|(_, total)| total),
    }
}

/// How often the GPU is looked at: the program that does takes a tenth of a second, and hangs with a GPU that
/// hangs, so it runs in a thread that nothing waits for.
const LOOK: Duration = Duration::from_secs(15);

/// Tells how full a GPU is, as it was at the last look.
#[must_use]
pub fn meter(place: Place) -> Option<GpuMeter> {
    let Place::Cuda(number) = place else {
        return None;
    };
    let latest = Arc::new(Mutex::new(None));
    let told = Arc::clone(&latest);
    std::thread::spawn(move || {
        loop {
            let seen = query(number);
            *told.lock().unwrap_or_else(PoisonError::into_inner) = seen;
            std::thread::sleep(LOOK);
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
    let output = Command::new("nvidia-smi")
        .arg(format!("--id={number}"))
        .args([
            "--query-gpu=memory.used,memory.total",
            "--format=csv,noheader,nounits",
        ])
        .output()
        .ok()?;
    parse(&String::from_utf8_lossy(&output.stdout))
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
    fn a_processor_has_no_meter_but_memory() {
        assert!(meter(Place::Cpu).is_none());
        assert!(memory(Place::Cpu).is_none_or(|bytes| bytes > 1 << 28));
    }
}
