//! The object storage: links for others, and a few small requests of our own, all presigned.

use ourvidz_core::wire::callback::UploadHeaders;
use ourvidz_core::{ApiError, Code};
use ourvidz_sign::sigv4::{self, Credentials, Method, Presign};

use crate::budget::Budget;
use crate::http::{Backend, Http, Request, Response};

/// Links that the edge makes for itself: used at once, with room for clocks that differ.
const OWN_EXPIRES_S: u32 = 300;

/// Everything here may be done twice.
const BUDGET: Budget = Budget {
    timeout_ms: 3_000,
    tries: 2,
    first_pause_ms: 100,
};

/// Writing takes longer than looking.
const WRITE: Budget = Budget {
    timeout_ms: 10_000,
    ..BUDGET
};

/// Answers are empty or short XML texts.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// A digest in hexadecimal digits, with the number of its parts, has less than half.
const MAX_ETAG_BYTES: usize = 128;

const RETRY_AFTER_S: u32 = 5;

/// A client of an S3 storage.
pub struct Storage<'a, H> {
    http: &'a H,
    credentials: &'a Credentials,
    now_ms: u64,
}

/// An object as it lies there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectInfo {
    pub bytes: u64,
    /// Its media type, in lower case and without parameters; empty if it has none.
    pub content_type: String,
    /// What tells one content from another; none if the storage does not say.
    pub etag: Option<String>,
}

/// An object, as far as it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Beginning {
    /// Its first bytes.
    pub read: Vec<u8>,
    /// How many it has in all.
    pub bytes: u64,
    /// As [`ObjectInfo::etag`].
    pub etag: Option<String>,
}

impl<'a, H: Http> Storage<'a, H> {
    /// The storage at this moment: every link carries the time.
    pub const fn new(http: &'a H, credentials: &'a Credentials, now_ms: u64) -> Self {
        Self {
            http,
            credentials,
            now_ms,
        }
    }

    /// A link to show an object with; the same for half an hour, good for one hour at least.
    #[must_use]
    pub fn read_link(&self, bucket: &str, key: &str) -> String {
        sigv4::presign_read(self.credentials, bucket, key, self.now_ms)
    }

    /// A link to upload a new object of exactly this type and size with.
    #[must_use]
    pub fn write_link(
        &self,
        bucket: &str,
        key: &str,
        headers: &UploadHeaders,
        bytes: u64,
        expires_s: u32,
    ) -> String {
        let length = bytes.to_string();
        let [content_type, if_none_match] = headers.pairs();
        let headers = [
            content_type,
            if_none_match,
            ("content-length", length.as_str()),
        ];
        let presign = Presign {
            method: Method::Put,
            bucket,
            key,
            expires_s,
            headers: &headers,
        };
        sigv4::presign(self.credentials, &presign, self.now_ms)
    }

    /// Looks at an object; `None` if there is none.
    ///
    /// # Errors
    ///
    /// `unavailable`, or `misconfigured` if the storage refuses the credentials.
    pub async fn look(&self, bucket: &str, key: &str) -> Result<Option<ObjectInfo>, ApiError> {
        let mut request = self.own_request(Method::Head, bucket, key, BUDGET);
        // A proxy that would compress the object does not know its size.
        let identity = ("accept-encoding".to_owned(), "identity".to_owned());
        request.headers.push(identity);
        let answer = self.send(request, BUDGET).await?;
        match answer.status {
            200 => object_info(&answer).map(Some),
            404 => Ok(None),
            status => Err(refused("HEAD", status)),
        }
    }

    /// So many bytes of an object from its beginning, to see what it really is; `None` if there is none.
    ///
    /// # Errors
    ///
    /// As [`Self::look`].
    pub async fn beginning(
        &self,
        bucket: &str,
        key: &str,
        count: u32,
    ) -> Result<Option<Beginning>, ApiError> {
        let mut request = self.own_request(Method::Get, bucket, key, BUDGET);
        // A proxy that would compress it does not know its size.
        request.headers.extend([
            ("accept-encoding".to_owned(), "identity".to_owned()),
            (
                "range".to_owned(),
                format!("bytes=0-{}", count.saturating_sub(1)),
            ),
        ]);
        let count = count as usize;
        request.max_answer_bytes = MAX_ANSWER_BYTES.max(count);
        let answer = self.send(request, BUDGET).await?;
        match answer.status {
            200 | 206 => beginning(answer, count).map(Some),
            404 => Ok(None),
            416 => Ok(Some(Beginning::default())), // an empty object has no first byte
            status => Err(refused("GET", status)),
        }
    }

