//! The endpoint over real sockets, with an engine that says what it is told to.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use ourvidz_core::Model;
use ourvidz_policy::ExtraTerms;
use serde_json::{Value, json};

use super::{Access, chat_queue, serve};
use crate::config::{Redacted, SettingsSource, read_chat_key};
use crate::engine::{
    ChatAnswer, ChatRequest, Engine, EngineError, ImageRequest, Observer, ReferencePicture,
    Stopped, VideoRequest,
};

mod answers;
mod broken_device;
mod refusals;

const KEY: &str = "0123456789abcdef";

/// Says its words one by one.
#[derive(Default)]
struct Talker {
    words: Vec<&'static str>,
    error: Option<EngineError>,
    /// Goes on only while this is set.
    held: Arc<AtomicBool>,
    /// Says nothing at all while this is set.
    hangs: Arc<AtomicBool>,
    stopped: Arc<AtomicU32>,
}

impl Engine for Talker {
    fn name(&self) -> &'static str {
        "talker"
    }
    fn load(&mut self, _: Model) -> Result<(), EngineError> {
        Ok(())
    }
    fn unload(&mut self, _: Model) {}
    fn loaded(&self) -> Vec<Model> {
        Vec::new()
    }
    fn text_to_image(&mut self, _: &ImageRequest, _: &mut dyn Observer) -> Result<(), EngineError> {
        Ok(())
    }
    fn image_to_image(
        &mut self,
        _: &ImageRequest,
        _: &[ReferencePicture],
        _: &mut dyn Observer,
    ) -> Result<(), EngineError> {
        Ok(())
    }
    fn text_to_video(&mut self, _: &VideoRequest, _: &mut dyn Observer) -> Result<(), EngineError> {
        Ok(())
    }
    fn chat(
        &mut self,
        request: &ChatRequest,
        say: &mut dyn FnMut(&str) -> Result<(), Stopped>,
    ) -> Result<ChatAnswer, EngineError> {
        while self.hangs.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(1));
        }
        if let Some(error) = self.error.clone() {
            return Err(error);
        }
        let mut stoppable = |word: &str| {
            say(word).inspect_err(|_| {
                self.stopped.fetch_add(1, Ordering::SeqCst);
            })
        };
        stoppable("")?;
        while self.held.load(Ordering::SeqCst) {
            stoppable("")?;
            std::thread::sleep(Duration::from_millis(1));
        }
        let count = self.words.len().min(request.max_tokens as usize);
        for word in self.words.iter().take(count) {
            stoppable(word)?;
        }
        Ok(ChatAnswer {
            text: self.words.iter().take(count).copied().collect(),
            prompt_tokens: 5,
            answer_tokens: count as u32,
            complete: count == self.words.len(),
        })
    }
}

/// A running endpoint; its engine's thread ends with the test's last connection to it.
struct Endpoint {
    address: SocketAddr,
}

fn key() -> Redacted {
    let find = |name: &str| (name == "WORKER_CHAT_KEY").then(|| KEY.to_owned());
    read_chat_key(&SettingsSource::new(None, find).unwrap()).unwrap()
}

impl Endpoint {
    fn start(talker: Talker) -> Self {
        Self::start_with(talker, access(Some("toy")))
    }

    fn start_with(mut talker: Talker, access: Access) -> Self {
        let (chat_queue, requests) = chat_queue(None);
        let address = serve(SocketAddr::from(([127, 0, 0, 1], 0)), access, chat_queue).unwrap();
        std::thread::spawn(
            move || while requests.serve_next(&mut talker, Duration::from_secs(60)) {},
        );
        Self { address }
    }

    fn open(&self, raw: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        stream.write_all(raw.as_bytes()).unwrap();
        stream
    }

    fn raw(&self, raw: &str) -> String {
        let mut text = String::new();
        self.open(raw).read_to_string(&mut text).unwrap();
        text
    }

    fn request(method: &str, path: &str, key: &str, body: &str) -> String {
        format!(
            "{method} {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    fn post(&self, path: &str, body: &Value) -> (u16, String) {
        split(&self.raw(&Self::request("POST", path, KEY, &body.to_string())))
    }
}

fn access(model: Option<&str>) -> Access {
    Access {
        key: key(),
        model: model.map(str::to_owned),
        policy_terms: ExtraTerms::none(),
    }
}

/// The status and the body.
fn split(answer: &str) -> (u16, String) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (
        head.split(' ').nth(1).unwrap().parse().unwrap(),
        body.to_owned(),
    )
}

fn asked(extra: &Value) -> Value {
    let mut body = json!({ "messages": [{ "role": "user", "content": "a red fox" }] });
    for (name, value) in extra.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

fn read(body: &str) -> Value {
    serde_json::from_str(body).unwrap_or_else(|_| panic!("{body}"))
}
