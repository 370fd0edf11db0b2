//! Answers Prometheus, and a supervisor that asks whether all is well.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use super::Metrics;
use crate::supervision::Supervision;

/// Answers `GET /health` with 200 or, when the device is broken or hangs, 503 and why; every other request with the
/// numbers. In a thread that ends with the program.
///
/// # Errors
///
/// When the address is taken.
pub fn serve(
    address: SocketAddr,
    metrics: Arc<Metrics>,
    supervision: Arc<Supervision>,
) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind(address)?;
    let bound = listener.local_addr()?;
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            // One slow reader must not keep the next one waiting for long.
            let _ = stream.set_read_timeout(Some(Duration::from_secs(1)));
            let _ = stream.set_write_timeout(Some(Duration::from_secs(1)));
            let mut head = [0; 1024];
            let length = stream.read(&mut head).unwrap_or_default();
            let asks_for_health = head
                .get(..length)
                .is_some_and(|head| head.starts_with(b"GET /health "));
            let answer = if asks_for_health {
                health(&supervision)
            } else {
                answer("200 OK", &metrics.text())
            };
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    Ok(bound)
}

fn health(supervision: &Supervision) -> String {
    match supervision.broken().or_else(|| supervision.stalled()) {
        None => answer("200 OK", "ok\n"),
        Some(trouble) => answer("503 Service Unavailable", &format!("{trouble}\n")),
    }
}

fn answer(status: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/plain; version=0.0.4\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::EngineError;
    use crate::worker::JobOutcome;

    fn ask(address: SocketAddr, path: &str) -> String {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        let head = format!("GET {path} HTTP/1.1\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn the_numbers_can_be_asked_for() {
        let metrics = Arc::new(Metrics::default());
        metrics.job_ended(JobOutcome::Completed, Duration::from_millis(1500));
        metrics.claimed(&Ok(None), Duration::ZERO);
        metrics.set_evictions(3);
        let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
        let supervision = Arc::new(Supervision::new(Duration::from_secs(60)));
        let answer = ask(serve(loopback, metrics, supervision).unwrap(), "/metrics");
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
        for line in [
            "ourvidz_worker_jobs_total{outcome=\"completed\"} 1\n",
            "ourvidz_worker_claims_total{result=\"empty\"} 1\n",
            "ourvidz_worker_busy_seconds_total 1.5\n",
            "ourvidz_worker_evictions_total 3\n",
        ] {
            assert!(answer.contains(line), "{line}{answer}");
        }
    }

    #[test]
    fn a_supervisor_hears_of_a_broken_device() {
        let supervision = Arc::new(Supervision::new(Duration::from_secs(60)));
        let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
        let metrics = Arc::new(Metrics::default());
        let address = serve(loopback, metrics, Arc::clone(&supervision)).unwrap();
        assert!(ask(address, "/health").starts_with("HTTP/1.1 200 OK"));
        let why = "CUDA_ERROR_ILLEGAL_ADDRESS".to_owned();
        let is_sticky = true;
        supervision.note(&Err::<(), _>(EngineError::Device { why, is_sticky }));
        let answer = ask(address, "/health");
        assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
        assert!(answer.ends_with("CUDA_ERROR_ILLEGAL_ADDRESS\n"), "{answer}");
    }
}
