//! OpenAI's `POST /v1/chat/completions`: what is asked, and how it is answered.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::engine::{ChatAnswer, ChatMessage, ChatRequest, ChatRole};

/// Longer than any prompt for a picture, and half a minute of a 7B model on a small GPU. Clients ask for
/// thousands without need; they get this many.
pub const MOST_TOKENS: u32 = 1_024;
/// Where a client does not say.
const DEFAULT_TOKENS: u32 = 512;
/// OpenAI's own default: the model's probabilities as they are.
const DEFAULT_TEMPERATURE: f64 = 1.0;
const HOTTEST: f64 = 2.0;
/// OpenAI's own bound.
const MOST_STOP_WORDS: usize = 4;
/// A system prompt and fifteen turns with their answers.
const MOST_TURNS: usize = 32;

/// What a client asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct CompletionRequest {
    pub request: ChatRequest,
    pub stream: bool,
    /// Whether the stream ends with the number of tokens.
    pub wants_usage: bool,
}

/// What is wrong with a request: the parameter and the problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidRequest(pub &'static str, pub &'static str);

#[derive(Deserialize)]
struct Body {
    messages: Vec<Message>,
    #[serde(alias = "max_completion_tokens")]
    max_tokens: Option<u32>,
    temperature: Option<f64>,
    top_p: Option<f64>,
    seed: Option<i64>,
    stop: Option<OneOrMany<String>>,
    n: Option<u32>,
    #[serde(default)]
    stream: bool,
    stream_options: Option<StreamOptions>,
}

#[derive(Deserialize)]
struct Message {
    role: String,
    content: OneOrMany<Part>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    One(String),
    Many(Vec<T>),
}

#[derive(Deserialize)]
struct Part {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    text: String,
}

#[derive(Deserialize)]
struct StreamOptions {
    #[serde(default)]
    include_usage: bool,
}

/// Reads a body; `fresh_seed` is used where the client names none.
pub fn parse(body: &[u8], fresh_seed: u64) -> Result<CompletionRequest, InvalidRequest> {
    let body: Body = serde_json::from_slice(body)
        .map_err(|_| InvalidRequest("body", "it is no chat request in JSON with `messages`"))?;
    if body.messages.is_empty() || body.messages.len() > MOST_TURNS {
        return Err(InvalidRequest("messages", "there must be 1 to 32 of them"));
    }
    if body.n.is_some_and(|count| count != 1) {
        return Err(InvalidRequest("n", "there is one answer to a request"));
    }
    let temperature = body.temperature.unwrap_or(DEFAULT_TEMPERATURE);
    if !(0.0..=HOTTEST).contains(&temperature) {
        return Err(InvalidRequest("temperature", "it must be 0 to 2"));
    }
    let top_p = body.top_p.unwrap_or(1.0);
    if !(0.0..=1.0).contains(&top_p) {
        return Err(InvalidRequest("top_p", "it must be 0 to 1"));
    }
    let stop = match body.stop {
        None => Vec::new(),
        Some(OneOrMany::One(word)) => vec![word],
        Some(OneOrMany::Many(words)) => words,
    };
    if stop.len() > MOST_STOP_WORDS {
        return Err(InvalidRequest("stop", "there may be four words at most"));
    }
    let messages: Result<Vec<ChatMessage>, InvalidRequest> =
        body.messages.into_iter().map(message).collect();
    let asked = body.max_tokens.unwrap_or(DEFAULT_TOKENS);
    Ok(CompletionRequest {
        request: ChatRequest {
            messages: messages?,
            max_tokens: asked.clamp(1, MOST_TOKENS),
            temperature: temperature as f32,
            top_p: top_p as f32,
            seed: body.seed.map_or(fresh_seed, i64::cast_unsigned),
            stop,
        },
        stream: body.stream,
        wants_usage: body
            .stream_options
            .is_some_and(|options| options.include_usage),
    })
}

fn message(message: Message) -> Result<ChatMessage, InvalidRequest> {
    let role = ChatRole::from_name(&message.role).ok_or(InvalidRequest(
        "messages",
        "a role must be system, user or assistant",
    ))?;
    let text = match message.content {
        OneOrMany::One(text) => text,
        OneOrMany::Many(parts) if parts.iter().all(|part| part.kind == "text") => {
            parts.into_iter().map(|part| part.text).collect()
        }
        OneOrMany::Many(_) => return Err(InvalidRequest("messages", "this model reads text only")),
    };
    Ok(ChatMessage { role, text })
}

/// What all events of one answer have in common.
#[derive(Debug, Clone)]
pub struct CompletionHead<'a> {
    pub id: String,
    pub created: u64,
    pub model: &'a str,
}

/// Why an answer ended, in OpenAI's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FinishReason {
    Stop,
    Length,
    /// The content policy refuses what the model wrote.
    Filter,
}

impl FinishReason {
    pub const fn of(answer: &ChatAnswer) -> Self {
        if answer.complete {
            Self::Stop
        } else {
            Self::Length
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::Filter => "content_filter",
        }
    }
}

