//! The queues: Redis lists behind Upstash's REST API.
//!
//! What lies on a list is only a hint that a job is waiting, and a doubled hint is harmless. So every command
//! here may be repeated when no answer comes.

use ourvidz_core::{ApiError, Code, Queue};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::budget::Budget;
use crate::http::{Backend, Http, Request, Response};

/// Redis answers within milliseconds; a submit that has to wait longer leaves the push to the sweep.
const BUDGET: Budget = Budget {
    timeout_ms: 1_500,
    tries: 2,
    first_pause_ms: 50,
};

/// Answers are numbers, for the cache texts of a few KB, and step previews: 96 KB of a job that has six.
const MAX_ANSWER_BYTES: usize = 256 * 1024;

/// Commands that go out together: a pass of the sweep pushes no more hints at once.
pub const MAX_PIPELINE: usize = 1_000;

/// The key that tells whether Redis still is the Redis that we filled: it has no expiry and goes only when
/// everything goes.
const EPOCH_KEY: &str = "ourvidz:epoch";
/// What each pass of the sweep asks, as one command: four a minute make 173,000 a month, and Upstash's free plan has
/// 500,000, of which two idle workers take 86,000.
pub const LISTS_SCRIPT: &str =
    "return {redis.call('LLEN',KEYS[1]),redis.call('LLEN',KEYS[2]),redis.call('EXISTS',KEYS[3])}";

const RETRY_AFTER_S: u32 = 5;

/// A client of Upstash's REST API.
pub struct Queues<'a, H> {
    http: &'a H,
    url: &'a str,
    token: &'a str,
    budget: Budget,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lists {
    /// Whether Redis still is the one that [`Queues::push_all`] filled: if not, its lists are lost.
    pub remembered: bool,
    /// Hints on `sdxl_queue`.
    pub sdxl_length: u64,
    /// Hints on `wan_queue`.
    pub wan_length: u64,
}

/// One answer of Upstash: a result (which may be null) or an error.
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    result: Value,
    /// Its text may quote the command, so it is not even kept.
    #[serde(default)]
    error: Option<IgnoredAny>,
}

impl<'a, H: Http> Queues<'a, H> {
    /// A client with the usual budget.
    pub const fn new(http: &'a H, url: &'a str, token: &'a str) -> Self {
        Self {
            http,
            url,
            token,
            budget: BUDGET,
        }
    }

    /// The same client with another budget.
    #[must_use]
    pub const fn with_budget(mut self, budget: Budget) -> Self {
        self.budget = budget;
        self
    }

    /// Puts a hint on its list and returns the list's new length.
    ///
    /// # Errors
    ///
    /// `unavailable`, `timeout` or `misconfigured`.
    pub async fn push(&self, queue: Queue, hint: &impl Serialize) -> Result<u64, ApiError> {
        let command = push_command(queue, hint)?;
        let request = self.request("", &command);
        number(&self.ask_one(request).await?)
    }

    /// Puts many hints on their lists and marks that Redis knows them, in one round trip.
    ///
    /// # Errors
    ///
    /// As [`Self::push`]. Some of the hints may be on their lists then.
    pub async fn push_all(&self, hints: &[(Queue, impl Serialize)]) -> Result<(), ApiError> {
        let mut commands = vec![json!(["SET", EPOCH_KEY, "1"])];
        for (queue, hint) in hints {
            commands.push(push_command(*queue, hint)?);
        }
        for batch in commands.chunks(MAX_PIPELINE) {
            self.pipeline(batch).await?;
        }
        Ok(())
    }

    /// How long the lists are, and whether they are still the ones that were filled.
    ///
    /// # Errors
    ///
    /// As [`Self::push`].
    pub async fn lists(&self) -> Result<Lists, ApiError> {
        let command = json!([
            "EVAL",
            LISTS_SCRIPT,
            "3",
            Queue::SdxlQueue.as_str(),
            Queue::WanQueue.as_str(),
            EPOCH_KEY
        ]);
        let found = self.ask_one(self.request("", &command)).await?;
        match found.as_array().map(Vec::as_slice) {
            Some([sdxl, wan, epoch]) => Ok(Lists {
                remembered: number(epoch)? > 0,
                sdxl_length: number(sdxl)?,
                wan_length: number(wan)?,
            }),
            _ => Err(unexpected("EVAL")),
        }
    }

    /// A text that was remembered.
    ///
    /// # Errors
    ///
    /// As [`Self::push`].
    pub async fn recall(&self, key: &str) -> Result<Option<String>, ApiError> {
        text(self.ask_one(self.request("", &json!(["GET", key]))).await?)
    }

    /// Remembers a text for some seconds.
    ///
    /// # Errors
    ///
    /// As [`Self::push`].
    pub async fn remember(&self, key: &str, text: &str, seconds: u32) -> Result<(), ApiError> {
        let command = set_command(key, text, seconds);
        self.ask_one(self.request("", &command)).await.map(drop)
    }

