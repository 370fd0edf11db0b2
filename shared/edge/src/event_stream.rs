//! Events as Server-Sent Events write them.

use serde_json::Value;

/// One event. Its id, where it has one, is what `Last-Event-ID` brings back.
#[must_use]
pub fn frame(id: Option<u64>, name: &str, data: &Value) -> Vec<u8> {
    let id = id.map(|id| format!("id: {id}\n")).unwrap_or_default();
    // JSON writes line breaks as \n, so the data is always one line.
    format!("{id}event: {name}\ndata: {data}\n\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_frame_whatever_it_says() {
        let data = serde_json::json!({ "text": "line\nbreak\r\n\r\n" });
        let text = String::from_utf8(frame(Some(7), "token", &data)).unwrap();
        assert!(text.starts_with("id: 7\nevent: token\ndata: {"), "{text}");
        assert_eq!(text.lines().count(), 4, "{text}");
        let without = String::from_utf8(frame(None, "token", &data)).unwrap();
        assert!(without.starts_with("event: token\n"), "{without}");
    }
}
