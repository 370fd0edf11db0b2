//! The HTTP side against a server of a few lines.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

use ourvidz_core::wire::callback::UploadHeaders;
use ourvidz_sign::webhook::verify;

use super::*;
use crate::edge::{ReportStatus, Role};

const CLAIM: &str = r#"{"success":true,"job_id":"0188d1a4-7b3c-4f00-8a11-0123456789ab","attempt":2,"leaseId":"22222222-2222-4222-8222-222222222222","leaseUntil":"x","job_type":"image_fast","num_images":1,"payload":{"a":1},"keys":[],"references":[]}"#;
const SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

struct Heard {
    line: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Heard {
    fn header(&self, name: &str) -> &str {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map_or("", |(_, value)| value)
    }
}

/// Answers one request after the other with these texts, and tells what it heard.
fn server(answers: &'static [&'static str]) -> (String, Receiver<Heard>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (sender, heard) = channel();
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            let mut headers = Vec::new();
            loop {
                let mut header = String::new();
                reader.read_line(&mut header).unwrap();
                let Some((name, value)) = header.trim_end().split_once(": ") else {
                    break;
                };
                headers.push((name.to_lowercase(), value.to_owned()));
            }
            let mut heard = Heard {
                line: line.trim_end().to_owned(),
                headers,
                body: Vec::new(),
            };
            heard.body = vec![0; heard.header("content-length").parse().unwrap_or(0)];
            reader.read_exact(&mut heard.body).unwrap();
            let _ = sender.send(heard);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (address, heard)
}

fn edge(address: &str) -> HttpEdge {
    HttpEdge::new(address, Secret::parse(SECRET).unwrap())
}

fn ask() -> ClaimBody {
    ClaimBody {
        worker_id: "w1".to_owned(),
        queue: "sdxl_queue".to_owned(),
        job_id: None,
        models: Vec::new(),
        vitals: ourvidz_core::wire::vitals::Vitals::default(),
    }
}

fn report() -> JobReport {
    let claim: Claim = serde_json::from_str(CLAIM).unwrap();
    crate::worker::Attempt::new(&claim, "w1").report(ReportStatus::Processing)
}

#[test]
fn requests_are_signed_over_their_very_bytes() {
    let (address, heard) = server(&["HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n"]);
    assert_eq!(edge(&address).claim(&ask()), Ok(None));
    let heard = heard.recv().unwrap();
    assert_eq!(heard.line, "POST /functions/v1/claim-job HTTP/1.1");
    assert_eq!(heard.header("content-type"), "application/json");
    assert_eq!(heard.body, br#"{"worker_id":"w1","queue":"sdxl_queue"}"#);
    let now_s = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let verified = verify(
        &[Secret::parse(SECRET).unwrap()],
        heard.header("webhook-id"),
        heard.header("webhook-timestamp"),
        heard.header("webhook-signature"),
        &heard.body,
        now_s,
    );
    assert_eq!(verified, Ok(()));
}

#[test]
fn a_claim_is_read() {
    // Leaked once per run: the server wants texts that outlive it.
    let answer = format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{CLAIM}").leak();
    let (address, _heard) = server(Vec::from([&*answer]).leak());
    let claim = edge(&address).claim(&ask()).unwrap().unwrap();
    assert_eq!(
        claim.job_id.to_string(),
        "0188d1a4-7b3c-4f00-8a11-0123456789ab"
    );
    assert_eq!((claim.attempt, claim.num_images), (2, 1));
    assert_eq!(claim.payload["a"], 1);
}

#[test]
fn refusals_say_what_to_do() {
    let (address, _heard) = server(&[
        "HTTP/1.1 422 X\r\nconnection: close\r\n\r\n{\"code\":\"asset_mismatch\"}",
        "HTTP/1.1 503 X\r\nretry-after: 7\r\nconnection: close\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n<html>",
        "HTTP/1.1 302 X\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
    ]);
    let edge = edge(&address);
    assert!(matches!(
        edge.report(&report()),
        Err(EdgeError::Permanent { status: 422, .. })
    ));
    let kept = edge.report(&report()).unwrap_err();
    assert_eq!(kept.retry_after(), Some(Duration::from_secs(7)));
    assert!(
        matches!(
            edge.report(&report()),
            Err(EdgeError::Transient { status: None, .. })
        ),
        "a proxy's page is no answer"
    );
    assert!(
        matches!(
            edge.report(&report()),
            Err(EdgeError::Permanent { status: 302, .. })
        ),
        "redirects are not followed"
    );
}

#[test]
fn nobody_there_means_later() {
    let refusal = edge("http://127.0.0.1:9").report(&report()).unwrap_err();
    assert!(matches!(refusal, EdgeError::Transient { status: None, .. }));
    assert!(!refusal.to_string().contains("127.0.0.1"), "{refusal}");
}

fn target(address: &str) -> UploadTarget {
    UploadTarget {
        index: 0,
        role: Role::Image,
        key: "k".to_owned(),
        url: format!("{address}/b/k?X-Amz-Signature=s"),
        method: "PUT".to_owned(),
        headers: UploadHeaders::new("image/png"),
        check_url: format!("{address}/b/k?X-Amz-Signature=c"),
        expires_at: String::new(),
    }
}

#[test]
fn what_lies_there_already_is_uploaded_only_if_it_is_the_same() {
    const OCCUPIED: &str = "HTTP/1.1 412 X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let uploaded = |found: &'static str| {
        let (address, heard) = server(vec![OCCUPIED, found].leak());
        let result = edge(&address).upload(&target(&address), b"png");
        (result, heard.into_iter().nth(1).unwrap().line)
    };
    let (same, line) =
        uploaded("HTTP/1.1 200 X\r\ncontent-length: 3\r\nconnection: close\r\n\r\npng");
    assert_eq!(
        (same, line.as_str()),
        (Ok(()), "GET /b/k?X-Amz-Signature=c HTTP/1.1")
    );
    for other in [
        "HTTP/1.1 200 X\r\ncontent-length: 3\r\nconnection: close\r\n\r\npnh",
        "HTTP/1.1 200 X\r\ncontent-length: 4\r\nconnection: close\r\n\r\npngx",
        "HTTP/1.1 404 X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
    ] {
        assert!(matches!(
            uploaded(other).0,
            Err(EdgeError::Permanent { status: 412, .. })
        ));
    }
    let (unknown, _) = uploaded("HTTP/1.1 503 X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    assert!(matches!(unknown, Err(EdgeError::Transient { .. })));
}

#[test]
fn an_upload_sends_the_signed_headers_and_nothing_of_ours() {
    let (address, heard) = server(&[
        "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        "HTTP/1.1 403 X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
    ]);
    let target = target(&address);
    let edge = edge(&address);
    assert_eq!(edge.upload(&target, b"png"), Ok(()));
    let first = heard.recv().unwrap();
    assert_eq!(first.line, "PUT /b/k?X-Amz-Signature=s HTTP/1.1");
    assert_eq!(
        (
            first.header("content-type"),
            first.header("content-length"),
            first.header("if-none-match")
        ),
        ("image/png", "3", "*")
    );
    assert_eq!(
        (
            first.header("webhook-signature"),
            first.header("authorization")
        ),
        ("", "")
    );
    assert_eq!(first.body, b"png");
    assert!(matches!(
        edge.upload(&target, b"png"),
        Err(EdgeError::Permanent { status: 403, .. })
    ));
}
