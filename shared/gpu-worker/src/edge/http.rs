//! The edge over HTTP: signed JSON requests, plain presigned ones.

use std::io::Read as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ourvidz_sign::webhook::{Secret, sign};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use ureq::Agent;

use super::{
    Claim, ClaimBody, Edge, EdgeError, JobReport, OCCUPIED, ReportReply, SignedReference,
    UploadTarget,
};

/// The edge answers within its own limits long before; this only ends a dead connection.
const REPORT_TIMEOUT: Duration = Duration::from_secs(20);
/// A clip of 200 MB over a slow line.
const TRANSFER_TIMEOUT: Duration = Duration::from_secs(300);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// More than any answer holds: a claim with its payload and six reference addresses is below 32 KB.
const LARGEST_ANSWER: u64 = 1024 * 1024;

/// The edge at a fixed address. No other host gets a signed request.
pub struct HttpEdge {
    agent: Agent,
    base: String,
    secret: Secret,
}

impl HttpEdge {
    /// The edge at this address.
    #[must_use]
    pub fn new(base: &str, secret: Secret) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            // An answer that points elsewhere would carry the signature there.
            .max_redirects(0)
            .user_agent(concat!("ourvidz-worker/", env!("CARGO_PKG_VERSION")))
            .build();
        Self {
            agent: config.into(),
            base: base.to_owned(),
            secret,
        }
    }

    /// Whether the edge is there and well.
    ///
    /// # Errors
    ///
    /// See [`EdgeError`].
    pub fn health(&self) -> Result<Value, EdgeError> {
        let request = self.agent.get(format!("{}/api/health", self.base));
        let response = request
            .config()
            .timeout_global(Some(CONNECT_TIMEOUT * 2))
            .build()
            .call()
            .map_err(no_answer)?;
        let (status, body) = read(response)?;
        if status == 200 {
            parse(&body)
        } else {
            Err(refused(status, &body, None))
        }
    }

    /// Whether these bytes, and no others, lie there.
    fn has(&self, url: &str, bytes: &[u8]) -> Result<bool, EdgeError> {
        match self.get(url, bytes.len() as u64) {
            Ok(found) => Ok(found == bytes),
            Err(EdgeError::Permanent { .. }) => Ok(false),
            Err(later) => Err(later),
        }
    }

    /// An object of so many bytes at most.
    fn get(&self, url: &str, most: u64) -> Result<Vec<u8>, EdgeError> {
        let request = self
            .agent
            .get(url)
            .config()
            .timeout_global(Some(TRANSFER_TIMEOUT))
            .build();
        let response = request.call().map_err(no_answer)?;
        let status = response.status().as_u16();
        if status != 200 {
            return Err(EdgeError::from_status(status, "storage", None));
        }
        take(response, most)
    }

    fn post<Body: Serialize>(&self, path: &str, body: &Body) -> Result<(u16, Vec<u8>), EdgeError> {
        let bytes = serde_json::to_vec(body).map_err(|cause| EdgeError::Permanent {
            status: 0,
            code: cause.to_string(),
        })?;
        let mut id_bytes = [0_u8; 16];
        getrandom::fill(&mut id_bytes).map_err(EdgeError::no_answer)?;
        let id = format!("msg_{}", ourvidz_core::Id::from_random(id_bytes));
        let timestamp = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        let response = self
            .agent
            .post(format!("{}/functions/v1/{path}", self.base))
            .config()
            .timeout_global(Some(REPORT_TIMEOUT))
            .build()
            .header("content-type", "application/json")
            .header("webhook-id", &id)
            .header("webhook-timestamp", timestamp.to_string())
            .header(
                "webhook-signature",
                sign(&self.secret, &id, timestamp, &bytes),
            )
            .send(&bytes)
            .map_err(no_answer)?;
        let wait = response
            .headers()
            .get("retry-after")
            .and_then(|value| value.to_str().ok()?.parse().ok())
            .map(Duration::from_secs);
        let (status, body) = read(response)?;
        if matches!(status, 200 | 204) {
            Ok((status, body))
        } else {
            Err(refused(status, &body, wait))
        }
    }
}

impl Edge for HttpEdge {
    fn claim(&self, ask: &ClaimBody) -> Result<Option<Claim>, EdgeError> {
        let (status, body) = self.post("claim-job", ask)?;
        if status == 204 {
            Ok(None)
        } else {
            parse(&body).map(Some)
        }
    }

    fn report(&self, report: &JobReport) -> Result<ReportReply, EdgeError> {
        self.post("job-callback", report)
            .and_then(|(_, body)| parse(&body))
    }

    fn upload(&self, target: &UploadTarget, bytes: &[u8]) -> Result<(), EdgeError> {
        // The length is signed too; the client writes it from the bytes.
        let mut request = self.agent.put(&target.url);
        for (name, value) in target.headers.pairs() {
            request = request.header(name, value);
        }
        let response = request
            .config()
            .timeout_global(Some(TRANSFER_TIMEOUT))
            .build()
            .send(bytes)
            .map_err(no_answer)?;
        match response.status().as_u16() {
            200..=299 => Ok(()),
            // An earlier try may have arrived although its answer did not.
            OCCUPIED if self.has(&target.check_url, bytes)? => Ok(()),
            status => Err(EdgeError::from_status(status, "storage", None)),
        }
    }

    fn download(&self, reference: &SignedReference) -> Result<Vec<u8>, EdgeError> {
        self.get(&reference.url, ourvidz_core::limits::MAX_REFERENCE_BYTES)
    }
}

/// The cause in words. The client's own texts may name the address, and with it a signature.
fn no_answer(error: ureq::Error) -> EdgeError {
    EdgeError::no_answer(match error {
        ureq::Error::Timeout(_) => "timed out".to_owned(),
        ureq::Error::Io(cause) => cause.kind().to_string(),
        ureq::Error::HostNotFound => "host not found".to_owned(),
        ureq::Error::ConnectionFailed => "connection failed".to_owned(),
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => "TLS failed".to_owned(),
        _ => "transport failed".to_owned(),
    })
}

type Response = ureq::http::Response<ureq::Body>;

fn read(response: Response) -> Result<(u16, Vec<u8>), EdgeError> {
    let status = response.status().as_u16();
    take(response, LARGEST_ANSWER).map(|body| (status, body))
}

fn take(response: Response, most: u64) -> Result<Vec<u8>, EdgeError> {
    let mut bytes = Vec::new();
    let mut reader = response.into_body().into_reader().take(most + 1);
    reader
        .read_to_end(&mut bytes)
        .map_err(|cause| EdgeError::no_answer(cause.kind()))?;
    if bytes.len() as u64 > most {
        return Err(EdgeError::Permanent {
            status: 200,
            code: "answer_too_large".to_owned(),
        });
    }
    Ok(bytes)
}

/// A 200 that cannot be read comes from something in between, not from the edge.
fn parse<Body: DeserializeOwned>(bytes: &[u8]) -> Result<Body, EdgeError> {
    serde_json::from_slice(bytes)
        .map_err(|_| EdgeError::no_answer("the answer is not the edge's JSON"))
}

fn refused(status: u16, body: &[u8], wait: Option<Duration>) -> EdgeError {
    let envelope: Value = serde_json::from_slice(body).unwrap_or_default();
    EdgeError::from_status(status, envelope["code"].as_str().unwrap_or("no_code"), wait)
}

#[cfg(test)]
#[path = "http_tests.rs"]
mod tests;
