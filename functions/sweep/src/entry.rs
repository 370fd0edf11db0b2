//! The runtime's clock strikes. Nobody calls this function, so it has no other entry.

use core::time::Duration;

use ourvidz_core::ApiError;
use serde_json::{Value, json};
use worker::{Env, ScheduleContext, ScheduledEvent, event};

use crate::{PASSES, PAUSE_MS, pass};

#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    for nth in 0..PASSES {
        if nth > 0 {
            worker::Delay::from(Duration::from_millis(PAUSE_MS)).await;
        }
        let outcome = match ourvidz_edge::backends(&env) {
            Ok(backends) => pass::run(&backends, worker::Date::now().as_millis()).await,
            Err(error) => Err(error),
        };
        log(nth, outcome);
    }
}

fn log(nth: u32, outcome: Result<Value, ApiError>) {
    match outcome {
        Ok(report) => {
            let line =
                json!({ "level": "info", "function": "sweep", "pass": nth, "report": report });
            worker::console_log!("{line}");
        }
        Err(error) => {
            let line = json!({
                "level": "error",
                "function": "sweep",
                "pass": nth,
                "code": error.code,
                "cause": error.cause,
            });
            worker::console_error!("{line}");
        }
    }
}
