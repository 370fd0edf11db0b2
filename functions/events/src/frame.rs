//! Events as Server-Sent Events write them.

use std::num::ParseIntError;

use ourvidz_core::wire::rpc::JobEvent;
use ourvidz_edge::event_stream;
use serde_json::{Value, json};

/// The first bytes of a stream: when to come back after it ended.
#[must_use]
pub fn opening(retry_ms: u64) -> Vec<u8> {
    format!("retry: {retry_ms}\n\n").into_bytes()
}

/// A comment, which browsers ignore and proxies count as life.
#[must_use]
pub fn comment() -> Vec<u8> {
    b": still here\n\n".to_vec()
}

/// One event. Its id is what `Last-Event-ID` brings back.
#[must_use]
pub fn event(event: &JobEvent) -> Vec<u8> {
    let mut data = Value::Object(event.data.clone());
    if let Some(fields) = data.as_object_mut() {
        fields.insert("job_id".into(), json!(event.job_id));
        fields.insert("seq".into(), json!(event.seq));
        fields.insert("at".into(), json!(event.created_at));
    }
    event_stream::frame(Some(event.cursor), &event.kind, &data)
}

/// Tells where a stream begins, without telling an event: browsers keep the id for when they come back.
#[must_use]
pub fn position_frame(position: u64) -> Vec<u8> {
    format!("id: {position}\n\n").into_bytes()
}

/// The position that a client resumes from: without one it is the beginning, `latest` is none yet.
///
/// # Errors
///
/// For what is neither a number nor `latest`.
pub fn position(last_event_id: Option<&str>) -> Result<Option<u64>, ParseIntError> {
    match last_event_id.map(str::trim) {
        None => Ok(Some(0)),
        Some("latest") => Ok(None),
        Some(id) => id.parse().map(Some),
    }
}

/// Whether nothing can follow this event in its job's stream.
#[must_use]
pub fn is_last(event: &JobEvent) -> bool {
    matches!(event.kind.as_str(), "completed" | "failed" | "canceled")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_frame_whatever_it_says() {
        let mut data = serde_json::Map::new();
        data.insert("waiting_for".into(), "line\nbreak".into());
        let frame = event(&JobEvent {
            cursor: 7,
            job_id: "0188d1a4-7b3c-4f00-8a11-0123456789ab".parse().unwrap(),
            seq: 2,
            kind: "progress".into(),
            data,
            created_at: "2026-01-01T00:00:00Z".into(),
        });
        let text = String::from_utf8(frame).unwrap();
        assert!(
            text.starts_with("id: 7\nevent: progress\ndata: {"),
            "{text}"
        );
        assert_eq!(text.matches("\n\n").count(), 1);
        assert_eq!(
            text.lines().count(),
            4,
            "three fields and the empty line: {text}"
        );
    }

    #[test]
    fn a_position_is_a_number_the_latest_or_nothing() {
        assert_eq!(position(None), Ok(Some(0)));
        assert_eq!(position(Some(" 42 ")), Ok(Some(42)));
        assert_eq!(position(Some("latest")), Ok(None));
        assert!(position(Some("x")).is_err());
        assert!(position(Some("-1")).is_err());
    }
}
