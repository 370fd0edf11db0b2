//! Hands the runtime's request to `serve`.

use ourvidz_runtime::{Function, Request, Response};
use worker::{Context, Env, Result, event};

const FUNCTION: Function = Function {
    name: "queue-job",
    browsers: true,
    secrets: &[
        "SUPABASE_JWT_SECRET",
        "EDGE_DB_JWT",
        "UPSTASH_REDIS_REST_TOKEN",
        "CALLBACK_TOKEN_SECRET",
        "S3_ACCESS_KEY_ID",
        "S3_SECRET_ACCESS_KEY",
    ],
};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> Result<Response> {
    ourvidz_runtime::serve(FUNCTION, request, &env, &context, async |call| {
        crate::queue_job(call).await
    })
    .await
}
