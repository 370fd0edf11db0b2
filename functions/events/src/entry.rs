//! Hands the runtime's request to `serve`.

use worker::{Context, Env, Request, Response, Result, event};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> Result<Response> {
    let function = ourvidz_runtime::Function {
        name: "events",
        browsers: true,
    };
    ourvidz_runtime::serve(function, request, &env, &context, async |call| {
        crate::events(call).await
    })
    .await
}
