//! As much of HTTP/1.1 as one request per connection needs: no keep-alive, bodies of known length only.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use ourvidz_core::limits::MAX_BODY_BYTES;
use serde_json::Value;

/// The longest head: a bearer token and what proxies add.
const LONGEST_HEAD: usize = 8 * 1024;
/// More headers than any client sends.
const MOST_HEADERS: usize = 64;
/// How long a client may take to send its request.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a client may keep a piece of the answer from being sent.
const SEND_PATIENCE: Duration = Duration::from_secs(5);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    pub method: String,
    pub path: String,
    /// What stands behind `Authorization: Bearer`.
    pub bearer: Option<String>,
    pub body: Vec<u8>,
}

/// Why a request could not be read: a status and a text, or nobody is there to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestError {
    Rejected(u16, &'static str),
    Disconnected,
}

use RequestError::{Disconnected, Rejected};

struct Head {
    method: String,
    path: String,
    bearer: Option<String>,
    length: usize,
    expects: bool,
    size: usize,
}

fn parse(bytes: &[u8]) -> Result<Option<Head>, RequestError> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let size = match request.parse(bytes) {
        Ok(httparse::Status::Complete(size)) => size,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(_) => return Err(Rejected(400, "this is not HTTP/1.1")),
    };
    let path = request.path.unwrap_or_default();
    let mut head = Head {
        method: request.method.unwrap_or_default().to_owned(),
        path: path.split('?').next().unwrap_or_default().to_owned(),
        bearer: None,
        length: 0,
        expects: false,
        size,
    };
    for header in request.headers.iter() {
        let value = std::str::from_utf8(header.value).unwrap_or_default().trim();
        match header.name.to_ascii_lowercase().as_str() {
            "authorization" => {
                let (scheme, token) = value.split_once(' ').unwrap_or_default();
                if scheme.eq_ignore_ascii_case("bearer") {
                    head.bearer = Some(token.trim().to_owned());
                }
            }
            "content-length" => {
                head.length = value
                    .parse()
                    .map_err(|_| Rejected(400, "content-length is no number"))?;
            }
            "transfer-encoding" => {
                return Err(Rejected(411, "send the body with a content-length"));
            }
            "expect" => head.expects = value.eq_ignore_ascii_case("100-continue"),
            _ => {}
        }
    }
    if head.length > MAX_BODY_BYTES {
        return Err(Rejected(413, "the body is larger than 64 KB"));
    }
    Ok(Some(head))
}

pub fn read(stream: &mut TcpStream) -> Result<HttpRequest, RequestError> {
    let until = Instant::now() + PATIENCE;
    let _ = stream.set_write_timeout(Some(SEND_PATIENCE));
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(head) = parse(&bytes)? {
            break head;
        }
        if bytes.len() >= LONGEST_HEAD {
            return Err(Rejected(431, "the head is larger than 8 KB"));
        }
        more(stream, &mut bytes, until)?;
    };
    if head.expects && bytes.len() < head.size + head.length {
        let sent = stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n");
        sent.map_err(|_| Disconnected)?;
    }
    while bytes.len() < head.size + head.length {
        more(stream, &mut bytes, until)?;
    }
    let body = bytes.get(head.size..head.size + head.length);
    Ok(HttpRequest {
        method: head.method,
        path: head.path,
        bearer: head.bearer,
        body: body.unwrap_or_default().to_vec(),
    })
}

fn more(stream: &mut TcpStream, bytes: &mut Vec<u8>, until: Instant) -> Result<(), RequestError> {
    let left = until.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(Rejected(408, "the request took too long"));
    }
    let _ = stream.set_read_timeout(Some(left));
    let mut chunk = [0; 4096];
    match stream.read(&mut chunk) {
        Ok(0) => Err(Disconnected),
        Ok(size) => {
            bytes.extend(chunk.iter().take(size));
            Ok(())
        }
        Err(cause) if matches!(cause.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            Err(Rejected(408, "the request took too long"))
        }
        Err(_) => Err(Disconnected),
    }
}

/// Reads the rest of what a refused client sends: closing the connection on unread bytes
/// would take the answer away from it.
pub fn drain(stream: &mut TcpStream) {
    let _ = stream.shutdown(Shutdown::Write);
    let until = Instant::now() + SEND_PATIENCE;
    let mut drained = Vec::new();
    while drained.len() <= MAX_BODY_BYTES && more(stream, &mut drained, until).is_ok() {}
}

/// Whether the client has hung up. It has nothing more to say, so anything but silence is the end.
pub fn is_disconnected(stream: &TcpStream) -> bool {
    if stream.set_nonblocking(true).is_err() {
        return true;
    }
    let left = match stream.peek(&mut [0]) {
        Ok(0) => true,
        Ok(_) => false,
        Err(cause) => cause.kind() != ErrorKind::WouldBlock,
    };
    stream.set_nonblocking(false).is_err() || left
}

const fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        401 => "Unauthorized",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        411 => "Length Required",
        413 => "Content Too Large",
        431 => "Request Header Fields Too Large",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    }
}

/// Answers in one piece. A client that is gone needs no answer, so failure is no error.
pub fn reply(stream: &mut TcpStream, status: u16, extra: &[(&str, String)], body: &Value) {
    let body = body.to_string();
    let mut head = format!(
        "HTTP/1.1 {status} {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n",
        reason(status),
        body.len()
    );
    for (name, value) in extra {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let _ = stream.write_all((head + "\r\n" + &body).as_bytes());
}

/// An answer in server-sent events. It is sent in chunks, so that a client can tell its end from a broken
/// connection.
pub struct EventStream<'a> {
    stream: &'a mut TcpStream,
}

impl<'a> EventStream<'a> {
    pub fn begin(stream: &'a mut TcpStream) -> std::io::Result<Self> {
        // Each piece of text is an event of its own and must not wait for the next.
        let _ = stream.set_nodelay(true);
        stream.write_all(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-store\r\n\
              transfer-encoding: chunked\r\nconnection: close\r\n\r\n",
        )?;
        Ok(Self { stream })
    }

    pub fn send(&mut self, data: &str) -> std::io::Result<()> {
        let event = format!("data: {data}\n\n");
        let chunk = format!("{:x}\r\n{event}\r\n", event.len());
        self.stream.write_all(chunk.as_bytes())
    }

    /// Whether the client has hung up.
    pub fn is_disconnected(&self) -> bool {
        is_disconnected(self.stream)
    }

    pub fn end(self) -> std::io::Result<()> {
        self.stream.write_all(b"0\r\n\r\n")
    }
}
