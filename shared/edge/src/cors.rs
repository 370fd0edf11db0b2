//! Which browsers' pages may call.

use std::iter;

use crate::{Incoming, Reply, Settings};

/// Headers that a page may send. OpenAI's client sets `user-agent`, which some browsers let it.
const ALLOWED_HEADERS: &str = "authorization, content-type, idempotency-key, prefer, last-event-id, \
     x-request-id, traceparent, x-client-info, apikey, user-agent, mcp-protocol-version, \
     mcp-method, mcp-name";
/// OpenAI's clients tell their version, platform and tries in headers that begin so. Their names come and go from one
/// version to the next and nothing here reads any of them, so a page may send whichever it asks for.
const ALLOWED_PREFIX: &str = "x-stainless-";
/// Headers that a page may read.
const EXPOSED_HEADERS: &str = "x-request-id, retry-after, ratelimit, ratelimit-policy, \
     idempotency-replayed, preference-applied, server-timing";
/// How long a browser may remember the answer to a preflight: a day, the most that any browser honours.
const PREFLIGHT_SECONDS: &str = "86400";

/// Whether pages of this origin may call.
#[must_use]
pub fn allows(settings: &Settings, origin: &str) -> bool {
    let allowed = &settings.allowed_origins;
    allowed.is_empty() || allowed.iter().any(|known| known == origin)
}

/// The headers that let the calling page read the answer; none for a page that is not on the list.
#[must_use]
pub fn headers(settings: &Settings, origin: Option<&str>) -> Vec<(&'static str, String)> {
    let mut headers = Vec::new();
    let Some(origin) = origin else {
        return headers;
    };
    let is_list = !settings.allowed_origins.is_empty();
    if is_list {
        headers.push(("vary", "Origin".to_owned()));
    }
    if !allows(settings, origin) {
        return headers;
    }
    let told = if is_list { origin } else { "*" };
    headers.push(("access-control-allow-origin", told.to_owned()));
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
            .with_header("access-control-allow-headers", allowed_headers(incoming))
            .with_header("access-control-max-age", PREFLIGHT_SECONDS);
    }
    reply
}

fn allowed_headers(incoming: &Incoming) -> String {
    let asked = incoming.header("access-control-request-headers");
    let of_clients = asked.unwrap_or_default().split(',').map(str::trim);
    let of_clients = of_clients.filter(|name| name.starts_with(ALLOWED_PREFIX) && is_plain(name));
    let all: Vec<&str> = iter::once(ALLOWED_HEADERS).chain(of_clients).collect();
    all.join(", ")
}

fn is_plain(name: &str) -> bool {
    name.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(asked: &str) -> String {
        let headers = vec![("access-control-request-headers", asked.to_owned())];
        let url = "https://edge.example/v1/models";
        allowed_headers(&Incoming::new("OPTIONS".to_owned(), url, headers))
    }

    #[test]
    fn a_page_may_send_what_openai_s_client_adds_and_nothing_else_that_it_asks_for() {
        let asked = "authorization, x-stainless-lang,x-stainless-new-in-some-version, x-admin-secret, x-stainless-a b, \
                     stainless";
        let added = "x-stainless-lang, x-stainless-new-in-some-version";
        assert_eq!(allowed(asked), format!("{ALLOWED_HEADERS}, {added}"));
        assert_eq!(allowed(""), ALLOWED_HEADERS);
    }
}
