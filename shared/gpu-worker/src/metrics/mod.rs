//! Numbers for Prometheus, on a loopback address.

mod previews;
mod server;
mod stages;

use std::fmt;
use std::fmt::Write as _;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use ourvidz_core::Model;
use ourvidz_core::wire::vitals::Vitals;

use crate::edge::{Claim, EdgeError};
use crate::engine::GpuMeter;
use crate::worker::JobOutcome;
use previews::PreviewCounts;
pub use previews::PreviewOutcome;
pub use server::serve;
pub use stages::Stage;
use stages::StageTimes;

pub struct Metrics {
    started: Instant,
    gpu: OnceLock<GpuMeter>,
    ended: [AtomicU64; JobOutcome::ALL.len()],
    busy_ms: AtomicU64,
    claims: AtomicU64,
    empty_claims: AtomicU64,
    failed_claims: AtomicU64,
    claim_ms: AtomicU64,
    spooled: AtomicU64,
    evictions: AtomicU64,
    stages: StageTimes,
    previews: PreviewCounts,
}

fn add(counter: &AtomicU64, amount: u64) {
    counter.fetch_add(amount, Ordering::Relaxed);
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            gpu: OnceLock::new(),
            ended: Default::default(),
            busy_ms: AtomicU64::default(),
            claims: AtomicU64::default(),
            empty_claims: AtomicU64::default(),
            failed_claims: AtomicU64::default(),
            claim_ms: AtomicU64::default(),
            spooled: AtomicU64::default(),
            evictions: AtomicU64::default(),
            stages: StageTimes::default(),
            previews: PreviewCounts::default(),
        }
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Metrics")
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

impl Metrics {
    /// The GPU's memory is read with this from now on; only the first meter counts.
    pub fn watch_gpu(&self, meter: GpuMeter) {
        let _ = self.gpu.set(meter);
    }

    /// What heartbeats say of this machine.
    #[must_use]
    pub fn vitals(&self) -> Vitals {
        Vitals {
            uptime_seconds: Some(self.started.elapsed().as_secs()),
            gpu: self.gpu.get().and_then(|meter| meter()),
        }
    }

    /// A job ended for this worker.
    pub fn job_ended(&self, outcome: JobOutcome, time: Duration) {
        for (counter, known) in self.ended.iter().zip(JobOutcome::ALL) {
            if known == outcome {
                add(counter, 1);
            }
        }
        add(&self.busy_ms, millis(time));
    }

    /// The edge was asked for a job.
    pub fn claimed(&self, claimed: &Result<Option<Claim>, EdgeError>, time: Duration) {
        add(&self.claim_ms, millis(time));
        add(
            match claimed {
                Ok(Some(_)) => &self.claims,
                Ok(None) => &self.empty_claims,
                Err(_) => &self.failed_claims,
            },
            1,
        );
    }

    /// So many results wait in the spool.
    pub fn set_spooled(&self, count: usize) {
        self.spooled.store(count as u64, Ordering::Relaxed);
    }

    /// A stage of a model's work is over.
    pub fn took(&self, model: Model, stage: Stage, time: Duration) {
        self.stages.took(model, stage, time);
    }

    /// So many step previews ended so.
    pub fn step_previews(&self, outcome: PreviewOutcome, count: usize) {
        self.previews.add(outcome, count);
    }

    /// So many parts of models had to leave memory since the start.
    pub fn set_evictions(&self, count: u64) {
        self.evictions.store(count, Ordering::Relaxed);
    }

    /// The text that Prometheus reads.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::from("# TYPE ourvidz_worker_jobs_total counter\n");
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        for (counter, outcome) in self.ended.iter().zip(JobOutcome::ALL) {
            let _ = writeln!(
                text,
                "ourvidz_worker_jobs_total{{outcome=\"{}\"}} {}",
                outcome.as_str(),
                read(counter)
            );
        }
        text.push_str("# TYPE ourvidz_worker_claims_total counter\n");
        for (name, counter) in [
            ("job", &self.claims),
            ("empty", &self.empty_claims),
            ("error", &self.failed_claims),
        ] {
            let _ = writeln!(
                text,
                "ourvidz_worker_claims_total{{result=\"{name}\"}} {}",
                read(counter)
            );
        }
        for (name, kind, value) in [
            (
                "busy_seconds_total",
                "counter",
                read(&self.busy_ms) as f64 / 1000.0,
            ),
            (
                "claim_seconds_total",
                "counter",
                read(&self.claim_ms) as f64 / 1000.0,
            ),
            ("evictions_total", "counter", read(&self.evictions) as f64),
            ("spooled_results", "gauge", read(&self.spooled) as f64),
        ] {
            let _ = writeln!(
                text,
                "# TYPE ourvidz_worker_{name} {kind}\nourvidz_worker_{name} {value}"
            );
        }
        self.stages.write(&mut text);
        self.previews.write(&mut text);
        let vitals = self.vitals();
        for (name, value) in [
            ("uptime_seconds", vitals.uptime_seconds),
            (
                "gpu_used_bytes",
                vitals.gpu.map(|gpu| gpu.memory_used_bytes),
            ),
            (
                "gpu_total_bytes",
                vitals.gpu.map(|gpu| gpu.memory_total_bytes),
            ),
        ] {
            if let Some(value) = value {
                let _ = writeln!(
                    text,
                    "# TYPE ourvidz_worker_{name} gauge\nourvidz_worker_{name} {value}"
                );
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use ourvidz_core::wire::vitals::GpuMemory;

    use super::*;

    #[test]
    fn a_gpu_is_told_of_where_there_is_one() {
        let metrics = Metrics::default();
        assert_eq!(metrics.vitals().gpu, None);
        assert!(!metrics.text().contains("gpu"));
        let memory = GpuMemory {
            memory_used_bytes: 5,
            memory_total_bytes: 80,
        };
        metrics.watch_gpu(Box::new(move || Some(memory)));
        assert_eq!(metrics.vitals().gpu, Some(memory));
        assert!(metrics.text().contains("ourvidz_worker_gpu_used_bytes 5\n"));
    }
}
