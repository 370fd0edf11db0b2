//! Redis lists over Upstash's REST API.

use ourvidz_core::{ApiError, Code, Queue};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::{Backend, Http, Request};

/// A list operation takes a millisecond; a client waits behind this one.
const TIMEOUT_MS: u32 = 2_000;
/// Answers are numbers and short words.
const MAX_ANSWER_BYTES: usize = 256 * 1024;
/// Tries of one push. A hint pushed twice is harmless, so trying again is always safe; a third failure is an
/// outage, and the sweep pushes later.
const PUSH_TRIES: u32 = 2;
/// A key that lives as long as the lists do. When it is gone, Redis has lost its memory and with it the lists.
const EPOCH_KEY: &str = "ourvidz:epoch";

/// The queues.
pub struct Queues<'a, H> {
    http: &'a H,
    url: &'a str,
    token: &'a str,
}

/// What the sweep needs to know of Redis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lists {
    /// Whether Redis still remembers.
    pub remembered: bool,
    /// Hints on `sdxl_queue`.
    pub sdxl_length: u64,
    /// Hints on `wan_queue`.
    pub wan_length: u64,
}

/// One answer of a pipeline.
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    result: Value,
    #[serde(default)]
    error: Option<Value>,
}

impl<'a, H: Http> Queues<'a, H> {
    /// The queues behind an endpoint.
    pub const fn new(http: &'a H, url: &'a str, token: &'a str) -> Self {
        Self { http, url, token }
    }

    /// Pushes a hint; returns the list's new length.
    ///
    /// # Errors
    ///
    /// `unavailable` when Redis did not take it, or may not have.
    pub async fn push(&self, queue: Queue, hint: &Value) -> Result<u64, ApiError> {
        let command = json!(["LPUSH", queue.as_str(), hint.to_string()]);
        let mut result = self.command(&command).await;
        for _ in 1..PUSH_TRIES {
            if result.is_err() {
                result = self.command(&command).await;
            }
        }
        result?.as_u64().ok_or_else(|| unavailable("LPUSH answered no number"))
    }

    /// Pushes many hints in one request; returns whether all were taken.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn push_all(&self, hints: &[(Queue, Value)]) -> Result<(), ApiError> {
        let mut commands: Vec<Value> = hints
            .iter()
            .map(|(queue, hint)| json!(["LPUSH", queue.as_str(), hint.to_string()]))
            .collect();
        commands.push(json!(["SET", EPOCH_KEY, "1"]));
        self.pipeline(&commands).await.map(|_| ())
    }

    /// How long the lists are, and whether Redis has lost its memory since the last [`Self::push_all`].
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn lists(&self) -> Result<Lists, ApiError> {
        let commands = [
            json!(["EXISTS", EPOCH_KEY]),
            json!(["LLEN", Queue::SdxlQueue.as_str()]),
            json!(["LLEN", Queue::WanQueue.as_str()]),
        ];
        let answers = self.pipeline(&commands).await?;
        match answers.iter().map(Value::as_u64).collect::<Vec<_>>()[..] {
            [Some(epoch), Some(sdxl_length), Some(wan_length)] => {
                Ok(Lists { remembered: epoch > 0, sdxl_length, wan_length })
            }
            _ => Err(unavailable("LLEN answered no number")),
        }
    }

    async fn command(&self, command: &Value) -> Result<Value, ApiError> {
        let answer: Answer = self.post("", command).await?;
        take(answer)
    }

    async fn pipeline(&self, commands: &[Value]) -> Result<Vec<Value>, ApiError> {
        let answers: Vec<Answer> = self.post("/pipeline", &Value::from(commands)).await?;
        answers.into_iter().map(take).collect()
    }

    async fn post<T: for<'de> Deserialize<'de>>(&self, path: &str, body: &Value) -> Result<T, ApiError> {
        let request = Request {
            backend: Backend::Redis,
            method: "POST",
            url: format!("{}{path}", self.url),
            headers: vec![
                ("authorization".to_owned(), format!("Bearer {}", self.token)),
                ("content-type".to_owned(), "application/json".to_owned()),
            ],
            body: Some(body.to_string().into_bytes()),
            timeout_ms: TIMEOUT_MS,
            max_answer_bytes: MAX_ANSWER_BYTES,
        };
        let answer =
            self.http.send(request).await.map_err(|error| unavailable(&format!("{error:?}")))?;
        if answer.status != 200 {
            return Err(unavailable(&format!("status {}", answer.status)));
        }
        serde_json::from_slice(&answer.body).map_err(|_| unavailable("answer of another shape"))
    }
}

fn take(answer: Answer) -> Result<Value, ApiError> {
    match answer.error {
        None => Ok(answer.result),
        Some(_) => Err(unavailable("the command was refused")),
    }
}

fn unavailable(cause: &str) -> ApiError {
    ApiError::new(Code::Unavailable).with_cause(format!("redis: {cause}"))
}
