//! What a worker says of its machine along with a claim or a heartbeat.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::fields::{Fields, whole_number};

/// What a worker's machine is doing; all of it is optional.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vitals {
    /// Seconds since the worker's program started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uptime_seconds: Option<u64>,
    /// The memory of its GPU.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gpu: Option<GpuMemory>,
}

/// How full a GPU's memory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GpuMemory {
    /// What is taken, by anybody.
    pub memory_used_bytes: u64,
    /// What there is.
    pub memory_total_bytes: u64,
}

impl Vitals {
    /// Takes them out of a body. What is not as it should be counts as not said: a number on a dashboard is not
    /// worth a claim, nor a heartbeat.
    pub(crate) fn take(fields: &mut Fields) -> Self {
        let gpu = fields.take("gpu").and_then(|gpu| {
            let memory_used_bytes = size(gpu.get("memory_used_bytes"))?;
            let memory_total_bytes =
                size(gpu.get("memory_total_bytes")).filter(|total| *total > 0)?;
            Some(GpuMemory {
                memory_used_bytes,
                memory_total_bytes,
            })
        });
        Self {
            uptime_seconds: fields.take("uptime_seconds").as_ref().and_then(seconds),
            gpu,
        }
    }
}

/// A hundred years, which the database's moments can hold, and more than any machine stays up.
const LONGEST_SECONDS: u64 = 100 * 366 * 24 * 60 * 60;

fn seconds(value: &Value) -> Option<u64> {
    let whole = whole_number(value)?;
    u64::try_from(whole)
        .ok()
        .filter(|seconds| *seconds <= LONGEST_SECONDS)
}

fn size(value: Option<&Value>) -> Option<u64> {
    u64::try_from(whole_number(value?)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(body: &str) -> Vitals {
        Vitals::take(&mut Fields::of_body(body.as_bytes()).unwrap())
    }

    #[test]
    fn a_worker_says_what_it_likes() {
        let full = r#"{"uptime_seconds":61,"gpu":{"memory_used_bytes":5,"memory_total_bytes":80,"name":"x"}}"#;
        let vitals = taken(full);
        assert_eq!(vitals.uptime_seconds, Some(61));
        assert_eq!(
            vitals.gpu,
            Some(GpuMemory {
                memory_used_bytes: 5,
                memory_total_bytes: 80
            })
        );
        for silent in [
            "{}",
            r#"{"gpu":"an old worker's name of it"}"#,
            r#"{"gpu":{"memory_used_bytes":5}}"#,
            r#"{"gpu":{"memory_used_bytes":0,"memory_total_bytes":0}}"#,
            r#"{"gpu":{"memory_used_bytes":-5,"memory_total_bytes":80}}"#,
            r#"{"uptime_seconds":-1}"#,
            r#"{"uptime_seconds":1e18}"#,
            r#"{"uptime_seconds":"long"}"#,
        ] {
            assert_eq!(taken(silent), Vitals::default(), "{silent}");
        }
    }
}
