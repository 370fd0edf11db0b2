//! Hands the runtime's request to `serve`, or to the function that serves event streams.

use worker::{Context, Env, Request, Response, Result, event};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> Result<Response> {
    if crate::streams::is_stream(&request.path()) {
        return env.service("EVENTS")?.fetch_request(request).await;
    }
    let function = ourvidz_runtime::Function {
        name: "api",
        browsers: true,
    };
    ourvidz_runtime::serve(function, request, &env, &context, async |call| {
        crate::api(call).await
    })
    .await
}
