//! The older form: one prompt in, one better prompt out, at `POST /enhance`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::openai::{InvalidRequest, MOST_TOKENS};
use crate::engine::{ChatAnswer, ChatMessage, ChatRequest, ChatRole};

/// Where a client does not say: twice the largest prompt that is asked for.
const DEFAULT_TOKENS: u32 = 500;
/// As much freedom as the product asks of chat servers.
const TEMPERATURE: f32 = 0.7;
const TOP_P: f32 = 0.95;

/// `model` is ignored, because there is one; `session_id` too: whoever asks keeps the conversation.
#[derive(Deserialize)]
struct Body {
    prompt: String,
    max_tokens: Option<u32>,
    seed: Option<i64>,
}

pub fn parse(body: &[u8], fresh_seed: u64) -> Result<ChatRequest, InvalidRequest> {
    let body: Body = serde_json::from_slice(body)
        .map_err(|_| InvalidRequest("body", "it is no JSON with a `prompt`"))?;
    if body.prompt.trim().is_empty() {
        return Err(InvalidRequest("prompt", "it is empty"));
    }
    Ok(ChatRequest {
        messages: vec![ChatMessage {
            role: ChatRole::User,
            text: body.prompt,
        }],
        max_tokens: body
            .max_tokens
            .unwrap_or(DEFAULT_TOKENS)
            .clamp(1, MOST_TOKENS),
        temperature: TEMPERATURE,
        top_p: TOP_P,
        seed: body.seed.map_or(fresh_seed, i64::cast_unsigned),
        stop: Vec::new(),
    })
}

pub fn answer(text: &str, answer: &ChatAnswer, model: &str) -> Value {
    json!({
        "success": true,
        "enhanced_prompt": text.trim(),
        "model": model,
        "tokens": answer.answer_tokens,
        "complete": answer.complete,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_becomes_a_conversation_of_one_turn() {
        let body =
            br#"{"prompt":"a fox","model":"qwen_instruct","session_id":null,"max_tokens":350}"#;
        let request = parse(body, 3).unwrap();
        assert_eq!((request.max_tokens, request.seed), (350, 3));
        assert_eq!(request.messages.len(), 1);
        assert_eq!(parse(b"{}", 3).unwrap_err().0, "body");
        assert_eq!(parse(br#"{"prompt":" "}"#, 3).unwrap_err().0, "prompt");
    }
}
