//! What the worker and the edge tell each other.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Body of claim-job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClaimAsk {
    /// Who asks.
    pub worker_id: String,
    /// For which queue.
    pub queue: String,
    /// The very job, where the queue is shared with workers that never claim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_id: Option<String>,
    /// Models in memory: jobs for these are preferred.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<&'static str>,
}

/// A job that is now ours, for one attempt.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Claim {
    /// The job.
    pub job_id: String,
    /// Which attempt this is.
    pub attempt: u32,
    /// Proves that the attempt is ours.
    #[serde(rename = "leaseId")]
    pub lease_id: String,
    /// What to make: the payload as the submit stored it.
    pub payload: Value,
    /// Where the files go.
    #[serde(default)]
    pub keys: Vec<KeyToFill>,
    /// Reference pictures.
    #[serde(default)]
    pub references: Vec<ReferenceUrl>,
}

/// An object that this attempt is to fill.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct KeyToFill {
    /// Place in the batch.
    pub index: u32,
    /// The object's key.
    pub key: String,
}

/// A reference picture that may be downloaded. Its address carries a signature and is never printed.
#[derive(Clone, PartialEq, Deserialize)]
pub struct ReferenceUrl {
    /// `style`, `composition` or `character`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The presigned address.
    pub url: String,
    /// 0.1 to 1.0.
    #[serde(default = "whole")]
    pub strength: f32,
}

const fn whole() -> f32 {
    1.0
}

impl fmt::Debug for ReferenceUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ReferenceUrl")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// A job's status as a worker may report it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Heartbeat, progress, uploads, pictures of a batch.
    Processing,
    /// All done.
    Completed,
    /// It did not work.
    Failed,
    /// Given back: another worker may have it.
    Released,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A picture at full size.
    Image,
    /// A clip.
    Video,
    /// A picture's small copy.
    Thumbnail,
    /// A clip's still.
    Poster,
}

/// A file for which an upload address is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UploadAsk {
    /// Place in the batch.
    pub index: u32,
    /// What it is.
    pub role: Role,
    /// Its media type, which becomes part of the signature.
    pub content_type: String,
    /// Its length, which becomes part of the signature.
    pub bytes: u64,
}

/// Body of job-callback.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The job.
    pub job_id: String,
    /// How it is going.
    pub status: Status,
    /// The attempt that is reported.
    pub attempt: u32,
    /// Proves that it is ours.
    #[serde(rename = "leaseId")]
    pub lease_id: String,
    /// Who reports.
    pub worker_id: String,
    /// 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<u8>,
    /// Files to be uploaded.
    #[serde(rename = "uploadRequests", skip_serializing_if = "Vec::is_empty")]
    pub upload_requests: Vec<UploadAsk>,
    /// Keys of the uploaded files by index; null for those that are not there (yet).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assets: Option<Vec<Option<String>>>,
    /// Keys of their small copies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumbnails: Option<Vec<Option<String>>>,
    /// Key of the clip's still.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub poster: Option<String>,
    /// What went wrong, for operators: never the prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
    /// Whether another attempt could succeed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retryable: Option<bool>,
    /// Facts about the work.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub metadata: Map<String, Value>,
}

/// An address to upload one file to. It carries a signature and is never printed.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct UploadTarget {
    /// Place in the batch.
    pub index: u32,
    /// What it is.
    pub role: Role,
    /// The object's key.
    pub key: String,
    /// The presigned address.
    pub url: String,
    /// Headers that are part of the signature.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
}

impl fmt::Debug for UploadTarget {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("UploadTarget")
            .field("index", &self.index)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// Answer of job-callback.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Answer {
    /// The report came too late or from the wrong attempt: stop.
    pub ignored: bool,
    /// Why it was ignored.
    pub reason: Option<String>,
    /// The owner called the job off.
    pub cancel_requested: bool,
    /// Upload addresses that were asked for.
    pub uploads: Vec<UploadTarget>,
    /// The same report had been taken before.
    pub replayed: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_has_the_fields_that_the_edge_reads() {
        let report = Report {
            job_id: "j".into(),
            status: Status::Processing,
            attempt: 2,
            lease_id: "l".into(),
            worker_id: "w".into(),
            progress: Some(40),
            upload_requests: vec![UploadAsk {
                index: 0,
                role: Role::Image,
                content_type: "image/png".into(),
                bytes: 9,
            }],
            assets: Some(vec![Some("k".into()), None]),
            thumbnails: None,
            poster: None,
            error_message: None,
            retryable: None,
            metadata: Map::new(),
        };
        assert_eq!(
            serde_json::to_string(&report).unwrap(),
            r#"{"job_id":"j","status":"processing","attempt":2,"leaseId":"l","worker_id":"w","progress":40,"uploadRequests":[{"index":0,"role":"image","contentType":"image/png","bytes":9}],"assets":["k",null]}"#
        );
    }

    #[test]
    fn an_answer_is_read_whatever_else_it_says() {
        let text = r#"{"success":true,"message":"ok","cancelRequested":true,"leaseUntil":"x","uploads":[
            {"index":1,"role":"poster","key":"k","url":"http://x/?secret","method":"PUT","headers":{"a":"b"},"expiresAt":"y"}]}"#;
        let answer: Answer = serde_json::from_str(text).unwrap();
        assert!(answer.cancel_requested && !answer.ignored);
        assert_eq!(answer.uploads[0].role, Role::Poster);
        assert!(!format!("{answer:?}").contains("secret"));
    }
}
