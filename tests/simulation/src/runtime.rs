//! The runtime of one request: between any two calls to a backend everybody else may go first.

use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use ourvidz_core::ApiError;
use ourvidz_edge::Runtime;
use ourvidz_rest::fakes::{Fault, World};
use ourvidz_rest::{Http, Request, Response, TransportError};
use ourvidz_sign::jwk::PublicKey;
use serde_json::{Value, json};

use crate::scene::{Sabotage, Scene};

/// What a request runs on.
#[derive(Clone)]
pub struct Simulated {
    pub scene: Rc<Scene>,
    pub world: World,
    /// The request's number, for the trace.
    pub number: u32,
    /// What the request says, for a sabotage that needs to know.
    pub body: Rc<Value>,
}

/// Lets others go first.
async fn turn() {
    let mut has_waited = false;
    poll_fn(|_| {
        if has_waited {
            return Poll::Ready(());
        }
        has_waited = true;
        Poll::Pending
    })
    .await;
}

impl Http for Simulated {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        // Whoever drops the request here has asked nothing; below, the backend has done it and nobody hears.
        turn().await;
        let what = name_of(&request);
        let fault = self.scene.fault(request.backend);
        if let Some(fault) = fault {
            self.world.fail_next(request.backend, fault);
        }
        let mut answer = self.world.send(request).await;
        self.scene.tell(|| {
            let mishap = match fault {
                None => String::new(),
                Some(Fault::BeforeWrite) => "  (never arrives)".to_owned(),
                Some(Fault::AfterWrite) => "  (done, the answer is lost)".to_owned(),
                Some(Fault::Status(status)) => format!("  (answers {status})"),
            };
            format!("#{} {what}{mishap}", self.number)
        });
        if self.scene.sabotage == Sabotage::Fence && what == "job_for_settlement" {
            self.without_fence(&mut answer);
        }
        turn().await;
        answer
    }

    async fn pause(&self, _milliseconds: u32) {
        turn().await;
    }

    fn take_retry(&self) -> bool {
        self.world.take_retry()
    }
}

impl Runtime for Simulated {
    async fn verify(
        &self,
        _key: &PublicKey,
        _message: &[u8],
        _signature: &[u8],
    ) -> Result<bool, ApiError> {
        // Users sign in with HS256 here.
        Ok(false)
    }

    fn now_ms(&self) -> u64 {
        self.scene.now_ms()
    }
}

impl Simulated {
    /// Makes the row such that whoever reports seems to hold the job.
    fn without_fence(&self, answer: &mut Result<Response, TransportError>) {
        let Ok(response) = answer else { return };
        let Ok(mut row) = serde_json::from_slice::<Value>(&response.body) else {
            return;
        };
        let is_open = matches!(
            row.pointer("/job/status").and_then(Value::as_str),
            Some("queued" | "processing")
        );
        let (Some(attempt), Some(lease)) = (self.body.get("attempt"), self.body.get("leaseId"))
        else {
            return;
        };
        if !is_open {
            return;
        }
        if let Some(place) = row.pointer_mut("/job/attempt") {
            *place = attempt.clone();
        }
        if let Some(place) = row.pointer_mut("/lease") {
            *place = json!({
                "lease_id": lease, "attempt": attempt, "until_ms": self.scene.now_ms(),
                "worker_id": self.body.get("worker_id"),
            });
        }
        response.body = row.to_string().into_bytes();
    }
}

/// What a request to a backend is called in the trace: the SQL function, the command, the method.
fn name_of(request: &Request) -> String {
    let address = request.url.split('?').next().unwrap_or_default();
    if let Some((_, function)) = address.rsplit_once("/rpc/") {
        return function.to_owned();
    }
    if address.contains("redis") {
        let body = request.body.as_deref().unwrap_or_default();
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let first = body.pointer("/0/0").or_else(|| body.pointer("/0"));
        let command = first.and_then(Value::as_str).unwrap_or_default();
        return match body.as_array().map(Vec::len) {
            Some(count) if address.ends_with("/pipeline") => {
                format!("{command} and {count} in all")
            }
            _ => command.to_owned(),
        };
    }
    let (_, key) = address.rsplit_once('/').unwrap_or_default();
    format!("{} {key}", request.method)
}
