//! [`Http`] with ordinary sockets.

use std::time::Duration;

use ourvidz_rest::{Http, Request, Response, TransportError};
use ureq::Agent;

pub struct NativeHttp(Agent);

impl NativeHttp {
    pub fn new() -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .build();
        Self(config.into())
    }

    fn answer(&self, request: Request) -> Result<Response, ureq::Error> {
        let timeout = Duration::from_millis(u64::from(request.timeout_ms));
        let mut builder = ureq::http::Request::builder()
            .method(request.method)
            .uri(&request.url);
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        let mut answer = match request.body {
            Some(body) => self.run(builder.body(body)?, timeout)?,
            None => self.run(builder.body(())?, timeout)?,
        };
        let headers = answer
            .headers()
            .iter()
            .filter_map(|(name, value)| {
                Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
            })
            .collect();
        let limit = u64::try_from(request.max_answer_bytes).unwrap_or(u64::MAX);
        let body = answer.body_mut().with_config().limit(limit).read_to_vec()?;
        Ok(Response {
            status: answer.status().as_u16(),
            headers,
            body,
        })
    }

    fn run(
        &self,
        request: ureq::http::Request<impl ureq::AsSendBody>,
        timeout: Duration,
    ) -> Result<ureq::http::Response<ureq::Body>, ureq::Error> {
        let request = self
            .0
            .configure_request(request)
            .timeout_global(Some(timeout))
            .build();
        self.0.run(request)
    }
}

impl Http for NativeHttp {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.answer(request).map_err(|error| match error {
            ureq::Error::Timeout(_) => TransportError::Timeout,
            ureq::Error::BodyExceedsLimit(_) => TransportError::TooLong,
            _ => TransportError::Unreachable,
        })
    }

    async fn pause(&self, milliseconds: u32) {
        std::thread::sleep(Duration::from_millis(u64::from(milliseconds)));
    }
}
