//! A model's answer while it is being written.

use alloc::string::String;
use alloc::vec::Vec;

use serde_json::Value;

use super::chat;

/// The longest text that is followed: four bytes for each character that an answer may have.
const MAX_TEXT_BYTES: usize = 16_000;

/// The answer is not what a chat server sends, or is longer than any prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

/// What a chat server sends to `"stream": true`, put together again.
#[derive(Debug, Default)]
pub struct ChatStream {
    /// The line that has not ended yet; without any event so far, everything that came.
    pending: Vec<u8>,
    text: String,
    has_events: bool,
    has_ended: bool,
    was_cut: bool,
}

impl ChatStream {
    /// Takes the next bytes, cut wherever the network cut them.
    ///
    /// # Errors
    ///
    /// For an event that is no completion, and for a text that never ends.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        self.pending.extend_from_slice(bytes);
        while let Some(line) = self.take_line() {
            self.read_line(&line)?;
        }
        if self.text.len() > MAX_TEXT_BYTES {
            return Err(Malformed);
        }
        Ok(())
    }

    /// What the model has written so far.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The whole text; none if the server broke off. A server that cannot stream answered at once.
    #[must_use]
    pub fn finish(mut self) -> Option<String> {
        if !self.has_events {
            return chat::chat_answer(&self.pending);
        }
        // The last line of a stream need not end.
        let rest = core::mem::take(&mut self.pending);
        self.read_line(&rest).ok()?;
        let text = if self.was_cut {
            chat::until_last_term(&self.text)
        } else {
            &self.text
        };
        self.has_ended.then(|| text.into())
    }

    /// The next whole line. What is no event stream stays where it is, to be read as one answer.
    fn take_line(&mut self) -> Option<Vec<u8>> {
        if !self.has_events && !starts_like_events(&self.pending) {
            return None;
        }
        let end = self.pending.iter().position(|byte| *byte == b'\n')?;
        let rest = self.pending.split_off(end + 1);
        Some(core::mem::replace(&mut self.pending, rest))
    }

    fn read_line(&mut self, line: &[u8]) -> Result<(), Malformed> {
        let line = line.trim_ascii();
        // Comments, names and empty lines mean nothing here.
        let Some(data) = line.strip_prefix(b"data:").map(<[u8]>::trim_ascii) else {
            return Ok(());
        };
        self.has_events = true;
        if data == b"[DONE]" {
            self.has_ended = true;
            return Ok(());
        }
        let event: Value = serde_json::from_slice(data).map_err(|_| Malformed)?;
        if event.get("error").is_some_and(|error| !error.is_null()) {
            return Err(Malformed);
        }
        // The last event of some servers only counts tokens.
        let Some(choice) = event.get("choices").and_then(|choices| choices.get(0)) else {
            return Ok(());
        };
        let words = choice.get("delta").and_then(|delta| delta.get("content"));
        if let Some(words) = words.and_then(Value::as_str) {
            self.text.push_str(words);
        }
        if let Some(reason) = choice.get("finish_reason").and_then(Value::as_str) {
            self.has_ended = true;
            self.was_cut = reason == "length";
        }
        Ok(())
    }
}

/// Event streams begin with a field or a comment, JSON with a brace, pages with an angle bracket.
fn starts_like_events(bytes: &[u8]) -> bool {
    let bytes = bytes.trim_ascii_start();
    [&b"data:"[..], b"event:", b"id:", b"retry:", b":"]
        .iter()
        .any(|field| bytes.starts_with(field))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::ToString;
    use serde_json::json;

    fn event(content: &str) -> String {
        format!(
            "data: {}\n\n",
            json!({ "choices": [{ "delta": { "content": content }, "finish_reason": null }] })
        )
    }

    fn read(stream: &[u8], cut: usize) -> Option<String> {
        let mut reader = ChatStream::default();
        for piece in stream.chunks(cut) {
            reader.push(piece).ok()?;
        }
        reader.finish()
    }

    #[test]
    fn puts_the_words_together_wherever_the_network_cut_them() {
        let stop = json!({ "choices": [{ "delta": {}, "finish_reason": "stop" }] });
        let usage = json!({ "choices": [], "usage": { "total_tokens": 7 } });
        let stream = format!(
            ": hello\r\n\r\n{}{}{}data: {stop}\n\ndata: {usage}\n\ndata: [DONE]\n\n",
            event("ein r\u{f6}tlicher "),
            event("Fuchs, "),
            event("雪"),
        );
        for cut in 1..stream.len() {
            assert_eq!(
                read(stream.as_bytes(), cut).as_deref(),
                Some("ein r\u{f6}tlicher Fuchs, 雪"),
                "cut at {cut}"
            );
        }
    }

    #[test]
    fn a_stream_that_broke_off_is_no_answer_and_one_that_was_cut_ends_at_a_term() {
        assert_eq!(read(event("a red fox, in sn").as_bytes(), 7), None);
        let cut = json!({ "choices": [{ "delta": {}, "finish_reason": "length" }] });
        let stream = format!("{}data: {cut}", event("a red fox, in sn"));
        assert_eq!(read(stream.as_bytes(), 7).as_deref(), Some("a red fox"));
    }

    #[test]
    fn a_server_that_does_not_stream_has_answered_too() {
        let whole = json!({ "choices": [{ "message": { "content": "a red fox" } }] }).to_string();
        assert_eq!(read(whole.as_bytes(), 5).as_deref(), Some("a red fox"));
        for nonsense in ["", "<html>\nBad Gateway\n</html>", "{\"choices\":", "data"] {
            assert_eq!(read(nonsense.as_bytes(), 3), None, "{nonsense}");
        }
    }

    #[test]
    fn errors_and_endless_texts_stop_the_reading() {
        let mut reader = ChatStream::default();
        assert_eq!(
            reader.push(b"data: {\"error\":{\"message\":\"busy\"}}\n"),
            Err(Malformed)
        );
        assert_eq!(
            ChatStream::default().push(b"data: {\"choices\n"),
            Err(Malformed)
        );
        let mut reader = ChatStream::default();
        let long = event(&"fox ".repeat(1_000));
        let outcome = (0..5).find_map(|_| reader.push(long.as_bytes()).err());
        assert_eq!(outcome, Some(Malformed));
    }
}
