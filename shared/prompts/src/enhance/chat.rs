//! What the workers are sent and what they answer.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::brief::Brief;

/// Longer than the longest prompt in any token, and a bound for a server that never stops.
const TOKENS_PER_BUDGET: usize = 2;

/// The model that a chat server is asked for when nobody configured one; servers of one model ignore it.
pub const DEFAULT_MODEL: &str = "qwen2.5-7b-instruct";

/// Some freedom, but no flights of fancy.
const TEMPERATURE: f64 = 0.7;

/// A prompt and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// As it came.
    pub prompt: String,
    /// As it was answered.
    pub enhanced: String,
}

/// The body for `/v1/chat/completions`.
#[must_use]
pub fn chat_request(
    prompt: &str,
    brief: Brief,
    turns: &[Turn],
    model: &str,
    seed: u64,
    stream: bool,
) -> Value {
    let mut messages = Vec::from([json!({ "role": "system", "content": brief.system_prompt() })]);
    for turn in turns {
        messages.push(json!({ "role": "user", "content": turn.prompt }));
        messages.push(json!({ "role": "assistant", "content": turn.enhanced }));
    }
    messages.push(json!({ "role": "user", "content": prompt }));
    json!({
        "model": model,
        "messages": messages,
        "max_tokens": brief.budget() * TOKENS_PER_BUDGET,
        "temperature": TEMPERATURE,
        // Servers read signed 32-bit seeds.
        "seed": seed & 0x7fff_ffff,
        "stream": stream,
    })
}

/// The text in a chat server's answer.
#[must_use]
pub fn chat_answer(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let choice = body.get("choices")?.get(0)?;
    let text = choice.get("message")?.get("content")?.as_str()?;
    let was_cut = choice.get("finish_reason").and_then(Value::as_str) == Some("length");
    Some(if was_cut { until_last_term(text) } else { text }.into())
}

/// The body for the WAN worker.
#[must_use]
pub fn wan_request(prompt: &str, brief: Brief, session_id: Option<&str>, model: &str) -> Value {
    json!({
        "prompt": alloc::format!("{}\n\n{prompt}", brief.system_prompt()),
        "model": model,
        "session_id": session_id,
        "max_tokens": brief.budget() * TOKENS_PER_BUDGET,
    })
}

/// The text in the WAN worker's answer: versions of it use different names.
#[must_use]
pub fn wan_answer(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    ["enhanced_prompt", "enhancedPrompt", "response", "text"]
        .iter()
        .find_map(|name| body.get(*name)?.as_str())
        .map(Into::into)
}

/// Without the term that a server had to break off.
pub(super) fn until_last_term(text: &str) -> &str {
    match text.rfind([',', '.', ';', '\n']) {
        Some(place) if place > 0 => text.get(..place).unwrap_or(text),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Model, Quality};
    use alloc::string::ToString;

    const BRIEF: Brief = Brief::new(Model::Wan, Format::Video, Quality::Fast, false);

    #[test]
    fn a_conversation_stands_between_the_template_and_the_prompt() {
        let turn = Turn {
            prompt: "a fox".into(),
            enhanced: "a red fox".into(),
        };
        let body = chat_request("now at night", BRIEF, &[turn], "m", u64::MAX, true);
        let roles: Vec<&str> = body["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|message| message["role"].as_str().unwrap())
            .collect();
        assert_eq!(roles, ["system", "user", "assistant", "user"]);
        assert!(
            body["messages"][0]["content"]
                .as_str()
                .unwrap()
                .starts_with(BRIEF.wording())
        );
        assert_eq!(body["max_tokens"], 350);
        assert_eq!(body["seed"], i32::MAX);
        assert_eq!(body["stream"], true);
    }

    #[test]
    fn reads_answers_and_nothing_else() {
        let answer =
            json!({ "choices": [{ "message": { "content": "a fox" }, "finish_reason": "stop" }] });
        assert_eq!(
            chat_answer(answer.to_string().as_bytes()).as_deref(),
            Some("a fox")
        );
        let cut = json!({ "choices": [{ "message": { "content": "a fox, in sn" }, "finish_reason": "length" }] });
        assert_eq!(
            chat_answer(cut.to_string().as_bytes()).as_deref(),
            Some("a fox")
        );
        for body in [
            "",
            "<html>",
            "{}",
            r#"{"choices":[]}"#,
            r#"{"choices":[{"message":{"content":7}}]}"#,
            "[1",
        ] {
            assert_eq!(chat_answer(body.as_bytes()), None, "{body}");
            assert_eq!(wan_answer(body.as_bytes()), None, "{body}");
        }
        assert_eq!(
            wan_answer(br#"{"enhanced_prompt":"a fox"}"#).as_deref(),
            Some("a fox")
        );
    }
}
