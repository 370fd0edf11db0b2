//! S3 requests that carry their permission in the URL: AWS Signature Version 4 as query parameters.
//!
//! One form serves for everything: a browser that shows a picture, a worker that uploads one, and the edge
//! itself when it looks at an object or deletes it. The host is always signed; so is each header given, and
//! the client then has to send exactly that value (this is how a type and a size are enforced on uploads).

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use ourvidz_values::fingerprint::{hex, sha256_hex};
use ourvidz_values::timestamp::Civil;

use super::hmac_sha256;

/// Signing times of links for reading are rounded down to a multiple of this, so that the same link is made
/// for half an hour and a browser finds the picture in its cache.
pub const READ_WINDOW_MS: u64 = 30 * 60 * 1000;

/// Links for reading are good for this long from the beginning of their window: for 1 to 1.5 hours from now.
pub const READ_EXPIRES_S: u32 = 90 * 60;

/// The longest validity that the signature scheme allows: seven days.
const MAX_EXPIRES_S: u32 = 7 * 24 * 3600;

/// How the logical buckets lie in the storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layout {
    /// Each is a bucket of its own.
    Buckets,
    /// All are prefixes in this one bucket.
    Prefixes(String),
}

impl Layout {
    /// The bucket of [`Layout::Prefixes`] when the setting names none.
    pub const DEFAULT_BUCKET: &'static str = "ourvidz";

    /// Reads `buckets`, `prefixes` or `prefixes:<name of the bucket>`.
    #[must_use]
    pub fn parse(setting: &str) -> Option<Self> {
        match setting {
            "buckets" => Some(Self::Buckets),
            "prefixes" => Some(Self::Prefixes(Self::DEFAULT_BUCKET.to_string())),
            _ => setting
                .strip_prefix("prefixes:")
                .filter(|bucket| is_bucket_name(bucket))
                .map(|bucket| Self::Prefixes(bucket.to_string())),
        }
    }
}

fn is_bucket_name(text: &str) -> bool {
    (3..=63).contains(&text.len())
        && text.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte)
        })
        && !text.contains("..")
}

/// Where the storage answers, taken apart as signing needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// `https://` or `http://`.
    scheme: &'static str,
    /// What the `Host` header will say: without the scheme's usual port.
    host: String,
    /// What goes before the bucket, with a slash in front and none behind; may be empty.
    path_prefix: String,
}

/// Not `http[s]://host[:port][/path]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAnEndpoint;

impl Endpoint {
    /// An endpoint that reaches nothing, for settings that are being read: `.invalid` never resolves.
    #[must_use]
    pub fn nowhere() -> Self {
        Self {
            scheme: "https://",
            host: "storage.invalid".to_string(),
            path_prefix: String::new(),
        }
    }

    /// Reads `https://host[:port][/path]`, or `http://...` for a storage on the same machine.
    ///
    /// # Errors
    ///
    /// [`NotAnEndpoint`] for anything else, also for a user name, a query or a fragment.
    pub fn parse(url: &str) -> Result<Self, NotAnEndpoint> {
        let (scheme, usual_port, rest) = if let Some(rest) = url.strip_prefix("https://") {
            ("https://", ":443", rest)
        } else if let Some(rest) = url.strip_prefix("http://") {
            ("http://", ":80", rest)
        } else {
            return Err(NotAnEndpoint);
        };
        let (host, path) = match rest.split_once('/') {
            Some((host, path)) => (host, path.trim_end_matches('/')),
            None => (rest, ""),
        };
        let host = host.to_ascii_lowercase();
        let host = host.strip_suffix(usual_port).unwrap_or(&host);
        let host_is_sound = !host.is_empty()
            && host
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-.:[]".contains(&byte));
        let path_is_sound = path.bytes().all(|byte| is_unreserved(byte) || byte == b'/');
        if !host_is_sound || !path_is_sound {
            return Err(NotAnEndpoint);
        }
        Ok(Self {
            scheme,
            host: host.to_string(),
            path_prefix: if path.is_empty() {
                String::new()
            } else {
                format!("/{path}")
            },
        })
    }
}

/// Everything that stays the same from one signature to the next.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    pub endpoint: Endpoint,
    /// The region's name; `auto` for R2.
    pub region: String,
    /// How the logical buckets lie there.
    pub layout: Layout,
    /// The public half of the key.
    pub access_key_id: String,
    pub secret_access_key: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Credentials")
            .field("endpoint", &self.endpoint)
            .field("region", &self.region)
            .field("layout", &self.layout)
            .finish_non_exhaustive()
    }
}

impl Credentials {
    /// Where the objects of a logical bucket lie, and what goes before their keys there.
    fn place(&self, bucket: &str) -> (String, String) {
        match &self.layout {
            Layout::Buckets => (bucket.to_string(), String::new()),
            Layout::Prefixes(container) => (container.clone(), format!("{bucket}/")),
        }
    }

    /// The key by which the storage itself knows an object.
    #[must_use]
    pub fn stored_key(&self, bucket: &str, key: &str) -> String {
        self.place(bucket).1 + key
    }
}

/// What the link may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Head,
    Put,
    Delete,
}

impl Method {
    /// Its name in upper case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub struct Presign<'a> {
    /// The only method that the link is good for.
    pub method: Method,
    /// The logical bucket.
    pub bucket: &'a str,
    pub key: &'a str,
    /// How long the link is good for, at most seven days.
    pub expires_s: u32,
    /// Headers that the client has to send just so; names in any case.
    pub headers: &'a [(&'a str, &'a str)],
}

