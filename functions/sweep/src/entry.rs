//! The runtime's clock strikes; operators and the page may ask how the last time went.

use core::time::Duration;

use ourvidz_core::{ApiError, Code};
use ourvidz_edge::{Backends, Call, Reply, Runtime, caller};
use serde_json::{Value, json};
use worker::{Context, Env, Request, Response, Result, ScheduleContext, ScheduledEvent, event};

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

/// `POST /functions/v1/sweep`: one pass at once, for an administrator who does not want to wait.
#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> Result<Response> {
    let function = ourvidz_edge::Function { name: "sweep", browsers: false };
    ourvidz_edge::serve(function, request, &env, &context, async |call| by_hand(call).await).await
}

async fn by_hand<R: Runtime>(call: &Call<R>) -> core::result::Result<Reply, ApiError> {
    if call.incoming.route().len() > 1 {
        return Err(Code::NotFound.into());
    }
    call.only(&["POST"])?;
    caller::admin(call).await?;
    let backends: &Backends<R> = &call.backends();
    Reply::json(&json!({ "success": true, "pass": pass::run(backends, call.at.now_ms).await? }))
}

fn log(nth: u32, outcome: core::result::Result<Value, ApiError>) {
    match outcome {
        Ok(report) => {
            let line = json!({ "level": "info", "function": "sweep", "pass": nth, "report": report });
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
