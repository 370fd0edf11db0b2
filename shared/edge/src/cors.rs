//! Which browsers' pages may call.

use crate::{Incoming, Reply, Settings};

/// Headers that a page may send.
const ALLOWED_HEADERS: &str = "authorization, content-type, idempotency-key, prefer, last-event-id, \
     x-request-id, traceparent, x-client-info, apikey";
/// Headers that a page may read.
const EXPOSED_HEADERS: &str = "x-request-id, retry-after, ratelimit, ratelimit-policy, \
     idempotency-replayed, preference-applied, server-timing";
/// How long a browser may remember the answer to a preflight: a day, the most that any browser honours.
const PREFLIGHT_SECONDS: &str = "86400";

/// The headers that let the calling page read the answer; none for a page that is not on the list.
#[must_use]
pub fn headers(settings: &Settings, origin: Option<&str>) -> Vec<(&'static str, String)> {
    let mut headers = Vec::new();
    let Some(origin) = origin else {
        return headers;
    };
    if settings.allowed_origins.is_empty() {
        headers.push(("access-control-allow-origin", "*".to_owned()));
    } else {
        headers.push(("vary", "Origin".to_owned()));
        if !settings
            .allowed_origins
            .iter()
            .any(|allowed| allowed == origin)
        {
            return headers;
        }
        headers.push(("access-control-allow-origin", origin.to_owned()));
    }
    headers.push(("access-control-expose-headers", EXPOSED_HEADERS.to_owned()));
    headers
}

/// The answer to a preflight, which needs no backend.
#[must_use]
pub fn preflight(settings: &Settings, incoming: &Incoming) -> Reply {
    let mut reply = Reply::empty();
    reply.headers = headers(settings, incoming.header("origin"));
    if reply
        .headers
        .iter()
        .any(|(name, _)| *name == "access-control-allow-origin")
    {
        reply = reply
            .with_header(
                "access-control-allow-methods",
                "GET, POST, PATCH, DELETE, OPTIONS",
            )
            .with_header("access-control-allow-headers", ALLOWED_HEADERS)
            .with_header("access-control-max-age", PREFLIGHT_SECONDS);
    }
    reply
}
