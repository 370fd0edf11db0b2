//! Hands the runtime's request to `serve`, or to the function that serves event streams.

use ourvidz_edge::incoming::target;
use ourvidz_runtime::{Function, Request, Response};
use worker::{Context, Env, Result, event};

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
    let url = request.url();
    if crate::streams::is_stream(target(&url).0) {
        let answer = env.service("EVENTS")?.fetch_request(request).await?;
        return Ok(answer.into());
    }
    ourvidz_runtime::serve(FUNCTION, request, &env, &context, async |call| {
        crate::api(call).await
    })
    .await
}
