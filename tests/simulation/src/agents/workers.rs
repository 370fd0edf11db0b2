//! Workers. Today's kind claims, sends heartbeats, uploads by links and carries its lease; the older kind pops
//! and works, uploads as it likes, and has at most the hint's token.

use std::collections::{BTreeMap, BTreeSet};

use ourvidz_core::{Id, Queue};
use ourvidz_rest::fakes::World;
use serde_json::{Value, json};

use super::reports;
use super::task::Task;
use crate::requests::{Function, Message, Sender, post, signature};
use crate::scene::Scene;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Claims what it pops, or asks for the next.
    Today,
    /// Pops and works.
    Older,
}

pub struct Worker {
    pub name: String,
    pub kind: Kind,
    /// The list that it serves.
    pub queue: Queue,
    pub state: State,
    /// Requests that it has sent.
    pub tickets: u32,
}

pub enum State {
    /// Waits for a hint.
    Idle,
    /// Has claimed, and waits for the answer.
    Asks(u32),
    /// Generates.
    Works(Task),
    /// Has reported, and waits for the answer.
    Awaits {
        /// The ticket of the latest try.
        ticket: u32,
        task: Task,
        /// The report, to be sent again.
        report: Value,
        /// Whether it goes on when the report is taken.
        goes_on: bool,
    },
}

impl Worker {
    pub fn new(name: &str, kind: Kind, queue: Queue) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            queue,
            state: State::Idle,
            tickets: 0,
        }
    }

    /// The ticket that it waits for.
    pub fn awaited(&self) -> Option<u32> {
        match &self.state {
            State::Asks(ticket) | State::Awaits { ticket, .. } => Some(*ticket),
            State::Idle | State::Works(_) => None,
        }
    }

    /// Whether it has a job in its hands.
    pub fn is_working(&self) -> bool {
        matches!(self.state, State::Works(_))
    }

    /// Forgets everything, as a process that starts anew.
    pub fn forget(&mut self) {
        self.state = State::Idle;
    }

    /// Takes the next step; returns what it sends.
    pub fn step(&mut self, worker: usize, scene: &Scene, world: &World) -> Option<Message> {
        match core::mem::replace(&mut self.state, State::Idle) {
            State::Idle => self.begin(worker, scene, world),
            // Nobody answered: the next hint, or the next question, will do.
            State::Asks(_) => None,
            State::Works(mut task) => {
                let (report, goes_on) = match self.kind {
                    Kind::Today => reports::of_today(&mut task, &self.name, scene, world),
                    Kind::Older => reports::of_older(&mut task, scene, world),
                }
                .or_else(|| {
                    self.state = State::Works(task.clone());
                    None
                })?;
                Some(self.report(worker, scene, task, report, goes_on))
            }
            State::Awaits {
                task,
                report,
                goes_on,
                ..
            } => Some(self.report(worker, scene, task, report, goes_on)),
        }
    }

    /// Takes a hint, or asks for the next job.
    fn begin(&mut self, worker: usize, scene: &Scene, world: &World) -> Option<Message> {
        let asks_for_next = self.kind == Kind::Today && scene.choices.once_in(4);
        let hint = if asks_for_next {
            None
        } else {
            Some(pop(world, self.queue)?)
        };
        let job = hint.as_ref().and_then(|hint| hint["id"].as_str());
        scene.tell(|| {
            let what = job.map_or("nothing and asks".to_owned(), |job| {
                format!("the hint of {job}")
            });
            format!("{} takes {what}", self.name)
        });
        if self.kind == Kind::Older {
            self.state = State::Works(task_of_hint(hint.as_ref()?)?);
            return None;
        }
        let mut body = json!({ "worker_id": self.name, "queue": self.queue.as_str() });
        if let (Some(body), Some(job)) = (body.as_object_mut(), job) {
            body.insert("job_id".to_owned(), job.into());
        }
        self.tickets += 1;
        self.state = State::Asks(self.tickets);
        Some(self.message(worker, scene, Function::ClaimJob, &body, None))
    }

    fn report(
        &mut self,
        worker: usize,
        scene: &Scene,
        task: Task,
        report: Value,
        goes_on: bool,
    ) -> Message {
        self.tickets += 1;
        let token = task.token.as_deref();
        let message = self.message(worker, scene, Function::JobCallback, &report, token);
        self.state = State::Awaits {
            ticket: self.tickets,
            task,
            report,
            goes_on,
        };
        message
    }

    fn message(
        &self,
        worker: usize,
        scene: &Scene,
        function: Function,
        body: &Value,
        token: Option<&str>,
    ) -> Message {
        let path = match function {
            Function::ClaimJob => "/functions/v1/claim-job",
            _ => "/functions/v1/job-callback",
        };
        let headers = match token {
            Some(token) => crate::requests::bearer(token),
            None => signature(scene, self.tickets, body),
        };
        Message {
            label: self.label(function, body),
            from: Sender::Worker {
                worker,
                ticket: self.tickets,
            },
            function,
            incoming: post(path.to_owned(), headers, body),
        }
    }

    /// What it sends, for the trace.
    fn label(&self, function: Function, body: &Value) -> String {
        let text = |name: &str| body[name].as_str().unwrap_or("any job").to_owned();
        let (name, attempt) = (&self.name, &body["attempt"]);
        if function == Function::ClaimJob {
            return format!("{name} claims {}", text("job_id"));
        }
        let job = if body["jobId"].is_string() {
            text("jobId")
        } else {
            text("job_id")
        };
        format!(
            "{name} reports {job}, attempt {attempt}, as {}",
            text("status")
        )
    }

    /// Hears the answer that it waits for.
    pub fn hear(&mut self, answer: &Value) {
        let status = answer["status"].as_u64().unwrap_or(0);
        let body = &answer["body"];
        let must_repeat = matches!(status, 401 | 408 | 429 | 500..);
        match core::mem::replace(&mut self.state, State::Idle) {
            State::Asks(_) if status == 200 => {
                if let Some(task) = task_of_claim(body) {
                    self.state = State::Works(task);
                }
            }
            State::Awaits {
                ticket,
                task,
                report,
                goes_on,
            } if must_repeat => {
                self.state = State::Awaits {
                    ticket,
                    task,
                    report,
                    goes_on,
                };
            }
            State::Awaits {
                mut task,
                goes_on: true,
                ..
            } if status == 200 && body["ignored"] != true => {
                task.is_canceled |= body["cancelRequested"] == true;
                if let Some(snapshot) = body["snapshot"].as_str() {
                    task.snapshot = Some(snapshot.to_owned());
                }
                for upload in body["uploads"].as_array().into_iter().flatten() {
                    if let (Some(key), Some(url)) = (upload["key"].as_str(), upload["url"].as_str())
                    {
                        task.links.insert(key.to_owned(), url.to_owned());
                    }
                }
                self.state = State::Works(task);
            }
            _ => {}
        }
    }
}

