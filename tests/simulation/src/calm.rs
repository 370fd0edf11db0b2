//! A service in which nothing goes wrong, to be asked anything.

use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use ourvidz_edge::testing::settings;
use ourvidz_edge::{Incoming, Settings};
use ourvidz_rest::fakes::World;
use serde_json::{Value, json};

use crate::backends;
use crate::choices::Choices;
use crate::requests::{self, Function, Message, Sender, TOKENS, bearer, post, signature};
use crate::runtime::Simulated;
use crate::scene::{Sabotage, Scene};

/// Polls after which a handler that gets every answer at once must have come to its end.
const MOST_POLLS: u32 = 10_000;
const WORKER: &str = "w";

/// A service with a job that waits and one that a worker holds.
pub struct Calm {
    scene: Rc<Scene>,
    world: World,
    settings: Rc<Settings>,
    pub waiting: String,
    /// The answer to the claim of the other.
    pub claimed: Value,
}

impl Calm {
    #[must_use]
    pub fn new() -> Self {
        let choices = Choices::of_list(&[]);
        choices.calm_down();
        let (scene, world) = (
            Rc::new(Scene::new(choices, Sabotage::None, false)),
            World::new(),
        );
        backends::open(&world, &scene);
        let mut service = Self {
            scene,
            world,
            settings: Rc::new(settings()),
            waiting: String::new(),
            claimed: Value::Null,
        };
        let order = json!({
            "jobType": "sdxl_image_fast", "metadata": { "prompt": "a fox", "num_images": 3 },
        });
        service.ask(Function::QueueJob, service.order(&order));
        let claim = json!({ "worker_id": WORKER, "queue": "sdxl_queue" });
        let claimed = service.ask(
            Function::ClaimJob,
            service.signed(Function::ClaimJob, &claim),
        );
        service.claimed = claimed["body"].clone();
        let waiting = service.ask(Function::QueueJob, service.order(&order));
        waiting["body"]["job"]["id"]
            .as_str()
            .unwrap_or_default()
            .clone_into(&mut service.waiting);
        service
    }

    /// An order of a user's.
    #[must_use]
    pub fn order(&self, body: &Value) -> Incoming {
        let mut headers = bearer(TOKENS.first().copied().unwrap_or_default());
        headers.push(("prefer", "respond-async".to_owned()));
        post("/functions/v1/queue-job".to_owned(), headers, body)
    }

    /// Something that a user asks the API.
    #[must_use]
    pub fn question(&self, path: String, body: &Value) -> Incoming {
        let headers = bearer(TOKENS.first().copied().unwrap_or_default());
        post(path, headers, body)
    }

    #[must_use]
    pub fn signed(&self, function: Function, body: &Value) -> Incoming {
        let path = match function {
            Function::ClaimJob => "/functions/v1/claim-job",
            _ => "/functions/v1/job-callback",
        };
        post(path.to_owned(), signature(&self.scene, 1, body), body)
    }

    /// Signs a message anew, whatever its body has become.
    pub fn sign(&self, incoming: &mut Incoming) {
        let fresh = requests::signature_of(&self.scene, 1, &incoming.body);
        incoming
            .headers
            .retain(|(name, _)| !name.starts_with("webhook-"));
        incoming.headers.extend(fresh);
    }

    /// Asks, and returns `{status, body}`; none if no answer ever comes.
    pub fn ask(&mut self, function: Function, incoming: Incoming) -> Value {
        let runtime = Simulated {
            scene: Rc::clone(&self.scene),
            world: self.world.clone(),
            number: 1,
            body: Rc::new(Value::Null),
        };
        let message = Message {
            label: String::new(),
            from: Sender::Nobody,
            function,
            incoming,
        };
        let mut running = requests::handle(message, Rc::clone(&self.settings), runtime);
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..MOST_POLLS {
            if let Poll::Ready(done) = running.as_mut().poll(&mut context) {
                return done.answer.unwrap_or_default();
            }
        }
        Value::Null
    }

    /// The broken invariant, if something broke one.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        self.scene.failure()
    }
}

impl Default for Calm {
    fn default() -> Self {
        Self::new()
    }
}
