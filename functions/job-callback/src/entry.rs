//! Hands the runtime's request to `serve`.

use ourvidz_runtime::Function;
use worker::{Context, Env, Request, Response, Result, event};

const FUNCTION: Function = Function {
    name: "job-callback",
    browsers: false,
    secrets: &[
        "EDGE_DB_JWT",
        "WORKER_CALLBACK_SECRET",
        "WORKER_CALLBACK_SECRET_PREVIOUS",
        "CALLBACK_TOKEN_SECRET",
        "CALLBACK_TOKEN_SECRET_PREVIOUS",
        "S3_ACCESS_KEY_ID",
        "S3_SECRET_ACCESS_KEY",
    ],
};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> Result<Response> {
    ourvidz_runtime::serve(FUNCTION, request, &env, &context, async |call| {
        crate::job_callback(call).await
    })
    .await
}
