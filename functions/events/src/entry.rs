//! Hands the runtime's request to `serve`.

use ourvidz_runtime::Function;
use worker::{Context, Env, Request, Response, Result, event};

const FUNCTION: Function = Function {
    name: "events",
    browsers: true,
    secrets: &["SUPABASE_JWT_SECRET", "EDGE_DB_JWT"],
};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> Result<Response> {
    ourvidz_runtime::serve(FUNCTION, request, &env, &context, async |call| {
        crate::events(call).await
    })
    .await
}
