//! The part of `doctor` that looks at engine, device and weights.

use super::finding::Finding;
use crate::config::{EngineChoice, WorkerConfig};

/// What is found, by name.
pub fn check_models(config: &WorkerConfig) -> Vec<(&'static str, Finding)> {
    match config.engine {
        EngineChoice::Preview => vec![(
            "engine",
            Finding::Good("preview: labelled stand-ins, for trying things out".to_owned()),
        )],
        EngineChoice::Candle => check_candle(config),
        EngineChoice::Http => vec![("engine", check_servers(config))],
    }
}

fn check_servers(config: &WorkerConfig) -> Finding {
    let servers = &config.servers;
    match (&servers.images, &servers.chat) {
        (None, None) => Finding::Bad {
            problem: "http, and no server is named".to_owned(),
            remedy: "set WORKER_IMAGE_SERVER, WORKER_CHAT_SERVER or both",
        },
        (images, chat) => {
            let chat = chat.as_ref().map(|chat| &chat.url);
            let named: Vec<&str> = [images.as_ref(), chat]
                .into_iter()
                .flatten()
                .map(String::as_str)
                .collect();
            Finding::Good(format!("http: asks {}", named.join(" and ")))
        }
    }
}

#[cfg(not(feature = "candle"))]
fn check_candle(_: &WorkerConfig) -> Vec<(&'static str, Finding)> {
    vec![(
        "engine",
        Finding::Bad {
            problem: "this build runs no models".to_owned(),
            remedy: "build it with --features candle, on a GPU with --features cuda",
        },
    )]
}

#[cfg(feature = "candle")]
fn check_candle(config: &WorkerConfig) -> Vec<(&'static str, Finding)> {
    use Finding::{Bad, Good};

    use crate::engine::candle::{CandleEngine, device_and_precision, examine, memory};

    let device_remedy = "set WORKER_DEVICE to cpu, cuda or cuda:N and WORKER_PRECISION to f32, f16 or bf16; \
                         cuda needs a build with --features cuda, NVIDIA's driver, and CUDA's libraries where \
                         the loader finds them (docs/GPU.md)";
    let bad = |problem: String, remedy| Bad { problem, remedy };
    let (device_name, precision) = match device_and_precision(&config.models) {
        Ok(chosen) => chosen,
        Err(error) => return vec![("engine", bad(error.to_string(), device_remedy))],
    };
    if let Err(error) = CandleEngine::new(&config.models) {
        return vec![("engine", bad(error.to_string(), device_remedy))];
    }
    let mebibytes = |bytes: u64| bytes.div_ceil(1 << 20);
    let total = memory(device_name);
    let budget = config.models.memory_mib.map(|limit| limit << 20);
    let mut found = vec![(
        "engine",
        Good(format!(
            "candle on {device_name} in {precision:?}, {}",
            total.map_or_else(
                || "memory unknown".to_owned(),
                |bytes| format!("{} MiB of memory", mebibytes(bytes))
            )
        )),
    )];
    if !config.models.are_some() {
        found.push((
            "weights",
            bad(
                "no model is configured".to_owned(),
                "name folders with WORKER_SDXL_WEIGHTS, WORKER_WAN_WEIGHTS, WORKER_QWEN_WEIGHTS",
            ),
        ));
    }
    // A budget above what there is would be found out in the middle of a job.
    let limit = [budget, total].into_iter().flatten().min();
    for model in examine(&config.models).unwrap_or_default() {
        let finding = match (model.finding, limit) {
            (Err(problem), _) => bad(
                format!("{}: {problem}", model.setting),
                "docs/GPU.md lists the files of each model",
            ),
            (Ok(bytes), Some(limit)) if bytes > limit => bad(
                format!(
                    "its weights take {} MiB and there may be {}",
                    mebibytes(bytes),
                    mebibytes(limit)
                ),
                "raise WORKER_MEMORY_MIB, take a smaller precision or GGUF, or a GPU with more memory",
            ),
            (Ok(bytes), _) => Good(format!(
                "all tensors are there, {} MiB of weights in memory{}",
                mebibytes(bytes),
                model
                    .note
                    .map_or_else(String::new, |note| format!(", {note}"))
            )),
        };
        found.push((model.name, finding));
    }
    found
}
