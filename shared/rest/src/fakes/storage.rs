//! An S3 storage that takes presigned requests and checks what they are signed for.

use std::collections::BTreeMap;

use ourvidz_sign::sigv4::{Credentials, Method, Presign, presign};

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
        let Some(name) = self.permitted(request) else {
            return empty(403);
        };
        match request.method {
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

    /// The bucket and key that the request's signature permits to use in this way, now.
    fn permitted(&self, request: &Request) -> Option<(String, String)> {
        let (credentials, now_ms) = self.open.as_ref()?;
        let (address, query) = request.url.split_once('?')?;
        let query: BTreeMap<&str, &str> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .collect();
        let signed_ms = date_ms(query.get("X-Amz-Date")?)?;
        let expires_s: u32 = query.get("X-Amz-Expires")?.parse().ok()?;
        if *now_ms < signed_ms || *now_ms >= signed_ms + u64::from(expires_s) * 1000 {
            return None;
        }
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
    ];
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
