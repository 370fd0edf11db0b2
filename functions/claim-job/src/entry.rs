//! Hands the runtime's request to `serve`.

use ourvidz_runtime::{Function, Request, Response};
use worker::{Context, Env, Result, event};

const FUNCTION: Function = Function {
    name: "claim-job",
    browsers: false,
    secrets: &[
        "EDGE_DB_JWT",
        "WORKER_CALLBACK_SECRET",
        "WORKER_CALLBACK_SECRET_PREVIOUS",
        "CALLBACK_TOKEN_SECRET",
        "S3_ACCESS_KEY_ID",
        "S3_SECRET_ACCESS_KEY",
    ],
};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> Result<Response> {
    ourvidz_runtime::serve(FUNCTION, request, &env, &context, async |call| {
        crate::claim_job(call).await
    })
    .await
}
