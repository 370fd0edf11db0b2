//! OpenAI's chat protocol, from the other side.

use serde_json::{Value, json};
use ureq::Agent;

use super::{post, wait};
use crate::config::ChatServer;
use crate::engine::{ChatAnswer, ChatRequest, ChatRole, EngineError, Stopped};

/// Asks a server, and passes the whole answer on in one piece.
pub fn chat(
    agent: &Agent,
    server: &ChatServer,
    request: &ChatRequest,
    say: &mut dyn FnMut(&str) -> Result<(), Stopped>,
) -> Result<ChatAnswer, EngineError> {
    let messages: Vec<Value> = request
        .messages
        .iter()
        .map(|message| {
            let role = match message.role {
                ChatRole::System => "system",
                ChatRole::User => "user",
                ChatRole::Assistant => "assistant",
            };
            json!({ "role": role, "content": message.text })
        })
        .collect();
    let mut body = json!({
        "model": server.model,
        "messages": messages,
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        // Servers read signed 32-bit seeds.
        "seed": request.seed & 0x7fff_ffff,
        "stream": false,
    });
    if !request.stop.is_empty() {
        body["stop"] = json!(request.stop);
    }
    let url = format!("{}/v1/chat/completions", server.url);
    let key = server.key.as_ref().map(|key| key.expose().to_owned());
    let answer = wait(&post(agent, url, key, &body), || say(""))?;
    let choice = &answer["choices"][0];
    let text = choice["message"]["content"]
        .as_str()
        .ok_or_else(|| EngineError::Failed("the server's answer has no text".to_owned()))?;
    say(text)?;
    let count = |name: &str| {
        let count = answer["usage"][name].as_u64().unwrap_or(0);
        u32::try_from(count).unwrap_or(u32::MAX)
    };
    Ok(ChatAnswer {
        text: text.to_owned(),
        prompt_tokens: count("prompt_tokens"),
        answer_tokens: count("completion_tokens"),
        complete: choice["finish_reason"].as_str() != Some("length"),
    })
}
