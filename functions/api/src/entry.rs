//! Hands the runtime's request to `serve`, or to the function that serves event streams.

use ourvidz_runtime::Function;
use worker::{Context, Env, Request, Response, Result, event};

const FUNCTION: Function = Function {
    name: "api",
    browsers: true,
    secrets: &[
        "SUPABASE_JWT_SECRET",
        "EDGE_DB_JWT",
        "UPSTASH_REDIS_REST_TOKEN",
        "CALLBACK_TOKEN_SECRET",
        "S3_ACCESS_KEY_ID",
        "S3_SECRET_ACCESS_KEY",
        "ADMIN_SECRET",
    ],
};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> Result<Response> {
    if crate::streams::is_stream(&request.path()) {
        return env.service("EVENTS")?.fetch_request(request).await;
    }
    ourvidz_runtime::serve(FUNCTION, request, &env, &context, async |call| {
        crate::api(call).await
    })
    .await
}
