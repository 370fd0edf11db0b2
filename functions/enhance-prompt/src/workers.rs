//! Asking a worker for a better prompt. Nothing that it answers is trusted.

use futures_util::StreamExt as _;
use ourvidz_core::enhance::Tier;
use ourvidz_core::enhance::release::Release;
use ourvidz_core::wire::enhance::EnhanceRequest;
use ourvidz_edge::{Backends, Runtime, Settings};
use ourvidz_policy::ExtraTerms;
use ourvidz_prompts::enhance::chat::Turn;
use ourvidz_prompts::enhance::clean::{self, Flaw};
use ourvidz_prompts::enhance::stream::ChatStream;
use ourvidz_prompts::enhance::{Brief, chat};
use ourvidz_rest::{Backend, Http, Request, TransportError};
use serde_json::Value;

use crate::sink::AnswerSink;

/// The longest answer that is read. The longest useful one has a few KB.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// The longest stream: each word comes in an event of its own with some 250 bytes around it.
const MAX_STREAM_BYTES: usize = 512 * 1024;

/// The model that the WAN worker is asked for.
const WAN_MODEL: &str = "qwen_instruct";

pub struct ModelRequest<'a> {
    pub request: &'a EnhanceRequest,
    pub brief: Brief,
    pub turns: &'a [Turn],
    pub terms: &'a ExtraTerms,
    pub seed: u64,
    /// How long the worker may take.
    pub timeout_ms: u32,
}

/// Why a worker gave no prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkerFailure {
    Transport(TransportError),
    /// Another status than 200.
    Status,
    /// Not the JSON that it should be.
    Malformed,
    Flawed(Flaw),
    /// The content policy stopped it while it was writing.
    Refused,
}

impl WorkerFailure {
    /// Whether it counts against the worker.
    pub const fn blames_the_worker(self) -> bool {
        match self {
            Self::Flawed(flaw) => flaw.blames_the_worker(),
            // What a user writes must not be able to open the circuit for everybody.
            Self::Refused => false,
            Self::Transport(_) | Self::Status | Self::Malformed => true,
        }
    }

    /// A name for the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Transport(error) => error.as_str(),
            Self::Status => "status",
            Self::Malformed => "malformed",
            Self::Flawed(flaw) => flaw.as_str(),
            Self::Refused => "refused",
        }
    }
}

/// The model of each tier, in their order; none where the tier is not configured.
pub fn models(settings: &Settings) -> [Option<&str>; 2] {
    let chat = settings.chat_worker_model.as_deref();
    [
        settings
            .chat_worker_url
            .as_ref()
            .map(|_| chat.unwrap_or(chat::DEFAULT_MODEL)),
        settings.wan_worker_url.as_ref().map(|_| WAN_MODEL),
    ]
}

/// Asks one worker, once: whoever waits for a second try would rather have the next worker's answer.
pub async fn ask<R: Runtime>(
    backends: &Backends<R>,
    tier: Tier,
    model_request: &ModelRequest<'_>,
    sink: &mut impl AnswerSink,
) -> Result<String, WorkerFailure> {
    let streams = tier == Tier::Chat && sink.is_streaming();
    let request = request(&backends.settings, tier, model_request, streams)
        .ok_or(WorkerFailure::Malformed)?;
    let text = if streams {
        read_stream(&backends.runtime, request, model_request, sink).await?
    } else {
        read_whole(&backends.runtime, request, tier).await?
    };
    clean::clean(&text, &model_request.request.prompt).map_err(WorkerFailure::Flawed)
}

async fn read_whole(
    http: &impl Http,
    request: Request,
    tier: Tier,
) -> Result<String, WorkerFailure> {
    let answer = http.send(request).await.map_err(WorkerFailure::Transport)?;
    if answer.status != 200 {
        return Err(WorkerFailure::Status);
    }
    match tier {
        Tier::Chat => chat::chat_answer(&answer.body),
        Tier::Wan => chat::wan_answer(&answer.body),
    }
    .ok_or(WorkerFailure::Malformed)
}

/// Passes the text on as it comes.
async fn read_stream(
    http: &impl Http,
    request: Request,
    model_request: &ModelRequest<'_>,
    sink: &mut impl AnswerSink,
) -> Result<String, WorkerFailure> {
    let mut answer = http
        .stream(request)
        .await
        .map_err(WorkerFailure::Transport)?;
    if answer.status != 200 {
        return Err(WorkerFailure::Status);
    }
    let mut written = ChatStream::default();
    let mut release = Release::default();
    while let Some(piece) = answer.pieces.next().await {
        let piece = piece.map_err(WorkerFailure::Transport)?;
        written.push(&piece).map_err(|_| WorkerFailure::Malformed)?;
        let fresh = release.next(
            written.text(),
            &model_request.request.prompt,
            model_request.terms,
        );
        if let Some(text) = fresh.map_err(|_| WorkerFailure::Refused)? {
            sink.text(text);
        }
    }
    written.finish().ok_or(WorkerFailure::Malformed)
}

fn request(
    settings: &Settings,
    tier: Tier,
    model_request: &ModelRequest<'_>,
    streams: bool,
) -> Option<Request> {
    let ModelRequest {
        request,
        brief,
        turns,
        seed,
        timeout_ms,
        ..
    } = *model_request;
    let [chat_model, wan_model] = models(settings);
    let (url, key, body) = match tier {
        Tier::Chat => (
            completions(settings.chat_worker_url.as_deref()?),
            &settings.chat_worker_key,
            chat::chat_request(&request.prompt, brief, turns, chat_model?, seed, streams),
        ),
        Tier::Wan => (
            settings.wan_worker_url.clone()?,
            &settings.wan_worker_key,
            chat::wan_request(
                &request.prompt,
                brief,
                request.session_id.as_deref(),
                wan_model?,
            ),
        ),
    };
    let max_answer_bytes = if streams {
        MAX_STREAM_BYTES
    } else {
        MAX_ANSWER_BYTES
    };
    Some(Request {
        timeout_ms,
        max_answer_bytes,
        ..post(url, key.as_deref(), &body)
    })
}

/// Operators write the base URL with or without the version.
fn completions(base: &str) -> String {
    let base = base.trim_end_matches('/');
    if base.ends_with("/chat/completions") {
        return base.to_owned();
    }
    let version = if base.ends_with("/v1") { "" } else { "/v1" };
    format!("{base}{version}/chat/completions")
}

fn post(url: String, key: Option<&str>, body: &Value) -> Request {
    let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    headers.extend(key.map(|key| ("authorization".to_owned(), format!("Bearer {key}"))));
    Request {
        backend: Backend::Enhancer,
        method: "POST",
        url,
        headers,
        body: Some(body.to_string().into_bytes()),
        timeout_ms: 0,
        max_answer_bytes: 0,
    }
}