/// The URL that permits the request from `now_ms` on.
#[must_use]
pub fn presign(credentials: &Credentials, request: &Presign<'_>, now_ms: u64) -> String {
    let (container, prefix) = credentials.place(request.bucket);
    let path = format!("/{container}/{prefix}{}", request.key);
    presign_path(
        credentials,
        request,
        request.method.as_str(),
        &path,
        "",
        now_ms,
    )
}

/// The URL that permits to delete many objects at once by a `POST`; the key of the request is not looked at. The keys
/// are in the body, whose [`content_md5`] has to be among the headers: storages ask for it, and by it the body is signed.
#[must_use]
pub fn presign_delete(credentials: &Credentials, request: &Presign<'_>, now_ms: u64) -> String {
    let (container, _) = credentials.place(request.bucket);
    let path = format!("/{container}");
    presign_path(credentials, request, "POST", &path, "&delete=", now_ms)
}

/// The header `content-md5` of a body.
#[must_use]
pub fn content_md5(body: &[u8]) -> String {
    STANDARD.encode(Md5::digest(body))
}

/// A link for reading that stays the same for half an hour and is good for one hour at least.
#[must_use]
pub fn presign_read(credentials: &Credentials, bucket: &str, key: &str, now_ms: u64) -> String {
    let request = Presign {
        method: Method::Get,
        bucket,
        key,
        expires_s: READ_EXPIRES_S,
        headers: &[],
    };
    presign(credentials, &request, now_ms - now_ms % READ_WINDOW_MS)
}

/// Signs for a path that is complete but for the endpoint's own; the names follow Amazon's documentation. `operation` is
/// what the query says besides, in small letters, which sort behind Amazon's own.
fn presign_path(
    credentials: &Credentials,
    request: &Presign<'_>,
    method: &str,
    path: &str,
    operation: &str,
    now_ms: u64,
) -> String {
    let endpoint = &credentials.endpoint;
    let Civil {
        year,
        month,
        day,
        hour,
        minute,
        second,
        ..
    } = Civil::from_ms(now_ms);
    let date = format!("{year:04}{month:02}{day:02}");
    let date_time = format!("{date}T{hour:02}{minute:02}{second:02}Z");
    let scope = format!("{date}/{}/s3/aws4_request", credentials.region);

    // Sorted, as the canonical form wants them.
    let mut headers: BTreeMap<String, String> = request
        .headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), collapse_spaces(value)))
        .collect();
    headers.insert("host".to_string(), endpoint.host.clone());
    let mut canonical_headers = String::new();
    let mut signed_headers = String::new();
    for (name, value) in &headers {
        canonical_headers.push_str(&format!("{name}:{value}\n"));
        if !signed_headers.is_empty() {
            signed_headers.push(';');
        }
        signed_headers.push_str(name);
    }

    let canonical_uri = format!("{}{}", endpoint.path_prefix, encode(path, Slash::Keep));
    // In the order of their names already.
    let canonical_query = format!(
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={}&X-Amz-Date={date_time}&X-Amz-Expires={}&X-Amz-SignedHeaders={}{operation}",
        encode(
            &format!("{}/{scope}", credentials.access_key_id),
            Slash::Encode
        ),
        request.expires_s.clamp(1, MAX_EXPIRES_S),
        encode(&signed_headers, Slash::Encode),
    );
    let canonical_request = format!(
        "{}\n{canonical_uri}\n{canonical_query}\n{canonical_headers}\n{signed_headers}\nUNSIGNED-PAYLOAD",
        method,
    );
    let string_to_sign = format!(
        "AWS4-HMAC-SHA256\n{date_time}\n{scope}\n{}",
        sha256_hex(canonical_request.as_bytes())
    );
    let key = signing_key(
        &credentials.secret_access_key,
        &date,
        &credentials.region,
        "s3",
    );
    let signature = hex(&hmac_sha256(&key, &[string_to_sign.as_bytes()]));
    format!(
        "{}{}{canonical_uri}?{canonical_query}&X-Amz-Signature={signature}",
        endpoint.scheme, endpoint.host
    )
}

fn signing_key(secret: &str, date: &str, region: &str, service: &str) -> [u8; 32] {
    let key = format!("AWS4{secret}");
    let key = hmac_sha256(key.as_bytes(), &[date.as_bytes()]);
    let key = hmac_sha256(&key, &[region.as_bytes()]);
    let key = hmac_sha256(&key, &[service.as_bytes()]);
    hmac_sha256(&key, &[b"aws4_request"])
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Slash {
    Keep,
    Encode,
}

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Percent-encodes every byte but the unreserved ones of RFC 3986, once, as S3 wants it.
fn encode(text: &str, slash: Slash) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if is_unreserved(byte) || (byte == b'/' && slash == Slash::Keep) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// Without spaces at the ends, and with one where there were several.
fn collapse_spaces(value: &str) -> String {
    let mut collapsed = String::with_capacity(value.len());
    for word in value.split(' ').filter(|word| !word.is_empty()) {
        if !collapsed.is_empty() {
            collapsed.push(' ');
        }
        collapsed.push_str(word);
    }
    collapsed
}

#[cfg(test)]
mod tests;
