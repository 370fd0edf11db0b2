//! The language model without jobs beside it, as `serve-chat` runs it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;

use super::ChatQueueReceiver;
use crate::engine::Engine;
use crate::log;
use crate::metrics::Metrics;
use crate::supervision::{SupervisedEngine, Supervision};

/// Only bounds how long the thread sleeps; nothing waits for it.
const NAP: Duration = Duration::from_secs(60);

/// Serves all who ask until nobody can any more, or the device is broken: whoever asks next is better served by
/// another model at once than by failures. The watchdog looks every `watch`; `end_process` ends what hangs.
pub fn serve_alone(
    requests: ChatQueueReceiver,
    engine: &mut dyn Engine,
    supervision: &Supervision,
    watch: Duration,
    end_process: &(dyn Fn() + Sync),
) {
    let metrics = Metrics::default();
    let has_ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| supervision.watch(watch, &has_ended, |_| end_process()));
        let mut engine = SupervisedEngine::new(engine, supervision, &metrics);
        while supervision.broken().is_none() && requests.serve_next(&mut engine, NAP) {}
        // Whoever waits is told at once.
        drop(requests);
        has_ended.store(true, Ordering::Relaxed);
    });
    if let Some(cause) = supervision.broken() {
        log::error("device_broken", json!({"cause": cause}));
    }
}
