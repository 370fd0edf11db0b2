//! An S3 storage that takes presigned requests and checks what they are signed for.

use std::collections::BTreeMap;

use ourvidz_core::fingerprint::sha256_hex;
use ourvidz_sign::sigv4::{
    Credentials, Layout, Method, Presign, content_md5, presign, presign_delete,
};

use super::{empty, request_header};
use crate::http::{Request, Response};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredObject {
    /// Its `content-type`.
    pub content_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

#[derive(Default)]
pub(super) struct ObjectStore {
    open: Option<(Credentials, u64)>,
    objects: BTreeMap<(String, String), StoredObject>,
}

impl ObjectStore {
    pub(super) fn open(&mut self, credentials: Credentials, now_ms: u64) {
        self.open = Some((credentials, now_ms));
    }

    pub(super) fn get(&self, bucket: &str, key: &str) -> Option<StoredObject> {
        self.objects
            .get(&(bucket.to_owned(), key.to_owned()))
            .cloned()
    }

    pub(super) fn put(&mut self, bucket: &str, key: &str, content_type: &str, bytes: &[u8]) {
        let object = StoredObject {
            content_type: content_type.to_owned(),
            bytes: bytes.to_vec(),
        };
        self.objects
            .insert((bucket.to_owned(), key.to_owned()), object);
    }

    pub(super) fn answer(&mut self, request: &Request) -> Response {
        if request.method == "POST" {
            return self.delete_many(request).unwrap_or_else(|| empty(403));
        }
        let Some(name) = self.permitted(request) else {
            return empty(403);
        };
        match request.method {
            "PUT" if self.objects.contains_key(&name) && is_create_only(request) => empty(412),
            "PUT" => {
                let bytes = request.body.clone().unwrap_or_default();
                let content_type = request_header(request, "content-type")
                    .unwrap_or_default()
                    .to_owned();
                self.objects.insert(
                    name,
                    StoredObject {
                        content_type,
                        bytes,
                    },
                );
                empty(200)
            }
            "DELETE" => {
                self.objects.remove(&name);
                empty(204)
            }
            _ => match self.objects.get(&name) {
                Some(object) => read(request, object),
                None => empty(404),
            },
        }
    }

    /// Deletes what the body names, if the signature is for it.
    fn delete_many(&mut self, request: &Request) -> Option<Response> {
        let (credentials, _) = self.open.as_ref()?;
        let (signed_ms, expires_s) = self.validity(request)?;
        let body = request.body.as_deref()?;
        let presigned = Presign {
            method: Method::Delete,
            bucket: request.url.split_once('?')?.0.rsplit('/').next()?,
            key: "",
            expires_s,
            headers: &[("content-md5", request_header(request, "content-md5")?)],
        };
        let is_signed = presign_delete(credentials, &presigned, signed_ms) == request.url
            && request_header(request, "content-md5")? == content_md5(body);
        let text = core::str::from_utf8(body).ok()?;
        let keys = text.split("<Key>").skip(1);
        let names: Vec<(String, String)> = keys
            .filter_map(|key| {
                let key = unescaped(key.split_once("</Key>")?.0);
                let (bucket, key) = match credentials.layout {
                    Layout::Buckets => (presigned.bucket, key.as_str()),
                    Layout::Prefixes(_) => key.split_once('/')?,
                };
                Some((bucket.to_owned(), key.to_owned()))
            })
            .collect();
        if !is_signed || names.is_empty() || names.len() > 1_000 {
            return None;
        }
        for name in names {
            self.objects.remove(&name);
        }
        Some(empty(200))
    }

    /// When the request was signed and for how long, if it is still good.
    fn validity(&self, request: &Request) -> Option<(u64, u32)> {
        let (_, now_ms) = self.open.as_ref()?;
        let (_, query) = request.url.split_once('?')?;
        let parameter = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(known, _)| *known == name)
        };
        let signed_ms = date_ms(parameter("X-Amz-Date")?.1)?;
        let expires_s: u32 = parameter("X-Amz-Expires")?.1.parse().ok()?;
        let is_good = *now_ms >= signed_ms && *now_ms < signed_ms + u64::from(expires_s) * 1000;
        is_good.then_some((signed_ms, expires_s))
    }

    /// The bucket and key that the request's signature permits to use in this way, now.
    fn permitted(&self, request: &Request) -> Option<(String, String)> {
        let (credentials, _) = self.open.as_ref()?;
        let (signed_ms, expires_s) = self.validity(request)?;
        let (address, query) = request.url.split_once('?')?;
        let query: BTreeMap<&str, &str> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .collect();
        let bytes = request
            .body
            .as_ref()
            .map(Vec::len)
            .unwrap_or_default()
            .to_string();
        let signed_headers = query
            .get("X-Amz-SignedHeaders")?
            .split("%3B")
            .filter(|name| *name != "host");
        let headers = signed_headers
            .map(|name| match name {
                "content-length" => Some((name, bytes.as_str())), // HTTP itself sends it
                _ => Some((name, request_header(request, name)?)),
            })
            .collect::<Option<Vec<_>>>()?;
        let method = [Method::Get, Method::Head, Method::Put, Method::Delete]
            .into_iter()
            .find(|method| method.as_str() == request.method)?;
        // The last part of the path that fits is it: sign the same once more and compare.
        let path = decode(address)?;
        let borders: Vec<usize> = path
            .match_indices('/')
            .map(|(index, _)| index + 1)
            .collect();
        borders.iter().find_map(|start| {
            let (bucket, key) = path.get(*start..)?.split_once('/')?;
            let presigned = Presign {
                method,
                bucket,
                key,
                expires_s,
                headers: &headers,
            };
            (presign(credentials, &presigned, signed_ms) == request.url)
                .then(|| (bucket.to_owned(), key.to_owned()))
        })
    }
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

fn is_create_only(request: &Request) -> bool {
    request_header(request, "if-none-match") == Some("*")
}

fn read(request: &Request, object: &StoredObject) -> Response {
    let mut response = empty(200);
    let total = object.bytes.len();
    let mut length = total;
    if let Some(last) = request_header(request, "range")
        .and_then(|range| range.strip_prefix("bytes=0-"))
        .and_then(|last| last.parse::<usize>().ok())
    {
        if total == 0 {
            return empty(416);
        }
        length = total.min(last + 1);
        response.status = 206;
    }
    response.headers = vec![
        ("content-type".to_owned(), object.content_type.clone()),
        ("content-length".to_owned(), length.to_string()),
        (
            "etag".to_owned(),
            format!("\"{}\"", sha256_hex(&object.bytes)),
        ),
    ];
    if response.status == 206 {
        let range = format!("bytes 0-{}/{total}", length - 1);
        response.headers.push(("content-range".to_owned(), range));
    }
    if request.method == "GET" {
        response.body = object.bytes.iter().take(length).copied().collect();
    }
    response
}

/// `20261121T100000Z` in milliseconds.
fn date_ms(text: &str) -> Option<u64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let part = |of: &'_ str, range| of.get(range).map(str::to_owned);
    let (year, month, day) = (part(date, 0..4)?, part(date, 4..6)?, part(date, 6..8)?);
    let (hour, minute, second) = (part(time, 0..2)?, part(time, 2..4)?, part(time, 4..6)?);
    ourvidz_core::timestamp::parse_rfc3339(&format!(
        "{year}-{month}-{day}T{hour}:{minute}:{second}Z"
    ))
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        if *first == b'%' {
            let digits = core::str::from_utf8(behind.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = behind.get(2..)?;
        } else {
            bytes.push(*first);
            rest = behind;
        }
    }
    String::from_utf8(bytes).ok()
}
