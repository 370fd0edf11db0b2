//! What stays in memory: the budget, who leaves, and what is done when memory is short all the same.

use std::cell::Cell;

use ourvidz_engine_base::Error;
use ourvidz_engine_base::device::DeviceName;
use serde_json::json;

use super::memory_budget::{MemoryBudget, ModelPart};
use super::{CandleEngine, memory};
use crate::config::Models;
use crate::engine::EngineError;
use crate::log;

/// The budget that the operator named. Without one it follows from the GPU's memory, less what pictures take while
/// they are made; a model that alone is larger than that is still tried.
pub(super) fn memory_budget(models: &Models, device_name: DeviceName) -> MemoryBudget {
    match (models.memory_mib, device_name) {
        (Some(mebibytes), _) => MemoryBudget::firm(mebibytes << 20),
        (None, DeviceName::Cpu) => MemoryBudget::default(),
        (None, DeviceName::Cuda(_)) => match memory(device_name) {
            Some(total) => MemoryBudget::usual(total),
            None => MemoryBudget::default(),
        },
    }
}

impl CandleEngine {
    pub(super) fn admit(&mut self, wanted: &[(ModelPart, u64)]) -> Result<(), EngineError> {
        let there = ModelPart::ALL.map(|part| (part, self.is_loaded(part)));
        self.memory_budget
            .keep(|part| there.contains(&(part, true)));
        let leaving = self.memory_budget.admit(wanted);
        let leaving = leaving.map_err(|over| EngineError::Impossible(over.to_string()))?;
        for part in leaving {
            log::info("weights_dropped", json!({"piece": part.as_str()}));
            self.unload_part(part);
            self.evictions += 1;
        }
        Ok(())
    }

    /// Ends a piece of work. When the device failed, everything goes: what is in memory may be damaged, and
    /// if memory was short, the next job finds all of it.
    pub(super) fn settle<T>(&mut self, worked: Result<T, Error>) -> Result<T, EngineError> {
        if matches!(worked, Err(Error::Tensor(_))) {
            self.unload_all();
        }
        Ok(worked?)
    }

    fn unload_all(&mut self) {
        let parts = ModelPart::ALL.into_iter();
        parts.for_each(|part| self.unload_part(part));
    }

    /// Works; when memory is short, everything leaves it and the work is done once more. Not after a picture was
    /// handed over: nobody wants it twice.
    pub(super) fn with_memory<T>(
        &mut self,
        has_delivered: &Cell<bool>,
        mut work: impl FnMut(&mut Self) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        match work(self) {
            Err(EngineError::OutOfMemory(why)) if !has_delivered.get() => {
                log::error("memory_short", json!({"cause": why}));
                self.unload_all();
                work(self)
            }
            outcome => outcome,
        }
    }
}
