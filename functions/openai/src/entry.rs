//! Hands the runtime's request to `serve_in_form`.

use ourvidz_runtime::{Function, Request, Response};
use worker::{Context, Env, Result, event};

const FUNCTION: Function = Function {
    name: "openai",
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
    let refuse = crate::refusal::refuse;
    ourvidz_runtime::serve_in_form(FUNCTION, refuse, request, &env, &context, async |call| {
        crate::openai(call).await
    })
    .await
}