impl CompletionHead<'_> {
    pub fn completion(&self, text: &str, reason: FinishReason, answer: &ChatAnswer) -> Value {
        json!({
            "id": self.id,
            "object": "chat.completion",
            "created": self.created,
            "model": self.model,
            "choices": [{
                "index": 0,
                "message": { "role": "assistant", "content": text },
                "logprobs": null,
                "finish_reason": reason.as_str(),
            }],
            "usage": usage(answer),
        })
    }

    /// The stream's first event, which names the speaker.
    pub fn opening(&self) -> Value {
        self.chunk(json!({ "role": "assistant", "content": "" }), None)
    }

    pub fn delta(&self, text: &str) -> Value {
        self.chunk(json!({ "content": text }), None)
    }

    /// The last event that belongs to the answer.
    pub fn closing(&self, reason: FinishReason) -> Value {
        self.chunk(json!({}), Some(reason.as_str()))
    }

    /// The number of tokens, as an event without a choice.
    pub fn usage(&self, answer: &ChatAnswer) -> Value {
        let mut event = self.chunk(json!({}), None);
        event["choices"] = json!([]);
        event["usage"] = usage(answer);
        event
    }

    fn chunk(&self, delta: Value, finish_reason: Option<&str>) -> Value {
        json!({
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
            "choices": [{ "index": 0, "delta": delta, "logprobs": null, "finish_reason": finish_reason }],
        })
    }
}

fn usage(answer: &ChatAnswer) -> Value {
    json!({
        "prompt_tokens": answer.prompt_tokens,
        "completion_tokens": answer.answer_tokens,
        "total_tokens": answer.prompt_tokens + answer.answer_tokens,
    })
}

/// The list of models, which is short.
pub fn models(model: Option<&str>) -> Value {
    let list: Vec<Value> = model
        .iter()
        .map(|id| json!({ "id": id, "object": "model", "created": 0, "owned_by": "ourvidz" }))
        .collect();
    json!({ "object": "list", "data": list })
}

/// An error, in OpenAI's form.
pub fn error(status: u16, code: &str, message: &str, parameter: Option<&str>) -> Value {
    let kind = match status {
        401 => "authentication_error",
        400..=499 => "invalid_request_error",
        _ => "server_error",
    };
    json!({ "error": { "message": message, "type": kind, "param": parameter, "code": code } })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: Value, expected: &str) {
        let found = match parse(body.to_string().as_bytes(), 7) {
            Ok(asked) => format!("{asked:?}"),
            Err(InvalidRequest(parameter, problem)) => format!("{parameter}: {problem}"),
        };
        assert!(found.contains(expected), "{body}: {found}");
    }

    fn asked(extra: Value) -> Value {
        let mut body =
            json!({ "model": "any", "messages": [{ "role": "user", "content": "a fox" }] });
        for (name, value) in extra.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    }

    #[test]
    fn what_clients_write() {
        check(
            asked(json!({})),
            "max_tokens: 512, temperature: 1.0, top_p: 1.0, seed: 7, stop: []",
        );
        check(asked(json!({ "max_tokens": 99_999 })), "max_tokens: 1024");
        check(
            asked(json!({ "max_completion_tokens": 5 })),
            "max_tokens: 5",
        );
        check(
            asked(json!({ "seed": 0, "temperature": 0 })),
            "temperature: 0.0, top_p: 1.0, seed: 0",
        );
        check(asked(json!({ "stop": "END" })), r#"stop: ["END"]"#);
        check(
            asked(json!({ "stop": ["a", "b"], "user": "x", "tools": null })),
            r#"stop: ["a", "b"]"#,
        );
        let parts = json!([{ "type": "text", "text": "a " }, { "type": "text", "text": "fox" }]);
        check(
            json!({ "messages": [{ "role": "developer", "content": parts }] }),
            r#"System, text: "a fox""#,
        );
        let usage = json!({ "stream": true, "stream_options": { "include_usage": true } });
        check(asked(usage), "stream: true, wants_usage: true");
    }

    #[test]
    fn what_cannot_be_met_is_named() {
        check(json!({}), "body:");
        check(json!({ "messages": [] }), "messages: there must be");
        check(
            json!({ "messages": vec![json!({ "role": "user", "content": "" }); 33] }),
            "messages: there must be",
        );
        check(
            json!({ "messages": [{ "role": "tool", "content": "x" }] }),
            "messages: a role",
        );
        let picture = json!([{ "type": "image_url", "image_url": { "url": "x" } }]);
        check(
            json!({ "messages": [{ "role": "user", "content": picture }] }),
            "messages: this model reads text",
        );
        check(asked(json!({ "n": 2 })), "n: ");
        check(asked(json!({ "temperature": -1 })), "temperature: ");
        check(asked(json!({ "top_p": 1.5 })), "top_p: ");
        check(
            asked(json!({ "stop": ["a", "b", "c", "d", "e"] })),
            "stop: ",
        );
    }
}
