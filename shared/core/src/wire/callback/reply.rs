//! The answer to a report.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::wire::rpc::{Role, Status};
use crate::wire::upload_headers::UploadHeaders;
use crate::{Format, Id, JobType, Quality};

/// The answer to a report. It is remembered with the settlement, and given again when the report is repeated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CallbackReply {
    /// Always true.
    pub success: bool,
    /// For people.
    pub message: String,
    /// The lease, for a worker that got it by this report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease_id: Option<Id>,
    /// The attempt that the lease is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// Until when the lease lasts; RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease_until: Option<String>,
    /// Whether the owner called the job off: stop at the next step and report `released`.
    #[serde(default)]
    pub cancel_requested: bool,
    /// The job as it stands now, signed, for the next report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<String>,
    /// Where to upload what was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uploads: Vec<Upload>,
    /// True when the same report was taken before.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub replayed: bool,
    /// True when nothing was changed, because the report came too late.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub ignored: bool,
    /// Why it was ignored: `stale` or `terminal`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What was understood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub debug: Option<CallbackDebug>,
}

/// What was understood of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CallbackDebug {
    /// The job.
    #[serde(rename = "job_id")]
    pub job_id: Id,
    /// Where it stands now.
    pub job_status: Status,
    /// What was ordered.
    pub job_type: JobType,
    /// Picture or video.
    pub format: Format,
    /// Fast or high.
    pub quality: Quality,
    /// Whether it runs on SDXL.
    #[serde(rename = "isSDXL")]
    pub is_sdxl: bool,
    /// Whether the 7B model rewrites its prompt.
    pub is_enhanced: bool,
    /// Assets that this report delivered.
    pub assets_processed: u8,
    /// RFC 3339.
    pub processing_timestamp: String,
}

/// Where to upload one file.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Upload {
    /// Which asset.
    pub index: u8,
    /// What it is of the asset.
    pub role: Role,
    /// The key, which the settlement names.
    pub key: String,
    /// The signed URL.
    pub url: String,
    /// Always `PUT`.
    pub method: String,
    /// Headers that the upload must carry, as they are signed.
    pub headers: UploadHeaders,
    /// Where to read what lies there when the upload is answered with 412: the same file arrived before, or another one
    /// is in its place.
    #[serde(default)]
    pub check_url: String,
    /// RFC 3339.
    pub expires_at: String,
}

impl core::fmt::Debug for Upload {
    /// Without the URLs, whose signatures are secrets for as long as they are valid.
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter
            .debug_struct("Upload")
            .field("index", &self.index)
            .field("role", &self.role)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}
