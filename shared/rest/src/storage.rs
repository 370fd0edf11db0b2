//! Object storage that speaks S3, by presigned requests.

use ourvidz_core::sign::sigv4::{self, Credentials, Method, Presign};
use ourvidz_core::{ApiError, Code};

use crate::http::{Backend, Http, Request, Response};

/// An answer to `HEAD` or `DELETE` has no body to wait for.
const TIMEOUT_MS: u32 = 5_000;
/// Error bodies of S3 are a few lines of XML.
const MAX_ANSWER_BYTES: usize = 64 * 1024;
/// The edge uses its own links at once.
const OWN_EXPIRES_S: u32 = 60;

/// The storage.
pub struct Storage<'a, H> {
    http: &'a H,
    credentials: &'a Credentials,
    now_ms: u64,
}

/// An object as `HEAD` tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectInfo {
    /// Its size.
    pub bytes: u64,
    /// Its media type, without parameters.
    pub content_type: String,
}

impl<'a, H: Http> Storage<'a, H> {
    /// The storage, at this moment: every link carries the time.
    pub const fn new(http: &'a H, credentials: &'a Credentials, now_ms: u64) -> Self {
        Self { http, credentials, now_ms }
    }

    /// A link for reading, the same for half an hour.
    pub fn read_link(&self, bucket: &str, key: &str) -> String {
        sigv4::presign_read(self.credentials, bucket, key, self.now_ms)
    }

    /// A link for writing one object of exactly this type and size.
    pub fn write_link(
        &self,
        bucket: &str,
        key: &str,
        content_type: &str,
        bytes: u64,
        expires_s: u32,
    ) -> String {
        let length = bytes.to_string();
        let headers = [("content-type", content_type), ("content-length", length.as_str())];
        let presign = Presign { method: Method::Put, bucket, key, expires_s, headers: &headers };
        sigv4::presign(self.credentials, &presign, self.now_ms)
    }

    /// Looks at an object; none if there is none.
    ///
    /// # Errors
    ///
    /// `unavailable` when the storage does not say.
    pub async fn look(&self, bucket: &str, key: &str) -> Result<Option<ObjectInfo>, ApiError> {
        let answer = self.own("HEAD", Method::Head, bucket, key).await?;
        match answer.status {
            200 => {
                let bytes = answer.header("content-length").and_then(|length| length.parse().ok());
                let content_type = answer.header("content-type").unwrap_or_default();
                let essence = content_type.split(';').next().unwrap_or_default().trim();
                Ok(Some(ObjectInfo {
                    bytes: bytes.ok_or_else(|| unavailable("HEAD told no size".to_owned()))?,
                    content_type: essence.to_ascii_lowercase(),
                }))
            }
            404 => Ok(None),
            status => Err(unavailable(format!("HEAD answered {status}"))),
        }
    }

    /// Deletes an object; deleting what is gone is a success.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn delete(&self, bucket: &str, key: &str) -> Result<(), ApiError> {
        let answer = self.own("DELETE", Method::Delete, bucket, key).await?;
        match answer.status {
            200..=299 | 404 => Ok(()),
            status => Err(unavailable(format!("DELETE answered {status}"))),
        }
    }

    async fn own(
        &self,
        name: &'static str,
        method: Method,
        bucket: &str,
        key: &str,
    ) -> Result<Response, ApiError> {
        let presign = Presign { method, bucket, key, expires_s: OWN_EXPIRES_S, headers: &[] };
        let request = Request {
            backend: Backend::Storage,
            method: name,
            url: sigv4::presign(self.credentials, &presign, self.now_ms),
            headers: Vec::new(),
            body: None,
            timeout_ms: TIMEOUT_MS,
            max_answer_bytes: MAX_ANSWER_BYTES,
        };
        // The cause names the kind of failure alone: the address carries a signature.
        self.http.send(request).await.map_err(|error| unavailable(format!("{name}: {error:?}")))
    }
}

fn unavailable(cause: String) -> ApiError {
    ApiError::new(Code::Unavailable).with_cause(format!("storage: {cause}"))
}
