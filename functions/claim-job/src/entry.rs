//! Hands the runtime's request to `serve`.

use worker::{Context, Env, Request, Response, Result, event};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> Result<Response> {
    let function = ourvidz_runtime::Function {
        name: "claim-job",
        browsers: false,
    };
    ourvidz_runtime::serve(function, request, &env, &context, async |call| {
        crate::claim_job(call).await
    })
    .await
}
