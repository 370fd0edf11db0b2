//! What Redis remembers: the user's counter, the conversation, an earlier result, and how the workers are.
//! One pipeline reads all of it, one writes what has changed.

use ourvidz_core::Id;
use ourvidz_core::enhance::breaker::{self, Breaker, CallOutcome};
use ourvidz_core::enhance::limit::{self, Allowance};
use ourvidz_core::enhance::session;
use ourvidz_core::enhance::tiers::Worker;
use ourvidz_core::enhance::{Enhancement, Tier, cache_key, outcome};
use ourvidz_core::wire::enhance::EnhanceRequest;
use ourvidz_edge::{Call, Runtime, Settings};
use ourvidz_policy::ExtraTerms;
use ourvidz_prompts::enhance::Brief;
use ourvidz_prompts::enhance::chat::Turn;
use serde_json::{Value, json};

use crate::workers::{self, WorkerFailure};

/// What is remembered about a request.
pub struct RedisState {
    /// What the user has left; none when Redis did not answer.
    pub allowance: Option<Allowance>,
    pub turns: Vec<Turn>,
    /// The workers that are configured. While nobody can count requests none is asked, for what a model
    /// costs would have no limit; they stand here all the same, so that the answer is honest about it.
    pub workers: Vec<Worker>,
    session_key: Option<String>,
    cache_key: Option<String>,
    cached: Option<Enhancement>,
    changed: Vec<Worker>,
}

impl RedisState {
    /// Reads it, and counts the request. Whatever goes wrong, there is something to go on with.
    pub async fn read<R: Runtime>(call: &Call<R>, request: &EnhanceRequest, brief: Brief) -> Self {
        let user: Id = request.user_id;
        let counter = limit::key(user, call.at.now_s());
        let session_key = request
            .session_id
            .as_deref()
            .map(|session_id| session::key(user, session_id));
        let cache_key = cache_key(request, brief, &workers::models(&call.settings));
        let mut commands = vec![
            json!(["INCR", counter]),
            json!(["EXPIRE", counter, limit::KEEP_SECONDS.to_string()]),
            json!(["GET", cache_key]),
            json!(["GET", session_key.as_deref().unwrap_or(NO_SESSION)]),
        ];
        commands.extend(Tier::ALL.map(|tier| json!(["GET", Breaker::key(tier.as_str())])));
        let backends = call.backends();
        let answers = match backends.queues().pipeline(&commands).await {
            Ok(answers) => answers,
            Err(error) => {
                call.note("memoryFailed", error.into_parts().cause.unwrap_or_default());
                return Self::none(&call.settings);
            }
        };
        let text = |place: usize| answers.get(place).and_then(Value::as_str);
        let used = answers.first().and_then(Value::as_u64).unwrap_or(1);
        let turns = session::read(text(3));
        // In a conversation the same words mean something else.
        let is_cacheable = turns.is_empty() && has_workers(&call.settings);
        let breakers = [text(4), text(5)].map(|text| Breaker::from_text(text.unwrap_or_default()));
        let workers = configured(&call.settings)
            .zip(breakers)
            .filter_map(|(tier, breaker)| {
                Some(Worker {
                    tier: tier?,
                    breaker,
                })
            })
            .collect();
        Self {
            allowance: Some(limit::allowance(used, call.at.now_s())),
            cached: text(2)
                .filter(|_| is_cacheable)
                .and_then(|text| serde_json::from_str(text).ok()),
            turns,
            workers,
            session_key,
            cache_key: is_cacheable.then_some(cache_key),
            changed: Vec::new(),
        }
    }

    fn none(settings: &Settings) -> Self {
        let unreachable = Breaker {
            failures: 0,
            open_until_ms: u64::MAX,
        };
        Self {
            allowance: None,
            turns: Vec::new(),
            workers: configured(settings)
                .flatten()
                .map(|tier| Worker {
                    tier,
                    breaker: unreachable,
                })
                .collect(),
            session_key: None,
            cache_key: None,
            cached: None,
            changed: Vec::new(),
        }
    }

    /// The prompt with everything that the conversation said before.
    pub fn texts<'a>(&'a self, prompt: &'a str) -> Vec<&'a str> {
        let mut texts = vec![prompt];
        texts.extend(
            self.turns
                .iter()
                .flat_map(|turn| [turn.prompt.as_str(), turn.enhanced.as_str()]),
        );
        texts
    }

    /// An earlier result for the same request, if the policy still allows it.
    pub fn take_cached(&mut self, prompt: &str, terms: &ExtraTerms) -> Option<Enhancement> {
        self.cached
            .take()
            .filter(|enhancement| enhancement.is_allowed(prompt, terms))
    }

    /// Notes how a worker did.
    pub fn record_outcome(&mut self, worker: Worker, failure: Option<&WorkerFailure>, now_ms: u64) {
        let outcome = match failure {
            None => CallOutcome::Answered,
            Some(failure) if failure.blames_the_worker() => CallOutcome::Failed,
            Some(_) => return,
        };
        let breaker = worker.breaker.after(outcome, now_ms);
        if breaker != worker.breaker {
            self.changed.push(Worker { breaker, ..worker });
        }
    }

    /// The commands that write what has changed.
    pub fn writes(self, prompt: &str, enhancement: Enhancement, is_new: bool) -> Vec<Value> {
        let set = |key: &str, text: String, seconds: u32| {
            json!(["SET", key, text, "EX", seconds.to_string()])
        };
        let mut commands: Vec<Value> = self
            .changed
            .iter()
            .map(|worker| {
                let key = Breaker::key(worker.tier.as_str());
                set(&key, worker.breaker.to_text(), breaker::KEEP_SECONDS)
            })
            .collect();
        if let (Some(key), true, Ok(text)) = (
            &self.cache_key,
            is_new && enhancement.is_worth_keeping(),
            serde_json::to_string(&enhancement),
        ) {
            commands.push(set(key, text, outcome::CACHE_SECONDS));
        }
        if let Some(key) = &self.session_key {
            let turn = Turn {
                prompt: prompt.to_owned(),
                enhanced: enhancement.prompt,
            };
            commands.push(set(
                key,
                session::write(self.turns, turn),
                session::SESSION_SECONDS,
            ));
        }
        commands
    }
}

/// A key that is never written, so that the pipeline always has the same shape.
const NO_SESSION: &str = "ourvidz:enhance:session:none";

/// The tiers in their order, each if it is configured.
fn configured(settings: &Settings) -> impl Iterator<Item = Option<Tier>> {
    Tier::ALL
        .into_iter()
        .zip(workers::models(settings))
        .map(|(tier, model)| model.map(|_| tier))
}

fn has_workers(settings: &Settings) -> bool {
    configured(settings).flatten().next().is_some()
}
