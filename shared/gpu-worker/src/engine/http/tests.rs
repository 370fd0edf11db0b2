//! The engine against a fake server.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ourvidz_core::JobType;
use serde_json::json;

use super::*;
use crate::config::ChatServer;
use crate::engine::{ChatMessage, ChatRole};
use crate::media::{DigitalSource, Picture, poster};
use crate::worker::Order;

/// What was asked: the path and the body.
type Asked = Arc<Mutex<Vec<(String, Value)>>>;

/// Answers each path as `answer` says; a status and a body. Ends with the test's process.
fn server(
    answer: impl Fn(&str, &Value) -> (u16, String) + Send + Sync + 'static,
) -> (String, Asked) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Asked::default();
    let (noted, answer) = (Arc::clone(&asked), Arc::new(answer));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let (noted, answer) = (Arc::clone(&noted), Arc::clone(&answer));
            std::thread::spawn(move || {
                let mut bytes = Vec::new();
                let (path, body) = loop {
                    let mut piece = [0; 4096];
                    let size = stream.read(&mut piece).unwrap();
                    bytes.extend_from_slice(&piece[..size]);
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    let Some((head, body)) = text.split_once("\r\n\r\n") else {
                        continue;
                    };
                    let length = head
                        .lines()
                        .find_map(|line| line.strip_prefix("content-length: "));
                    if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                        let path = head.split(' ').nth(1).unwrap().to_owned();
                        break (path, serde_json::from_str(body).unwrap_or_default());
                    }
                };
                let (status, text) = answer(&path, &body);
                noted.lock().unwrap().push((path, body));
                let _ = write!(
                    stream,
                    "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{text}",
                    text.len()
                );
            });
        }
    });
    (url, asked)
}

#[derive(Default)]
struct Looking {
    steps: Vec<u32>,
    pictures: Vec<(u32, Picture)>,
    stops: bool,
}

impl Observer for Looking {
    fn step(&mut self, done: u32, _: u32) -> Result<(), Stopped> {
        self.steps.push(done);
        if self.stops { Err(Stopped) } else { Ok(()) }
    }
    fn picture(&mut self, index: u32, picture: Picture) -> Result<(), Stopped> {
        self.pictures.push((index, picture));
        Ok(())
    }
}

fn engine(url: &str) -> HttpEngine {
    HttpEngine::new(&Servers {
        images: Some(url.to_owned()),
        chat: Some(ChatServer {
            url: url.to_owned(),
            model: "m".to_owned(),
            key: Some("a key".into()),
        }),
    })
}

fn request(count: u8) -> ImageRequest {
    let mut order = Order::preset(
        JobType::SdxlImageFast,
        "a red fox",
        "blurry",
        1 << 32,
        count,
    );
    let image = order.image_mut();
    (image.width, image.height, image.steps) = (64, 32, 4);
    image.clone()
}

fn made() -> String {
    let bytes = poster(&Picture::new(64, 32), DigitalSource::AlgorithmicMedia).unwrap();
    json!({ "images": [STANDARD.encode(bytes)] }).to_string()
}

#[test]
fn pictures_come_one_by_one_each_from_its_own_seed() {
    let (url, asked) = server(|_, _| (200, made()));
    let mut observer = Looking::default();
    engine(&url)
        .text_to_image(&request(3), &mut observer)
        .unwrap();
    let indices: Vec<u32> = observer.pictures.iter().map(|(index, _)| *index).collect();
    assert_eq!((indices, observer.steps.last()), (vec![0, 1, 2], Some(&12)));
    let asked = asked.lock().unwrap();
    let seeds: Vec<_> = asked
        .iter()
        .map(|(_, body)| body["seed"].as_u64().unwrap())
        .collect();
    assert_eq!(seeds, [0, 1, 2]);
    let (path, body) = &asked[0];
    assert_eq!(path, "/sdapi/v1/txt2img");
    let expected = json!(["a red fox", "blurry", 64, 32, 4]);
    let names = ["prompt", "negative_prompt", "width", "height", "steps"];
    assert_eq!(json!(names.map(|name| body[name].clone())), expected);
}

#[test]
fn a_canceled_job_interrupts_the_server() {
    let (url, asked) = server(|path, _| match path {
        "/sdapi/v1/txt2img" => {
            // Longer than the engine waits between two looks.
            std::thread::sleep(LOOK * 4);
            (200, made())
        }
        _ => (200, json!({ "state": { "sampling_step": 3 } }).to_string()),
    });
    let mut observer = Looking {
        stops: true,
        ..Looking::default()
    };
    let stopped = engine(&url).text_to_image(&request(1), &mut observer);
    assert_eq!(
        (stopped, observer.steps),
        (Err(EngineError::Stopped), vec![3])
    );
    let paths: Vec<String> = asked
        .lock()
        .unwrap()
        .iter()
        .map(|(path, _)| path.clone())
        .collect();
    assert_eq!(
        paths.last().map(String::as_str),
        Some("/sdapi/v1/interrupt")
    );
}

#[test]
fn what_a_server_does_wrong_fails_the_job_in_our_words() {
    for (status, body, expected) in [
        (500, "a red fox: out of memory", "the server answers 500"),
        (200, "<html>", "the server's answer is no JSON"),
        (
            200,
            r#"{"images":[]}"#,
            "the server's answer has no picture",
        ),
        (
            200,
            r#"{"images":["!"]}"#,
            "the server's picture is no base64",
        ),
        (200, r#"{"images":["aGVsbG8="]}"#, "PNG"),
    ] {
        let (url, _) = server(move |_, _| (status, body.to_owned()));
        let failed = engine(&url).text_to_image(&request(1), &mut Looking::default());
        let Err(EngineError::Failed(why)) = failed else {
            panic!("{failed:?}");
        };
        assert!(why.contains(expected) && !why.contains("fox"), "{why}");
    }
    let mut nobody = engine("http://127.0.0.1:9");
    let failed = nobody.text_to_image(&request(1), &mut Looking::default());
    assert_eq!(
        failed,
        Err(EngineError::Failed("the server does not answer".to_owned()))
    );
}

#[test]
fn a_chat_server_answers() {
    let (url, asked) = server(|_, _| {
        let choice =
            json!({ "message": { "content": "a red fox, soft light" }, "finish_reason": "stop" });
        (
            200,
            json!({ "choices": [choice], "usage": { "completion_tokens": 6 } }).to_string(),
        )
    });
    let request = ChatRequest {
        messages: vec![ChatMessage {
            role: ChatRole::User,
            text: "a red fox".to_owned(),
        }],
        max_tokens: 9,
        temperature: 0.5,
        top_p: 1.0,
        seed: u64::MAX,
        stop: Vec::new(),
    };
    let answer = engine(&url).chat(&request, &mut |_| Ok(())).unwrap();
    assert_eq!(
        (answer.text.as_str(), answer.answer_tokens, answer.complete),
        ("a red fox, soft light", 6, true)
    );
    let (path, body) = asked.lock().unwrap()[0].clone();
    assert_eq!(path, "/v1/chat/completions");
    assert_eq!(
        body["messages"],
        json!([{ "role": "user", "content": "a red fox" }])
    );
}

#[test]
fn what_no_server_does_is_named() {
    let mut alone = HttpEngine::new(&Servers::default());
    assert!(alone.load(Model::Sdxl).is_err());
    assert!(engine("http://x").load(Model::Sdxl).is_ok());
    assert_eq!(
        engine("http://x").load(Model::Wan),
        Err(EngineError::Unsupported("WAN"))
    );
    assert_eq!(alone.language_model(), None);
}
