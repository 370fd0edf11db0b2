//! Hands the runtime's request to `serve`.

use ourvidz_runtime::{Function, Request, Response};
use worker::{Context, Env, Result, event};

const FUNCTION: Function = Function {
    name: "generate-admin-image",
    browsers: true,
    secrets: &["SUPABASE_JWT_SECRET", "ADMIN_SECRET"],
};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> Result<Response> {
    ourvidz_runtime::serve(FUNCTION, request, &env, &context, async |call| {
        crate::generate_admin_image(call).await
    })
    .await
}
