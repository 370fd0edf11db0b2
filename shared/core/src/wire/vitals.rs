//! What a worker says of its machine along with a claim or a heartbeat.

use serde::{Deserialize, Serialize};

use super::body::{Body, Field, Nested};
use super::fields::Fields;
use super::kinds::{Whole, exact};

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

/// A hundred years, which the database's moments can hold, and more than any machine stays up.
const LONGEST_SECONDS: i64 = 100 * 366 * 24 * 60 * 60;

pub(crate) const UPTIME: Field<Whole<u64>> =
    Field::optional("uptime_seconds", Whole::new(0, LONGEST_SECONDS))
        .about("Since the worker's program started. Of another form it counts as not said.");
pub(crate) const GPU: Field<Nested> =
    Field::optional("gpu", Nested(&Body::open("", &[&USED, &TOTAL])))
        .about("How full the memory of its GPU is. Of another form it counts as not said.");
const USED: Field<Whole<u64>> = Field::required("memory_used_bytes", exact(0));
const TOTAL: Field<Whole<u64>> = Field::required("memory_total_bytes", exact(1));

impl Vitals {
    /// Takes them out of a body. What is not as it should be counts as not said: a number on a dashboard is not
    /// worth a claim, nor a heartbeat.
    pub(crate) fn take(fields: &mut Fields) -> Self {
        let uptime_seconds = fields.take_leniently(&UPTIME);
        let gpu = fields.object_leniently(&GPU).and_then(|mut gpu| {
            Some(GpuMemory {
                memory_used_bytes: gpu.take_leniently(&USED)?,
                memory_total_bytes: gpu.take_leniently(&TOTAL)?,
            })
        });
        Self {
            uptime_seconds,
            gpu,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(body: &str) -> Vitals {
        const BODY: Body = Body::open("", &[&UPTIME, &GPU]);
        Vitals::take(&mut Fields::of(&BODY, body.as_bytes()).unwrap())
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
