//! Users' orders: sent until they are answered, canceled, ordered again.

use ourvidz_core::Id;
use serde_json::{Value, json};

use crate::requests::{Function, Message, Sender, TOKENS, bearer, post};
use crate::scene::Scene;

pub struct Order {
    user: usize,
    /// What it repeats, if it is a retry.
    retry_of: Option<Id>,
    body: Value,
    /// The job that it became.
    pub job: Option<Id>,
    /// Whether it was answered for good.
    pub is_answered: bool,
    tries: u32,
}

/// How urgent each user finds what they order: the first calls everything urgent, the second nothing.
const PRIORITIES: [i8; 3] = [10, -10, 0];

/// What users order: type and number of pictures.
const WISHES: [(&str, u8); 5] = [
    ("sdxl_image_fast", 1),
    ("sdxl_image_fast", 3),
    ("image_fast", 1),
    ("sdxl_image_high", 6),
    ("video_fast", 1),
];

impl Order {
    /// An order that comes to somebody's mind.
    pub fn new(scene: &Scene) -> Self {
        let user = scene.choices.below(3) as usize;
        let wish = scene.choices.below(5) as usize;
        let (job_type, num_images) = WISHES.get(wish).copied().unwrap_or(("image_fast", 1));
        let mut metadata = json!({ "prompt": "a fox" });
        if let Some(metadata) = metadata.as_object_mut().filter(|_| wish != 4) {
            metadata.insert("num_images".to_owned(), num_images.into());
        }
        Self {
            user,
            retry_of: None,
            body: json!({
                "jobType": job_type, "metadata": metadata, "priority": PRIORITIES.get(user),
            }),
            job: None,
            is_answered: false,
            tries: 0,
        }
    }

    /// The same once more, as a job of its own.
    pub fn again(&self) -> Option<Self> {
        Some(Self {
            user: self.user,
            retry_of: Some(self.job?),
            body: json!({}),
            job: None,
            is_answered: false,
            tries: 0,
        })
    }

    /// Sends the order, for the first or a further time.
    pub fn send(&mut self, order: usize) -> Message {
        self.tries += 1;
        let mut headers = bearer(TOKENS.get(self.user).copied().unwrap_or_default());
        headers.push(("idempotency-key", format!("order-{order}")));
        let (function, path) = match self.retry_of {
            None => (Function::QueueJob, "/functions/v1/queue-job".to_owned()),
            Some(job) => (Function::Api, format!("/api/jobs/{job}/retry")),
        };
        let (ticket, what) = (self.tries, &self.body["jobType"]);
        Message {
            label: format!("order {order} ({what}), try {ticket}"),
            from: Sender::Order { order, ticket },
            function,
            incoming: post(path, headers, &self.body),
        }
    }

    pub fn cancel(&self) -> Option<Message> {
        let path = format!("/api/jobs/{}/cancel", self.job?);
        let headers = bearer(TOKENS.get(self.user).copied().unwrap_or_default());
        Some(Message {
            label: format!("the cancel of {}", self.job?),
            from: Sender::Nobody,
            function: Function::Api,
            incoming: post(path, headers, &json!({})),
        })
    }

    /// Hears the answer to one of its tries.
    pub fn hear(&mut self, scene: &Scene, answer: &Value) {
        let status = answer["status"].as_u64().unwrap_or(0);
        if status == 200 {
            let id = answer["body"]["job"]["id"].as_str();
            let job = id.and_then(|id| id.parse().ok());
            if job.is_none() || self.job.is_some_and(|known| Some(known) != job) {
                scene.fail("one order was answered with two jobs");
            }
            self.job = job;
        } else if self.job.is_some() && self.retry_of.is_none() && status < 500 {
            // An earlier try of a retry may have come before the first job's end, and be answered later.
            scene.fail(format!("an accepted order was refused: {status}"));
        }
        self.is_answered = status < 500;
    }
}
