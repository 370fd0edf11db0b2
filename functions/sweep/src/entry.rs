//! The runtime's clock strikes, or another function wants a webhook sent at once.
//!
//! That function reaches this one by its service binding. There is no route to it, and nothing is lost if there
//! were: a request changes when something is sent, not what.

use core::time::Duration;

use futures_util::future::join;
use ourvidz_core::{ApiError, Moment};
use ourvidz_edge::Backends;
use ourvidz_runtime::{Fetch, Function, Request, Response};
use serde_json::{Value, json};
use worker::{Context, Env, Result as WorkerResult, ScheduleContext, ScheduledEvent, event};

use crate::{PASSES, PAUSE_MS, buckets_of_pass, deliver, pass};

const FUNCTION: Function = Function {
    name: "sweep",
    browsers: false,
    secrets: &[
        "EDGE_DB_JWT",
        "UPSTASH_REDIS_REST_TOKEN",
        "CALLBACK_TOKEN_SECRET",
        "S3_ACCESS_KEY_ID",
        "S3_SECRET_ACCESS_KEY",
    ],
};

#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    let mut sent = 0;
    for nth in 0..PASSES {
        match begin(&env) {
            Ok((backends, at)) => {
                log(
                    nth,
                    pass::run(&backends, at.now_ms, buckets_of_pass(nth, sent)).await,
                );
                // Receivers that take their time do not delay the next look at the leases.
                let (delivered, ()) = join(deliver::run(&backends, &at, None), pause(nth)).await;
                // Most passes find nothing to send, and that is no news.
                if delivered
                    .as_ref()
                    .map_or(true, |report| report["webhooks"] != 0)
                {
                    log(nth, delivered);
                }
                sent += backends.runtime.trips();
            }
            Err(error) => {
                log(nth, Err(error));
                pause(nth).await;
            }
        }
    }
}

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> WorkerResult<Response> {
    ourvidz_runtime::serve(FUNCTION, request, &env, &context, async |call| {
        crate::send_webhooks(call).await
    })
    .await
}

fn begin(env: &Env) -> Result<(Backends<Fetch>, Moment), ApiError> {
    Ok((
        ourvidz_runtime::backends(FUNCTION, env)?,
        ourvidz_runtime::moment()?,
    ))
}

/// The pause after a pass; after the last one there is none.
async fn pause(nth: u32) {
    if nth + 1 < PASSES {
        worker::Delay::from(Duration::from_millis(PAUSE_MS)).await;
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
