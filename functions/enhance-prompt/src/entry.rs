//! Hands the runtime's request to `serve`.

use ourvidz_runtime::{Function, Request, Response};
use worker::{Context, Env, Result, event};

const FUNCTION: Function = Function {
    name: "enhance-prompt",
    browsers: true,
    secrets: &[
        "SUPABASE_JWT_SECRET",
        "EDGE_DB_JWT",
        "UPSTASH_REDIS_REST_TOKEN",
        "CHAT_WORKER_KEY",
        "WAN_WORKER_KEY",
    ],
};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> Result<Response> {
    ourvidz_runtime::serve(FUNCTION, request, &env, &context, async |call| {
        crate::enhance_prompt(call).await
    })
    .await
}
