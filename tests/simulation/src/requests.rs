//! Requests to the edge, and the handlers that answer them.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use ourvidz_edge::testing::{TOKEN, WORKER_SECRET, answer_of};
use ourvidz_edge::{Backends, Call, Incoming, Settings};
use ourvidz_sign::webhook::{self, Secret};
use serde_json::Value;

use crate::runtime::Simulated;
use crate::scene::Scene;

/// Users' tokens: made like that of the handlers' tests, for three users.
pub const TOKENS: [&str; 3] = [
    TOKEN,
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJhdWQiOiJhdXRoZW50aWNhdGVkIiwicm9sZSI6ImF1dGhlbnRpY2F0ZWQiLCJzdWIiOiIyMjIyMjIyMi0yMjIyLTQyMjItODIyMi0yMjIyMjIyMjIyMjIiLCJleHAiOjQxMDI0NDQ4MDB9.w3N3idWV3dQgfimcQ1tkLOgnadBhAm4DhoQ4VZSElB8",
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJhdWQiOiJhdXRoZW50aWNhdGVkIiwicm9sZSI6ImF1dGhlbnRpY2F0ZWQiLCJzdWIiOiIzMzMzMzMzMy0zMzMzLTQzMzMtODMzMy0zMzMzMzMzMzMzMzMiLCJleHAiOjQxMDI0NDQ4MDB9.5suTKJDM7KE1F1wjsgF3GMzZoeuwIFCEWuVymAltAVY",
];

/// A function of the edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// `queue-job`.
    QueueJob,
    /// `claim-job`.
    ClaimJob,
    /// `job-callback`.
    JobCallback,
    /// `api`.
    Api,
}

/// Who waits for an answer. The ticket tells the tries apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// A user, for an order.
    Order {
        order: usize,
        ticket: u32,
    },
    Worker {
        worker: usize,
        ticket: u32,
    },
    /// Nobody.
    Nobody,
}

/// A request on its way.
#[derive(Clone)]
pub struct Message {
    /// What it is, for the trace.
    pub label: String,
    pub from: Sender,
    pub function: Function,
    pub incoming: Incoming,
}

/// What comes of a request.
pub struct Done {
    /// `{status, body}`; none for the sweep and for what follows an answer.
    pub answer: Option<Value>,
    /// What is to be done after the answer.
    pub later: Vec<Pin<Box<dyn Future<Output = ()>>>>,
}

/// Something that runs in the edge.
pub type Running = Pin<Box<dyn Future<Output = Done>>>;

/// A `POST` of JSON.
pub fn post(path: String, headers: Vec<(&'static str, String)>, body: &Value) -> Incoming {
    let mut all = vec![("content-type", "application/json".to_owned())];
    all.extend(headers);
    Incoming {
        method: "POST".to_owned(),
        path,
        query: Vec::new(),
        headers: all,
        body: body.to_string().into_bytes(),
    }
}

/// The headers of a signed message.
pub fn signature(scene: &Scene, ticket: u32, body: &Value) -> Vec<(&'static str, String)> {
    signature_of(scene, ticket, body.to_string().as_bytes())
}

/// The same for bytes.
pub fn signature_of(scene: &Scene, ticket: u32, body: &[u8]) -> Vec<(&'static str, String)> {
    let Ok(secret) = Secret::parse(WORKER_SECRET) else {
        return Vec::new();
    };
    let (id, timestamp) = (format!("m-{ticket}"), scene.now_ms() / 1000);
    let signature = webhook::sign(&secret, &id, timestamp, body);
    vec![
        ("webhook-id", id),
        ("webhook-timestamp", timestamp.to_string()),
        ("webhook-signature", signature),
    ]
}

/// The headers of a bearer token.
pub fn bearer(token: &str) -> Vec<(&'static str, String)> {
    vec![("authorization", format!("Bearer {token}"))]
}

/// Starts the handler of a request.
pub fn handle(message: Message, settings: Rc<Settings>, runtime: Simulated) -> Running {
    let at = runtime.scene.moment();
    Box::pin(async move {
        let function = message.function;
        let id = format!("r-{}", runtime.number);
        let call = Call::new(message.incoming, at, id, settings, runtime);
        let result = match function {
            Function::QueueJob => queue_job::queue_job(&call).await,
            Function::ClaimJob => claim_job::claim_job(&call).await,
            Function::JobCallback => job_callback::job_callback(&call).await,
            Function::Api => api::api(&call).await,
        };
        Done {
            answer: Some(answer_of(result)),
            later: call.take_later(),
        }
    })
}

/// Starts a pass of the sweep.
pub fn sweep(settings: Rc<Settings>, runtime: Simulated) -> Running {
    let now_ms = runtime.scene.now_ms();
    Box::pin(async move {
        let backends = Backends { settings, runtime };
        // What a pass could not do, the next one finds.
        let _ = sweep::pass::run(&backends, now_ms, sweep::buckets_of_pass(0, 0)).await;
        Done {
            answer: None,
            later: Vec::new(),
        }
    })
}

/// Starts what follows an answer.
pub fn afterwards(work: Pin<Box<dyn Future<Output = ()>>>) -> Running {
    Box::pin(async move {
        work.await;
        Done {
            answer: None,
            later: Vec::new(),
        }
    })
}