    /// Texts that were remembered, each in its key's place.
    ///
    /// # Errors
    ///
    /// As [`Self::push`].
    pub async fn recall_all(&self, keys: &[String]) -> Result<Vec<Option<String>>, ApiError> {
        let command: Vec<&str> = core::iter::once("MGET")
            .chain(keys.iter().map(String::as_str))
            .collect();
        let found = match self.ask_one(self.request("", &json!(command))).await? {
            Value::Array(found) if found.len() == keys.len() => found,
            _ => return Err(unexpected("MGET")),
        };
        found.into_iter().map(text).collect()
    }

    /// Remembers texts by their keys for some seconds, in one round trip.
    ///
    /// # Errors
    ///
    /// As [`Self::push`]. Some of the texts may be remembered then.
    pub async fn remember_all(
        &self,
        texts: &[(String, String)],
        seconds: u32,
    ) -> Result<(), ApiError> {
        let commands: Vec<Value> = texts
            .iter()
            .map(|(key, text)| set_command(key, text, seconds))
            .collect();
        self.pipeline(&commands).await.map(drop)
    }

    /// Empties a list.
    ///
    /// # Errors
    ///
    /// As [`Self::push`].
    pub async fn purge(&self, queue: Queue) -> Result<(), ApiError> {
        self.ask_one(self.request("", &json!(["DEL", queue.as_str()])))
            .await
            .map(drop)
    }

    /// Runs commands in their order in one round trip; fails if one of them fails.
    ///
    /// # Errors
    ///
    /// As [`Self::push`]. Some of the commands may have taken effect then.
    pub async fn pipeline(&self, commands: &[Value]) -> Result<Vec<Value>, ApiError> {
        let answer = self
            .send(self.request("/pipeline", &json!(commands)))
            .await?;
        let answers: Vec<Answer> =
            serde_json::from_slice(&answer.body).map_err(|_| unexpected("pipeline"))?;
        if answers.len() != commands.len() {
            return Err(unexpected("pipeline"));
        }
        answers.into_iter().map(into_result).collect()
    }

    async fn ask_one(&self, request: Request) -> Result<Value, ApiError> {
        let answer = self.send(request).await?;
        into_result(serde_json::from_slice(&answer.body).map_err(|_| unexpected("command"))?)
    }

    async fn send(&self, request: Request) -> Result<Response, ApiError> {
        let answer = self
            .budget
            .send(self.http, request)
            .await
            .map_err(|error| unavailable(error.as_str()))?;
        match answer.status {
            200 => Ok(answer),
            401 | 403 => Err(ApiError::new(Code::Misconfigured)
                .with_details(json!({ "settings": ["UPSTASH_REDIS_REST_TOKEN"] }))
                .with_cause("redis: token refused")),
            status => Err(unavailable(&format!("status {status}"))),
        }
    }

    fn request(&self, path: &str, command: &Value) -> Request {
        Request {
            backend: Backend::Redis,
            method: "POST",
            url: format!("{}{path}", self.url),
            headers: vec![
                ("authorization".to_owned(), format!("Bearer {}", self.token)),
                ("content-type".to_owned(), "application/json".to_owned()),
            ],
            body: Some(command.to_string().into_bytes()),
            timeout_ms: self.budget.timeout_ms,
            max_answer_bytes: MAX_ANSWER_BYTES,
        }
    }
}

/// Left in, right out: workers take hints with RPOP, LMOVE or BLMOVE.
fn push_command(queue: Queue, hint: &impl Serialize) -> Result<Value, ApiError> {
    let text = serde_json::to_string(hint).map_err(|error| {
        ApiError::new(Code::Internal).with_cause(format!("the hint cannot be written: {error}"))
    })?;
    Ok(json!(["LPUSH", queue.as_str(), text]))
}

fn set_command(key: &str, text: &str, seconds: u32) -> Value {
    json!(["SET", key, text, "EX", seconds.max(1).to_string()])
}

fn into_result(answer: Answer) -> Result<Value, ApiError> {
    match answer.error {
        None => Ok(answer.result),
        Some(IgnoredAny) => Err(unavailable("a command failed")),
    }
}

fn text(value: Value) -> Result<Option<String>, ApiError> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text)),
        _ => Err(unexpected("text")),
    }
}

fn number(value: &Value) -> Result<u64, ApiError> {
    value.as_u64().ok_or_else(|| unexpected("number"))
}

fn unexpected(what: &str) -> ApiError {
    unavailable(&format!("unexpected answer: {what}"))
}

fn unavailable(cause: &str) -> ApiError {
    ApiError::new(Code::Unavailable)
        .with_retry_after(RETRY_AFTER_S)
        .with_cause(format!("redis: {cause}"))
}

#[cfg(test)]
mod tests;
