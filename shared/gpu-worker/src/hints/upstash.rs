//! Hints from Upstash's REST endpoint. It has no commands that wait, and every request is billed: so it is
//! asked less and less often while nothing happens.

use std::time::{Duration, Instant};

use ourvidz_core::Queue;
use serde_json::{Value, json};
use ureq::Agent;

use super::{HintList, HintsUnavailable, TakenHint, own_list, queue_of};
use crate::config::Redacted;

/// The first wait between two polls, doubled each time nothing was there.
const SHORTEST_POLL: Duration = Duration::from_millis(500);
/// The longest: 86,400 polls in thirty days.
const LONGEST_POLL: Duration = Duration::from_secs(30);
const COMMAND_TIMEOUT: Duration = Duration::from_secs(10);

/// The REST endpoint with its token.
pub struct UpstashHints {
    agent: Agent,
    url: String,
    token: Redacted,
    own: String,
    pause: Duration,
    next_poll: Instant,
}

impl UpstashHints {
    #[must_use]
    pub fn new(url: &str, token: Redacted, worker_id: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(COMMAND_TIMEOUT))
            .max_redirects(0)
            .build();
        let agent = config.into();
        Self {
            agent,
            url: url.to_owned(),
            token,
            own: own_list(worker_id),
            pause: SHORTEST_POLL,
            next_poll: Instant::now(),
        }
    }

    /// Asks the server whether it is there.
    ///
    /// # Errors
    ///
    /// When it is not.
    pub fn ping(&self) -> Result<(), HintsUnavailable> {
        self.post("", &json!(["PING"])).map(drop)
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value, HintsUnavailable> {
        // The client's error texts may name the address; their kind is enough.
        let no_answer = |_| HintsUnavailable("no answer".to_owned());
        let mut response = self
            .agent
            .post(format!("{}{path}", self.url))
            .header("authorization", format!("Bearer {}", self.token.expose()))
            .header("content-type", "application/json")
            .send(body.to_string().as_bytes())
            .map_err(no_answer)?;
        let status = response.status().as_u16();
        let text = response.body_mut().read_to_string().map_err(no_answer)?;
        if status == 200 {
            serde_json::from_str(&text).map_err(|_| HintsUnavailable("not JSON".to_owned()))
        } else {
            Err(HintsUnavailable(format!("status {status}")))
        }
    }
}

impl HintList for UpstashHints {
    fn take(
        &mut self,
        queue: Queue,
        patience: Duration,
    ) -> Result<Option<TakenHint>, HintsUnavailable> {
        let until = Instant::now() + patience;
        loop {
            let now = Instant::now();
            // The wait goes on in the next call: returning early must not cost a poll.
            if self.next_poll > until {
                std::thread::sleep(until.saturating_duration_since(now));
                return Ok(None);
            }
            std::thread::sleep(self.next_poll.saturating_duration_since(now));
            let reply = self.post(
                "",
                &json!(["LMOVE", queue.as_str(), self.own, "RIGHT", "LEFT"]),
            )?;
            let hint = reply["result"].as_str().map(|raw| TakenHint {
                queue,
                raw: raw.to_owned(),
            });
            self.pause = if hint.is_some() {
                SHORTEST_POLL
            } else {
                longer(self.pause)
            };
            self.next_poll = Instant::now() + self.pause;
            if hint.is_some() {
                return Ok(hint);
            }
        }
    }

    fn remove(&mut self, hint: &TakenHint) -> Result<(), HintsUnavailable> {
        self.post("", &json!(["LREM", self.own, 1, hint.raw]))
            .map(drop)
    }

    fn give_back(&mut self, hint: &TakenHint) -> Result<(), HintsUnavailable> {
        let commands = json!([
            ["RPUSH", hint.queue.as_str(), hint.raw],
            ["LREM", self.own, 1, hint.raw]
        ]);
        self.post("/multi-exec", &commands).map(drop)
    }

    fn give_back_all(&mut self) -> Result<usize, HintsUnavailable> {
        let held = self.post("", &json!(["LRANGE", self.own, 0, -1]))?;
        let held: Vec<String> = serde_json::from_value(held["result"].clone()).unwrap_or_default();
        let count = held.len();
        for raw in held {
            match queue_of(&raw) {
                Some(queue) => self.give_back(&TakenHint { queue, raw })?,
                None => self.remove(&TakenHint {
                    queue: Queue::SdxlQueue,
                    raw,
                })?,
            }
        }
        Ok(count)
    }
}

fn longer(pause: Duration) -> Duration {
    (pause * 2).min(LONGEST_POLL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idle_month_of_polls_stays_within_the_free_tier() {
        // The budget of an idle month for two workers and everything else is 500,000 commands.
        let month = Duration::from_secs(30 * 24 * 3600);
        let (mut asleep, mut pause, mut polls) = (Duration::ZERO, SHORTEST_POLL, 0_u32);
        while asleep < month {
            asleep += pause;
            pause = longer(pause);
            polls += 1;
        }
        assert!(2 * polls < 200_000, "{polls}");
    }
}
