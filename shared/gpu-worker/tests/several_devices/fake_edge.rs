//! An edge that gives whom it was told to one job that never ends, and everybody else none.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};

use serde_json::{Value, json};

use crate::workers::PATIENCE;

#[derive(Clone)]
pub struct FakeEdge {
    pub address: String,
    heard: Arc<(Mutex<Heard>, Condvar)>,
}

#[derive(Default)]
struct Heard {
    offers: BTreeSet<String>,
    claims: Vec<String>,
    reports: Vec<Value>,
}

impl FakeEdge {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let edge = Self {
            address: format!("http://{}", listener.local_addr().unwrap()),
            heard: Arc::default(),
        };
        let serving = edge.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let edge = serving.clone();
                // A worker that was killed leaves half a request.
                std::thread::spawn(move || edge.answer(&stream.ok()?));
            }
        });
        edge
    }

    pub fn offer_job(&self, worker: &str) {
        self.heard
            .0
            .lock()
            .unwrap()
            .offers
            .insert(worker.to_owned());
    }

    pub fn claims(&self, worker: &str) -> usize {
        claims_of(&self.heard.0.lock().unwrap(), worker)
    }

    pub fn wait_for_claims(&self, worker: &str, count: usize) {
        let (heard, changed) = &*self.heard;
        let guard = heard.lock().unwrap();
        let (_guard, wait) = changed
            .wait_timeout_while(guard, PATIENCE, |heard| claims_of(heard, worker) < count)
            .unwrap();
        assert!(!wait.timed_out(), "{worker} claimed nothing");
    }

    pub fn reports_with(&self, status: &str) -> usize {
        let heard = self.heard.0.lock().unwrap();
        let with = |report: &&Value| report["status"] == status;
        heard.reports.iter().filter(with).count()
    }

    fn answer(&self, mut stream: &TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream);
        let mut request = String::new();
        reader.read_line(&mut request).ok()?;
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim_end().split_once(": ") else {
                break;
            };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.parse().ok()?;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let body: Value = serde_json::from_slice(&body).ok()?;
        let answer = if request.contains("/claim-job ") {
            self.claim(&body)
        } else {
            self.report(body)
        };
        let (status, text) = match answer {
            Some(answer) => ("200 OK", answer.to_string()),
            None => ("204 No Content", String::new()),
        };
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            text.len()
        );
        stream.write_all((head + &text).as_bytes()).ok()
    }

    fn claim(&self, body: &Value) -> Option<Value> {
        let (heard, changed) = &*self.heard;
        let mut heard = heard.lock().unwrap();
        let worker = body["worker_id"].as_str()?.to_owned();
        let job = (body["queue"] == "wan_queue" && heard.offers.remove(&worker)).then(job);
        heard.claims.push(worker);
        changed.notify_all();
        job
    }

    fn report(&self, body: Value) -> Option<Value> {
        self.heard.0.lock().unwrap().reports.push(body);
        Some(json!({"success": true}))
    }
}

fn claims_of(heard: &Heard, worker: &str) -> usize {
    heard.claims.iter().filter(|name| *name == worker).count()
}

fn job() -> Value {
    let id = "0188d1a4-7b3c-4f00-8a11-0123456789ab";
    json!({
        "success": true,
        "job_id": id,
        "attempt": 1,
        "leaseId": "22222222-2222-4222-8222-222222222222",
        "leaseUntil": "x",
        "job_type": "image_fast",
        "num_images": 1,
        "keys": [],
        "references": [],
        "payload": {
            "id": id,
            "type": "image_fast",
            "prompt": "a red fox in snow",
            "config": {
                "size": "64*48",
                "sample_steps": 50,
                "sample_guide_scale": 6.5,
                "sample_solver": "euler",
                "sample_shift": 5.0,
                "frame_num": 1,
                "enhance_prompt": false,
                "seed": 40,
                "expected_time": 1.0,
                "content_type": "image",
                "file_extension": "png",
                "num_images": 1,
            },
            "user_id": "33333333-3333-4333-8333-333333333333",
            "created_at": "2026-11-21T10:00:00.000Z",
            "model_variant": "x",
            "bucket": "image_fast",
        },
    })
}
