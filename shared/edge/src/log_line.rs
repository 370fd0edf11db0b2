//! The one log line of a request.

use ourvidz_core::{ApiError, api_key};
use serde_json::{Map, Value, json};

use crate::Incoming;

/// What is known about a request when it is over.
pub struct RequestOutcome<'a> {
    pub function: &'static str,
    pub incoming: &'a Incoming,
    pub request_id: &'a str,
    pub status: u16,
    pub milliseconds: u64,
    /// Requests to backends before the answer.
    pub round_trips: u32,
    pub notes: &'a Map<String, Value>,
    pub error: Option<&'a ApiError>,
}

/// The line as JSON. Only the path is written, not the query: tickets travel there. An API key is written nowhere,
/// wherever a client has put it.
#[must_use]
pub fn line(outcome: &RequestOutcome<'_>) -> String {
    let level = match outcome.status {
        500.. => "error",
        400.. => "warn",
        _ => "info",
    };
    let mut line = json!({
        "level": level,
        "function": outcome.function,
        "requestId": outcome.request_id,
        "method": outcome.incoming.method,
        "path": outcome.incoming.path,
        "status": outcome.status,
        "ms": outcome.milliseconds,
        "roundTrips": outcome.round_trips,
    });
    if let Some(fields) = line.as_object_mut() {
        if let Some(trace) = outcome.incoming.header("traceparent") {
            fields.insert("traceparent".into(), trace.into());
        }
        if let Some(error) = outcome.error {
            fields.insert("code".into(), error.code.as_str().into());
            if let Some(cause) = &error.cause {
                fields.insert("cause".into(), cause.clone().into());
            }
        }
        for (name, value) in outcome.notes {
            fields.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
    api_key::masked(&line.to_string()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ourvidz_core::{Code, Moment};

    #[test]
    fn a_key_is_in_no_line_wherever_it_was_put() {
        let key = api_key::fresh(&Moment::new(0, [7; 32]));
        let incoming = Incoming {
            method: "GET".into(),
            path: format!("/api/jobs/{key}"),
            headers: vec![("traceparent", key.clone())],
            ..Incoming::default()
        };
        let line = line(&RequestOutcome {
            function: "api",
            incoming: &incoming,
            request_id: &key,
            status: 404,
            milliseconds: 1,
            round_trips: 0,
            notes: &Map::new(),
            error: None,
        });
        assert!(!line.contains(&key) && line.contains("/api/jobs/ovz_***"));
        serde_json::from_str::<Value>(&line).unwrap();
    }

    #[test]
    fn a_line_tells_what_happened_and_not_what_was_said() {
        let incoming = Incoming {
            method: "POST".into(),
            path: "/api/queue-job".into(),
            query: vec![("ticket".into(), "t0p-secret".into())],
            headers: vec![("authorization", "Bearer t0p-secret".into())],
            body: b"t0p-secret prompt".to_vec(),
        };
        let error = ApiError::new(Code::Unavailable).with_cause("database: no answer in 8000 ms");
        let line = line(&RequestOutcome {
            function: "queue-job",
            incoming: &incoming,
            request_id: "r-1",
            status: 503,
            milliseconds: 12,
            round_trips: 1,
            notes: &Map::new(),
            error: Some(&error),
        });
        assert!(!line.contains("t0p-secret"));
        let parsed: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(parsed["code"], "unavailable");
        assert_eq!(parsed["level"], "error");
        assert_eq!(parsed["cause"], "database: no answer in 8000 ms");
    }
}
