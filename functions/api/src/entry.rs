//! Hands the runtime's request to the door; event streams go on to the function that serves them, because
//! a route pattern can't tell `/api/jobs/{id}/events` from `/api/jobs/{id}`.

use worker::{Context, Env, Request, Response, Result, event};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> Result<Response> {
    if is_stream(&request.path()) {
        return env.service("EVENTS")?.fetch_request(request).await;
    }
    let function = ourvidz_edge::Function {
        name: "api",
        browsers: true,
    };
    ourvidz_edge::serve(function, request, &env, &context, async |call| {
        crate::api(call).await
    })
    .await
}

/// Whether the path is one of the events function's.
fn is_stream(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    matches!(
        parts.as_slice(),
        ["api", "events", ..] | ["api", "jobs", _, "events"]
    )
}

#[cfg(test)]
mod tests {
    use super::is_stream;

    #[test]
    fn only_streams_go_on() {
        assert!(
            is_stream("/api/jobs/x/events")
                && is_stream("/api/events")
                && is_stream("/api/events/")
        );
        for other in [
            "/api/jobs/x",
            "/api/jobs/events",
            "/events",
            "/api/jobs/x/events/y",
            "/",
        ] {
            assert!(!is_stream(other), "{other}");
        }
    }
}
