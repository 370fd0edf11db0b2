//! What the worker writes to the edge and what it reads of the answers. Whatever the core describes is the core's
//! own type; these two are the other side of what it only reads or only writes.

use ourvidz_core::Id;
use ourvidz_core::wire::callback::{ReportStatus, StepPreview, Upload, UploadRequest};
use ourvidz_core::wire::vitals::Vitals;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Body of claim-job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClaimBody {
    pub worker_id: String,
    pub queue: String,
    /// The very job, where the queue is shared with workers that never claim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_id: Option<Id>,
    /// Models in memory: jobs for these are preferred.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<&'static str>,
    /// What our machine is doing.
    #[serde(flatten)]
    pub vitals: Vitals,
}

/// Body of job-callback.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JobReport {
    pub job_id: Id,
    pub status: ReportStatus,
    /// The attempt that is reported.
    pub attempt: u32,
    /// Proves that it is ours.
    #[serde(rename = "leaseId")]
    pub lease_id: Id,
    pub worker_id: String,
    /// 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<u8>,
    #[serde(rename = "uploadRequests", skip_serializing_if = "Vec::is_empty")]
    pub upload_requests: Vec<UploadRequest>,
    /// What the pictures look like by now: sent with heartbeats.
    #[serde(rename = "stepPreviews", skip_serializing_if = "Vec::is_empty")]
    pub step_previews: Vec<StepPreview>,
    /// The job as the edge last told it, so that it need not look again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<String>,
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
    /// The prompt that a language model made of the user's.
    #[serde(rename = "enhancedPrompt", skip_serializing_if = "Option::is_none")]
    pub enhanced_prompt: Option<String>,
    /// Whether another attempt could succeed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retryable: Option<bool>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub metadata: Map<String, Value>,
    /// What our machine is doing: sent with heartbeats.
    #[serde(flatten)]
    pub vitals: Vitals,
}

/// Answer of job-callback.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ReportReply {
    /// The report came too late or from the wrong attempt: stop.
    pub ignored: bool,
    pub reason: Option<String>,
    /// The owner canceled the job.
    pub cancel_requested: bool,
    /// Upload addresses that were asked for.
    pub uploads: Vec<Upload>,
    /// The job as it stands now, for the next report.
    pub snapshot: Option<String>,
    /// The same report had been taken before.
    pub replayed: bool,
}

#[cfg(test)]
mod tests {
    use ourvidz_core::wire::callback::CallbackReport;
    use ourvidz_core::wire::rpc::Role;
    use ourvidz_core::wire::vitals::GpuMemory;

    use super::*;

    #[test]
    fn a_report_is_what_the_edge_reads() {
        let report = JobReport {
            job_id: Id::from_bytes([1; 16]),
            status: ReportStatus::Failed,
            attempt: 2,
            lease_id: Id::from_bytes([2; 16]),
            worker_id: "w1".into(),
            progress: Some(40),
            upload_requests: vec![UploadRequest {
                index: 0,
                role: Role::Image,
                content_type: "image/png".into(),
                bytes: 9,
            }],
            step_previews: vec![StepPreview {
                index: 1,
                image: "/9j/2Q==".into(),
            }],
            snapshot: Some("ovs1.e30.tag".into()),
            assets: Some(vec![Some("k0".into()), None]),
            thumbnails: Some(vec![Some("t0".into()), None]),
            poster: Some("p".into()),
            error_message: Some("no memory".into()),
            enhanced_prompt: Some("a red fox, soft light".into()),
            retryable: Some(true),
            metadata: serde_json::from_str(r#"{"seed":0,"generation_time":1.5,"num_images":2,"error_code":"x","engine":"preview"}"#).unwrap(),
            vitals: Vitals {
                uptime_seconds: Some(7),
                gpu: Some(GpuMemory {
                    memory_used_bytes: 1,
                    memory_total_bytes: 2,
                }),
            },
        };
        let read = CallbackReport::parse(&serde_json::to_vec(&report).unwrap()).unwrap();
        assert_eq!(
            (read.job_id, read.status, read.attempt),
            (report.job_id, report.status, Some(2))
        );
        assert_eq!(
            (read.lease_id, read.worker_id.as_deref()),
            (Some(report.lease_id), Some("w1"))
        );
        assert_eq!(
            (read.progress, read.upload_requests),
            (Some(40), report.upload_requests)
        );
        assert_eq!(
            (Some(read.assets), Some(read.thumbnails)),
            (report.assets, report.thumbnails)
        );
        assert_eq!(
            (read.poster, read.error_message),
            (report.poster, report.error_message)
        );
        assert_eq!(read.step_previews, report.step_previews);
        assert_eq!(read.snapshot, report.snapshot);
        assert!(read.retryable);
        assert_eq!(
            (read.metadata.seed, read.metadata.generation_time),
            (Some(0), Some(1.5))
        );
        assert_eq!(
            (
                read.metadata.num_images,
                read.metadata.error_code.as_deref()
            ),
            (Some(2), Some("x"))
        );
        assert_eq!(read.metadata.other["engine"], "preview");
        assert_eq!(read.vitals, report.vitals);
    }

    #[test]
    fn an_answer_is_read_whatever_else_it_says() {
        let text = r#"{"success":true,"message":"ok","cancelRequested":true,"leaseUntil":"x","new":1,"uploads":[
            {"index":1,"role":"poster","key":"k","url":"http://x/?secret","method":"PUT","headers":{"content-type":"b","if-none-match":"*"},"expiresAt":"y"}]}"#;
        let answer: ReportReply = serde_json::from_str(text).unwrap();
        assert!(answer.cancel_requested && !answer.ignored);
        assert_eq!(answer.uploads[0].role, Role::Poster);
        assert!(!format!("{answer:?}").contains("secret"));
    }
}
