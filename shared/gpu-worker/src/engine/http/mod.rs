//! Servers that operators already run: an image server with AUTOMATIC1111's API, and any chat server that speaks
//! OpenAI's protocol. A thin client: what they can't do, this engine does not do.
//!
//! Both answer when they are done. A thread waits for the answer while the engine's own asks how far it is, so
//! that progress is shown and a job can be canceled.

use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use ourvidz_core::Model;
use serde_json::Value;
use ureq::Agent;

use super::{
    ChatAnswer, ChatRequest, Engine, EngineError, ImageRequest, Observer, ReferencePicture,
    Stopped, VideoRequest,
};
use crate::config::Servers;

mod chat;
mod images;
#[cfg(test)]
mod tests;

/// Above what one picture or one answer takes on the slowest GPU that anybody serves with.
const PATIENCE: Duration = Duration::from_secs(300);
/// How often a server is asked how far it is, and a job whether it goes on.
const LOOK: Duration = Duration::from_millis(500);
/// A PNG of the largest size in base64, and as much again.
const LARGEST_ANSWER: u64 = 64 << 20;

/// The engine that asks others.
pub struct HttpEngine {
    agent: Agent,
    servers: Servers,
}

impl HttpEngine {
    /// An engine that asks these servers.
    #[must_use]
    pub fn new(servers: &Servers) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            .build();
        Self {
            agent: config.into(),
            servers: servers.clone(),
        }
    }
}

impl Engine for HttpEngine {
    fn name(&self) -> &'static str {
        "http"
    }

    fn load(&mut self, model: Model) -> Result<(), EngineError> {
        match (model, &self.servers.images) {
            (Model::Sdxl, Some(_)) => Ok(()),
            (Model::Sdxl, None) => Err(EngineError::Unsupported("SDXL (WORKER_IMAGE_SERVER)")),
            (Model::Wan, _) => Err(EngineError::Unsupported("WAN")),
        }
    }

    /// What a server holds is its own matter.
    fn unload(&mut self, _model: Model) {}

    fn loaded(&self) -> Vec<Model> {
        Vec::new()
    }

    fn text_to_image(
        &mut self,
        request: &ImageRequest,
        observer: &mut dyn Observer,
    ) -> Result<(), EngineError> {
        self.load(request.job_type.model())?;
        let base = self.servers.images.clone().unwrap_or_default();
        images::text_to_image(&self.agent, &base, request, observer)
    }

    fn image_to_image(
        &mut self,
        _request: &ImageRequest,
        _references: &[ReferencePicture],
        _observer: &mut dyn Observer,
    ) -> Result<(), EngineError> {
        Err(EngineError::Unsupported("references"))
    }

    fn text_to_video(
        &mut self,
        _request: &VideoRequest,
        _observer: &mut dyn Observer,
    ) -> Result<(), EngineError> {
        Err(EngineError::Unsupported("clips"))
    }

    fn language_model(&self) -> Option<String> {
        let chat = self.servers.chat.as_ref()?;
        Some(chat.model.clone())
    }

    fn chat(
        &mut self,
        request: &ChatRequest,
        say: &mut dyn FnMut(&str) -> Result<(), Stopped>,
    ) -> Result<ChatAnswer, EngineError> {
        let server = self.servers.chat.as_ref();
        let server = server.ok_or(EngineError::Unsupported("chat"))?;
        chat::chat(&self.agent, server, request, say)
    }
}

/// A JSON answer of a server. Its words about an error stay out of ours: they may repeat the prompt.
type Answered = Result<Value, String>;

/// Posts in a thread of its own; the answer comes through the receiver.
fn post(agent: &Agent, url: String, bearer: Option<String>, body: &Value) -> Receiver<Answered> {
    let (sender, receiver) = channel();
    let (agent, body) = (agent.clone(), body.to_string());
    std::thread::spawn(move || {
        let mut request = agent.post(&url).header("content-type", "application/json");
        if let Some(bearer) = bearer {
            request = request.header("authorization", format!("Bearer {bearer}"));
        }
        // Nobody listens any more when the job was canceled.
        let _ = sender.send(read(request.send(body)));
    });
    receiver
}

fn read(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Answered {
    let mut answer = answer.map_err(|_| "the server does not answer".to_owned())?;
    let status = answer.status().as_u16();
    if status != 200 {
        return Err(format!("the server answers {status}"));
    }
    let body = answer.body_mut().with_config().limit(LARGEST_ANSWER);
    let text = body.read_to_string();
    let text = text.map_err(|_| "the server's answer breaks off".to_owned())?;
    serde_json::from_str(&text).map_err(|_| "the server's answer is no JSON".to_owned())
}

/// Waits for an answer; `look` is called again and again meanwhile, and may end the wait.
fn wait(
    answer: &Receiver<Answered>,
    mut look: impl FnMut() -> Result<(), Stopped>,
) -> Result<Value, EngineError> {
    loop {
        match answer.recv_timeout(LOOK) {
            Ok(answered) => return answered.map_err(EngineError::Failed),
            Err(RecvTimeoutError::Timeout) => look()?,
            Err(RecvTimeoutError::Disconnected) => {
                return Err(EngineError::Failed("the request was lost".to_owned()));
            }
        }
    }
}
