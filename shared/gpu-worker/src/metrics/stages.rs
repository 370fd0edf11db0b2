//! How long each stage of a model's work takes.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ourvidz_core::Model;

/// Where the time of a job goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Weights come to memory.
    Load,
    /// A sampler step; the first one includes reading the prompt.
    Step,
    /// A picture or a frame is decoded.
    Decode,
    /// Files go to storage.
    Upload,
    /// The engine waits until somebody takes its picture.
    Wait,
}

impl Stage {
    const ALL: [Self; 5] = [
        Self::Load,
        Self::Step,
        Self::Decode,
        Self::Upload,
        Self::Wait,
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::Step => "step",
            Self::Decode => "decode",
            Self::Upload => "upload",
            Self::Wait => "wait",
        }
    }
}

const MODELS: [Model; 2] = [Model::Sdxl, Model::Wan];

#[derive(Debug, Default)]
struct Total {
    count: AtomicU64,
    micros: AtomicU64,
}

/// Seconds and numbers of all stages, by model.
#[derive(Debug, Default)]
pub struct StageTimes([[Total; Stage::ALL.len()]; MODELS.len()]);

impl StageTimes {
    /// A stage took so long.
    pub fn took(&self, model: Model, stage: Stage, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        for (_, _, total) in self.all().filter(|each| (each.0, each.1) == (model, stage)) {
            total.count.fetch_add(1, Ordering::Relaxed);
            total.micros.fetch_add(micros, Ordering::Relaxed);
        }
    }

    /// Writes a summary for each stage that there was.
    pub fn write(&self, text: &mut String) {
        text.push_str("# TYPE ourvidz_worker_stage_seconds summary\n");
        for (model, stage, total) in self.all() {
            let count = total.count.load(Ordering::Relaxed);
            if count > 0 {
                let seconds = total.micros.load(Ordering::Relaxed) as f64 / 1e6;
                let (model, stage) = (model.as_str(), stage.as_str());
                for (name, value) in [("sum", seconds), ("count", count as f64)] {
                    let _ = writeln!(
                        text,
                        "ourvidz_worker_stage_seconds_{name}{{model=\"{model}\",stage=\"{stage}\"}} {value}"
                    );
                }
            }
        }
    }

    fn all(&self) -> impl Iterator<Item = (Model, Stage, &Total)> {
        let models = MODELS.into_iter().zip(&self.0);
        models.flat_map(|(model, stages)| {
            let stages = Stage::ALL.into_iter().zip(stages);
            stages.map(move |(stage, total)| (model, stage, total))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stage_of_each_model_is_counted_by_itself() {
        let times = StageTimes::default();
        times.took(Model::Sdxl, Stage::Step, Duration::from_millis(250));
        times.took(Model::Sdxl, Stage::Step, Duration::from_millis(500));
        times.took(Model::Wan, Stage::Upload, Duration::from_secs(2));
        let mut text = String::new();
        times.write(&mut text);
        let expected = "# TYPE ourvidz_worker_stage_seconds summary\n\
            ourvidz_worker_stage_seconds_sum{model=\"sdxl\",stage=\"step\"} 0.75\n\
            ourvidz_worker_stage_seconds_count{model=\"sdxl\",stage=\"step\"} 2\n\
            ourvidz_worker_stage_seconds_sum{model=\"wan\",stage=\"upload\"} 2\n\
            ourvidz_worker_stage_seconds_count{model=\"wan\",stage=\"upload\"} 1\n";
        assert_eq!(text, expected);
    }
}
