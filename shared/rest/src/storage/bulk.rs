//! Deleting many objects by one request.

use ourvidz_core::ApiError;
use ourvidz_sign::sigv4::{self, Method, Presign};

use super::{OWN_EXPIRES_S, Storage, WRITE, refused};
use crate::budget::Budget;
use crate::http::{Backend, Http, Request};

/// Objects that the protocol deletes by one request.
pub const MOST_KEYS: usize = 1_000;

/// What is left over is asked for again by another pass, so a second try here would only cost a request.
const BUDGET: Budget = Budget { tries: 1, ..WRITE };

/// Some storages tell of each object that it is gone, though they are asked to be quiet: of a thousand with the longest
/// keys.
const MAX_ANSWER_BYTES: usize = 512 * 1024;

impl<H: Http> Storage<'_, H> {
    /// Deletes objects of a bucket; that there is none is as good. Tells which keys are gone; of more than
    /// [`MOST_KEYS`] the rest is left.
    ///
    /// # Errors
    ///
    /// As [`Self::look`].
    pub async fn delete_many<'k>(
        &self,
        bucket: &str,
        keys: &[&'k str],
    ) -> Result<Vec<&'k str>, ApiError> {
        let asked: Vec<(&'k str, String)> = keys
            .iter()
            .take(MOST_KEYS)
            .map(|key| (*key, escaped(&self.credentials.stored_key(bucket, key))))
            .collect();
        let body = body(&asked);
        let md5 = sigv4::content_md5(body.as_bytes());
        let presign = Presign {
            method: Method::Delete,
            bucket,
            key: "",
            expires_s: OWN_EXPIRES_S,
            headers: &[("content-md5", &md5)],
        };
        let request = Request {
            backend: Backend::Storage,
            method: "POST",
            url: sigv4::presign_delete(self.credentials, &presign, self.now_ms),
            headers: vec![("content-md5".to_owned(), md5.clone())],
            body: Some(body.into_bytes()),
            timeout_ms: BUDGET.timeout_ms,
            max_answer_bytes: MAX_ANSWER_BYTES,
        };
        let answer = self.send(request, BUDGET).await?;
        if answer.status != 200 {
            return Err(refused("POST", answer.status));
        }
        let told = String::from_utf8_lossy(&answer.body);
        let kept: Vec<&str> = kept_keys(&told).collect();
        let is_gone = |(_, escaped): &&(&str, String)| !kept.contains(&escaped.as_str());
        Ok(asked.iter().filter(is_gone).map(|(key, _)| *key).collect())
    }
}

fn body(asked: &[(&str, String)]) -> String {
    let mut body =
        "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Quiet>true</Quiet>".to_owned();
    for (_, key) in asked {
        body.push_str("<Object><Key>");
        body.push_str(key);
        body.push_str("</Key></Object>");
    }
    body.push_str("</Delete>");
    body
}

/// The keys that the storage could not delete, as it writes them.
fn kept_keys(answer: &str) -> impl Iterator<Item = &str> {
    answer.split("<Error>").skip(1).filter_map(|error| {
        let (_, key) = error.split_once("<Key>")?;
        Some(key.split_once("</Key>")?.0)
    })
}

fn escaped(key: &str) -> String {
    key.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_storage_kept_is_told_from_what_is_gone() {
        let answer = "<DeleteResult><Deleted><Key>a</Key></Deleted><Error><Key>u/b&amp;c</Key>\
                      <Code>AccessDenied</Code></Error></DeleteResult>";
        let kept: Vec<&str> = kept_keys(answer).collect();
        assert_eq!(kept, [escaped("u/b&c")]);
        assert_eq!(kept_keys("<DeleteResult/>").count(), 0);
    }
}