/// The next hint of a list.
fn pop(world: &World, queue: Queue) -> Option<Value> {
    let hint = world.hints(queue).into_iter().next()?;
    world.drop_hint(queue);
    Some(hint)
}

fn task_of_claim(body: &Value) -> Option<Task> {
    let id = |name: &str| -> Option<Id> { body[name].as_str()?.parse().ok() };
    let attempt = u32::try_from(body["attempt"].as_u64()?).ok()?;
    Some(Task {
        job: id("job_id")?,
        user: body["payload"]["user_id"].as_str()?.parse().ok()?,
        job_type: serde_json::from_value(body["job_type"].clone()).ok()?,
        count: u8::try_from(body["num_images"].as_u64()?).ok()?,
        claim: Some((attempt, id("leaseId")?)),
        token: None,
        keys: serde_json::from_value(body["keys"].clone()).ok()?,
        snapshot: body["snapshot"].as_str().map(str::to_owned),
        links: BTreeMap::new(),
        uploaded: BTreeSet::new(),
        is_canceled: false,
    })
}

fn task_of_hint(hint: &Value) -> Option<Task> {
    Some(Task {
        job: hint["id"].as_str()?.parse().ok()?,
        user: hint["user_id"].as_str()?.parse().ok()?,
        job_type: serde_json::from_value(hint["type"].clone()).ok()?,
        count: u8::try_from(hint["config"]["num_images"].as_u64()?).ok()?,
        claim: None,
        token: Some(hint["callback"]["token"].as_str()?.to_owned()),
        keys: Vec::new(),
        snapshot: None,
        links: BTreeMap::new(),
        uploaded: BTreeSet::new(),
        is_canceled: false,
    })
}
