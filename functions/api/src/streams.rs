//! Event streams are another function's: a route pattern can't tell `/api/jobs/{id}/events` from `/api/jobs/{id}`.

/// Whether the path is one of the events function's.
#[must_use]
pub fn is_stream(path: &str) -> bool {
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
