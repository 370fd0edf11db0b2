//! A request as handlers see it: plain data, so that their tests need no runtime.

/// The headers that some handler reads. Each costs one crossing into JavaScript, so only these are copied.
pub const HEADERS: [&str; 15] = [
    "accept",
    "authorization",
    "content-length",
    "content-type",
    "idempotency-key",
    "last-event-id",
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

#[cfg(test)]
mod tests {
    use super::*;

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
