//! What a browser shows for an address that nothing has: a page with the way back, for people. Programs get the error.

use ourvidz_edge::{Call, Reply, Runtime};

const HTML: &str = "text/html; charset=utf-8";
/// Its styles are the studio's; it runs nothing.
const POLICY: &str = "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Whether somebody typed the address or followed a link, and no program asked for it.
pub(crate) fn is_for_people<R: Runtime>(call: &Call<R>) -> bool {
    let path = &call.incoming.path;
    let is_api = path.starts_with("/api/") || path.starts_with("/functions/");
    let takes_html = call
        .incoming
        .header("accept")
        .is_some_and(|accept| accept.contains("text/html"));
    call.incoming.method == "GET" && !is_api && takes_html
}

pub(crate) fn page() -> Reply {
    Reply::bytes(HTML, include_bytes!("nothing_here.html").to_vec())
        .with_status(404)
        .with_header("content-security-policy", POLICY)
}
