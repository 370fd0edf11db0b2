//! A request as handlers see it: plain data, so that their tests need no runtime.

/// The headers that some handler reads. Each costs one crossing into JavaScript, so only these are copied.
pub const HEADERS: [&str; 18] = [
    "accept",
    "authorization",
    "content-length",
    "content-type",
    "idempotency-key",
    "last-event-id",
    "mcp-method",
    "mcp-name",
    "mcp-protocol-version",
    "origin",
    "prefer",
    "traceparent",
    "webhook-id",
    "webhook-signature",
    "webhook-timestamp",
    "x-admin-secret",
    "x-request-id",
    "access-control-request-headers",
];

#[derive(Clone, Default)]
pub struct Incoming {
    /// The method in upper case.
    pub method: String,
    /// The path as it came.
    pub path: String,
    /// Decoded query parameters in their order.
    pub query: Vec<(String, String)>,
    /// Those of [`HEADERS`] that were sent.
    pub headers: Vec<(&'static str, String)>,
    /// The body, at most as long as the endpoint takes.
    pub body: Vec<u8>,
}

impl Incoming {
    /// A request without its body, by the address that the runtime has put into normal form.
    #[must_use]
    pub fn new(method: String, url: &str, headers: Vec<(&'static str, String)>) -> Self {
        let (path, query) = target(url);
        Self {
            method,
            path: path.to_owned(),
            query: form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
            headers,
            body: Vec::new(),
        }
    }

    /// The value of a header out of [`HEADERS`].
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The first query parameter of that name.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The token of `Authorization: Bearer ...`.
    #[must_use]
    pub fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        scheme
            .eq_ignore_ascii_case("bearer")
            .then(|| token.trim())
            .filter(|token| !token.is_empty())
    }

    /// The path's parts behind the function's own prefix: `/functions/v1/queue-job/x` and `/api/queue-job/x`
    /// both give `["queue-job", "x"]`. An empty part stays: `/api/jobs/` names a job without an id, and not the list.
    #[must_use]
    pub fn route(&self) -> Vec<&str> {
        let path = self
            .path
            .strip_prefix("/functions/v1/")
            .or_else(|| self.path.strip_prefix("/api/"))
            .unwrap_or_else(|| self.path.trim_start_matches('/'));
        path.split('/').collect()
    }
}

/// Path and query of an address in normal form, where the path is never empty.
#[must_use]
pub fn target(url: &str) -> (&str, &str) {
    let behind_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = behind_scheme.find('/').unwrap_or(behind_scheme.len());
    let target = &behind_scheme[path..];
    let target = target.split_once('#').map_or(target, |(target, _)| target);
    target.split_once('?').unwrap_or((target, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart() {
        for (url, path, query) in [
            ("http://127.0.0.1:8787/", "/", ""),
            ("https://a.b/api/jobs?limit=5#top", "/api/jobs", "limit=5"),
            ("https://a.b/x#a?b=c", "/x", ""),
            ("https://a.b/x?to=https://c/d?e", "/x", "to=https://c/d?e"),
        ] {
            assert_eq!(target(url), (path, query), "{url}");
        }
    }

    #[test]
    fn a_query_is_decoded_and_keeps_its_order() {
        let url = "https://a.b/?q=a+b%26&q=%C3%BC&empty=&alone";
        let incoming = Incoming::new("GET".into(), url, Vec::new());
        let pairs: Vec<(&str, &str)> = incoming
            .query
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(
            pairs,
            [("q", "a b&"), ("q", "ü"), ("empty", ""), ("alone", "")]
        );
    }

    fn at(path: &str) -> Incoming {
        Incoming {
            path: path.into(),
            ..Incoming::default()
        }
    }

    #[test]
    fn both_prefixes_lead_to_the_same_route() {
        for path in ["/functions/v1/queue-job/x", "/api/queue-job/x"] {
            assert_eq!(at(path).route(), ["queue-job", "x"], "{path}");
        }
        assert_eq!(at("/llms.txt").route(), ["llms.txt"]);
    }

    #[test]
    fn an_empty_part_is_a_part() {
        assert_eq!(at("/api/jobs/").route(), ["jobs", ""]);
        assert_eq!(at("/api/jobs//cancel").route(), ["jobs", "", "cancel"]);
        assert_eq!(at("/api/").route(), [""]);
    }

    #[test]
    fn a_bearer_token_is_read_and_nothing_else() {
        let with = |value: &str| Incoming {
            headers: vec![("authorization", value.to_owned())],
            ..Incoming::default()
        };
        assert_eq!(with("Bearer abc").bearer(), Some("abc"));
        assert_eq!(with("bearer  abc ").bearer(), Some("abc"));
        for wrong in ["abc", "Basic abc", "Bearer", "Bearer ", ""] {
            assert_eq!(with(wrong).bearer(), None, "{wrong}");
        }
    }
}