    /// An object of at most so many bytes; `None` if there is none.
    ///
    /// # Errors
    ///
    /// As [`Self::look`].
    pub async fn whole(
        &self,
        bucket: &str,
        key: &str,
        most_bytes: usize,
    ) -> Result<Option<Vec<u8>>, ApiError> {
        let request = Request {
            max_answer_bytes: most_bytes,
            ..self.own_request(Method::Get, bucket, key, WRITE)
        };
        let answer = self.send(request, WRITE).await?;
        match answer.status {
            200 => Ok(Some(answer.body)),
            404 => Ok(None),
            status => Err(refused("GET", status)),
        }
    }

    /// Writes a small object.
    ///
    /// # Errors
    ///
    /// As [`Self::look`].
    pub async fn put(
        &self,
        bucket: &str,
        key: &str,
        content_type: &str,
        body: Vec<u8>,
    ) -> Result<(), ApiError> {
        let presign = Presign {
            method: Method::Put,
            bucket,
            key,
            expires_s: OWN_EXPIRES_S,
            headers: &[("content-type", content_type)],
        };
        let request = Request {
            backend: Backend::Storage,
            method: "PUT",
            url: sigv4::presign(self.credentials, &presign, self.now_ms),
            headers: vec![("content-type".to_owned(), content_type.to_owned())],
            body: Some(body),
            timeout_ms: WRITE.timeout_ms,
            max_answer_bytes: MAX_ANSWER_BYTES,
        };
        match self.send(request, WRITE).await?.status {
            200 | 201 | 204 => Ok(()),
            status => Err(refused("PUT", status)),
        }
    }

    /// Deletes an object; that there is none is as good. Many go with [`Self::delete_many`].
    ///
    /// # Errors
    ///
    /// As [`Self::look`].
    pub async fn delete(&self, bucket: &str, key: &str) -> Result<(), ApiError> {
        let request = self.own_request(Method::Delete, bucket, key, BUDGET);
        match self.send(request, BUDGET).await?.status {
            200 | 202 | 204 | 404 => Ok(()),
            status => Err(refused("DELETE", status)),
        }
    }

    fn own_request(&self, method: Method, bucket: &str, key: &str, budget: Budget) -> Request {
        let presign = Presign {
            method,
            bucket,
            key,
            expires_s: OWN_EXPIRES_S,
            headers: &[],
        };
        Request {
            backend: Backend::Storage,
            method: method.as_str(),
            url: sigv4::presign(self.credentials, &presign, self.now_ms),
            headers: Vec::new(),
            body: None,
            timeout_ms: budget.timeout_ms,
            max_answer_bytes: MAX_ANSWER_BYTES,
        }
    }

    async fn send(&self, request: Request, budget: Budget) -> Result<Response, ApiError> {
        let method = request.method;
        budget
            .send(self.http, request)
            .await
            .map_err(|error| unavailable(method, error.as_str()))
    }
}

fn object_info(answer: &Response) -> Result<ObjectInfo, ApiError> {
    let content_type = answer.header("content-type").unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let bytes = answer
        .header("content-length")
        .and_then(|length| length.parse().ok());
    Ok(ObjectInfo {
        content_type: essence.to_ascii_lowercase(),
        bytes: bytes.ok_or_else(|| unavailable("HEAD", "no size"))?,
        etag: answer.header("etag").and_then(plain_etag),
    })
}

/// A part says how large the whole is; a storage that knows no parts sends the whole.
fn beginning(answer: Response, count: usize) -> Result<Beginning, ApiError> {
    let bytes = match answer.status {
        206 => answer
            .header("content-range")
            .and_then(|range| range.rsplit_once('/')?.1.parse().ok())
            .ok_or_else(|| unavailable("GET", "no size"))?,
        _ => answer.body.len() as u64,
    };
    let etag = answer.header("etag").and_then(plain_etag);
    let mut read = answer.body;
    read.truncate(count);
    Ok(Beginning { read, bytes, etag })
}

/// Without the quotes, and without the mark of a proxy that repacks: those do not change what it tells apart.
fn plain_etag(header: &str) -> Option<String> {
    let plain = header.trim().trim_start_matches("W/").trim_matches('"');
    (!plain.is_empty() && plain.len() <= MAX_ETAG_BYTES).then(|| plain.to_owned())
}

fn unavailable(method: &str, cause: &str) -> ApiError {
    ApiError::new(Code::Unavailable)
        .with_retry_after(RETRY_AFTER_S)
        .with_cause(format!("storage: {method}: {cause}"))
}

/// What a storage answers to a request that it does not take; its texts stay out of the log.
fn refused(method: &str, status: u16) -> ApiError {
    let cause = format!("status {status}");
    match status {
        400 | 401 | 403 => {
            ApiError::new(Code::Misconfigured).with_cause(format!("storage: {method}: {cause}"))
        }
        _ => unavailable(method, &cause),
    }
}

mod bulk;
#[cfg(test)]
mod tests;
