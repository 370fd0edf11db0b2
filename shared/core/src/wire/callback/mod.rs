//! `POST job-callback`: what a worker reports, in either generation of the body, and the answer.

mod reply;
mod worker_metadata;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub use reply::{CallbackDebug, CallbackReply, Upload};
pub use worker_metadata::WorkerMetadata;
use worker_metadata::take_metadata;

use super::fields::{Fields, whole_number};
use super::prompt::trimmed_prompt;
use super::rpc::Role;
pub use super::upload_headers::UploadHeaders;
use super::vitals::Vitals;
use crate::job_type::MAX_ASSETS;
use crate::limits::{MAX_KEY_BYTES, MAX_WORKER_ERROR_CHARS, MAX_WORKER_ID_CHARS};
use crate::{ApiError, Code, Id};

/// Items of a list that are read at all: one more than a job can have, so that "too many" is answered as such
/// by whoever knows the job, and far more is refused here.
const MAX_LISTED: usize = 4 * MAX_ASSETS;

/// Files that one report can ask upload URLs for: a picture and a thumbnail for each asset.
const MAX_UPLOAD_REQUESTS: usize = 2 * MAX_ASSETS;

/// The largest upload that can be asked for; buckets have lower limits of their own.
const MAX_UPLOAD_BYTES: i64 = 1 << 40;

/// What a worker says of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ReportStatus {
    /// It is being worked on: a heartbeat, progress, finished pictures of a batch.
    Processing,
    /// Done.
    Completed,
    /// Given up by this worker.
    Failed,
    /// Given back untouched, because the worker stops.
    Released,
}

impl ReportStatus {
    /// Every status.
    pub const ALL: [Self; 4] = [
        Self::Processing,
        Self::Completed,
        Self::Failed,
        Self::Released,
    ];

    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Released => "released",
        }
    }
}

/// A worker's report.
#[derive(Debug, Clone, PartialEq)]
pub struct CallbackReport {
    /// The job.
    pub job_id: Id,
    /// What is said of it.
    pub status: ReportStatus,
    /// The attempt; older workers know none.
    pub attempt: Option<u32>,
    /// The lease; workers that never claimed have none.
    pub lease_id: Option<Id>,
    /// The worker.
    pub worker_id: Option<String>,
    /// Keys by index; `None` where there is no such asset.
    pub assets: Vec<Option<String>>,
    /// Keys of thumbnails by index.
    pub thumbnails: Vec<Option<String>>,
    /// Key of a video's poster.
    pub poster: Option<String>,
    /// Assets that could not be made.
    pub failed_indices: Vec<u8>,
    /// What went wrong, for operators.
    pub error_message: Option<String>,
    /// Whether another attempt may succeed.
    pub retryable: bool,
    /// The prompt that the worker's model made of ours.
    pub enhanced_prompt: Option<String>,
    /// 0 to 100.
    pub progress: Option<u8>,
    /// Files that the worker wants to upload.
    pub upload_requests: Vec<UploadRequest>,
    /// What the worker says about the generation.
    pub metadata: WorkerMetadata,
    /// What its machine is doing.
    pub vitals: Vitals,
}

/// A file that a worker wants to upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UploadRequest {
    /// Which asset.
    pub index: u8,
    /// What it is of the asset.
    pub role: Role,
    /// Its media type.
    pub content_type: String,
    /// Its size.
    pub bytes: u64,
}

impl CallbackReport {
    /// Reads a body of either generation. Fields that nobody knows are ignored, because a worker's report is
    /// too dear to be lost over a typing error.
    ///
    /// # Errors
    ///
    /// 400 names the first field that is not what it should be; 422 `alias_conflict` where an old and a new
    /// name of the same thing disagree.
    pub fn parse(body: &[u8]) -> Result<Self, ApiError> {
        let mut fields = Fields::of_body(body)?;
        let job_id = one_of(fields.id("job_id")?, fields.id("jobId")?, "job_id", "jobId")?
            .ok_or_else(|| fields.missing("job_id", "a UUID"))?;
        Ok(Self {
            job_id,
            status: take_status(&mut fields)?,
            attempt: fields
                .integer("attempt", 1..=i64::from(u32::MAX))?
                .and_then(|attempt| u32::try_from(attempt).ok()),
            lease_id: one_of(
                fields.id("leaseId")?,
                fields.id("lease_id")?,
                "leaseId",
                "lease_id",
            )?,
            worker_id: fields
                .text("worker_id", MAX_WORKER_ID_CHARS)?
                .filter(|id| !id.is_empty()),
            assets: take_assets(&mut fields)?,
            thumbnails: take_keys(&mut fields, "thumbnails")?.unwrap_or_default(),
            poster: take_key(&mut fields, "poster")?,
            failed_indices: take_indices(&mut fields)?,
            error_message: one_of(
                take_error(&mut fields, "error_message")?,
                take_error(&mut fields, "errorMessage")?,
                "error_message",
                "errorMessage",
            )?,
            retryable: fields.boolean("retryable")?.unwrap_or(false),
            enhanced_prompt: one_of(
                take_enhanced(&mut fields, "enhancedPrompt")?,
                take_enhanced(&mut fields, "enhanced_prompt")?,
                "enhancedPrompt",
                "enhanced_prompt",
            )?,
            progress: take_progress(&mut fields)?,
            upload_requests: take_upload_requests(&mut fields)?,
            metadata: take_metadata(&mut fields)?,
            vitals: Vitals::take(&mut fields),
        })
    }

    /// The report of an attempt that the credentials name, when the body names none.
    ///
    /// # Errors
    ///
    /// 403 when body and credentials name different attempts.
    pub fn of_attempt(mut self, attempt: u32) -> Result<Self, ApiError> {
        match self.attempt {
            Some(named) if named != attempt => Err(ApiError::new(Code::Forbidden)
                .with_details(json!({ "field": "attempt", "expected": "the token's attempt" }))),
            _ => {
                self.attempt = Some(attempt);
                Ok(self)
            }
        }
    }

    /// Whether it is a heartbeat only: one call to the database, nothing to settle.
    #[must_use]
    pub fn is_heartbeat(&self) -> bool {
        self.status == ReportStatus::Processing && self.assets.iter().all(Option::is_none)
    }
}

fn one_of<T: PartialEq>(
    canonical: Option<T>,
    alias: Option<T>,
    canonical_name: &str,
    alias_name: &str,
) -> Result<Option<T>, ApiError> {
    match (canonical, alias) {
        (Some(canonical), Some(alias)) if canonical != alias => {
            Err(conflict(canonical_name, alias_name))
        }
        (canonical, alias) => Ok(canonical.or(alias)),
    }
}

fn conflict(canonical: &str, alias: &str) -> ApiError {
    ApiError::new(Code::AliasConflict)
        .with_message(format!(
            "{alias} and {canonical} are the same field and disagree."
        ))
        .with_details(json!({ "field": canonical, "alias": alias }))
}

fn take_status(fields: &mut Fields) -> Result<ReportStatus, ApiError> {
    const EXPECTED: &str = "processing, completed, failed or released";
    let status = fields.take("status");
    let name = status.as_ref().and_then(Value::as_str);
    ReportStatus::ALL
        .into_iter()
        .find(|status| Some(status.as_str()) == name)
        .ok_or_else(|| fields.missing("status", EXPECTED))
}

/// Reads the assets: the list, the list of older SDXL workers, or the single path of the oldest, which may
/// come along with either list and then is its first item.
fn take_assets(fields: &mut Fields) -> Result<Vec<Option<String>>, ApiError> {
    let assets = take_keys(fields, "assets")?;
    let image_urls = take_keys(fields, "imageUrls")?;
    let file_path = take_key(fields, "filePath")?;
    let output_url = take_key(fields, "outputUrl")?;
    // An empty list beside a path is how older workers leave the field unused.
    let list = one_of(
        assets.filter(|list| !list.is_empty()),
        image_urls.filter(|list| !list.is_empty()),
        "assets",
        "imageUrls",
    )?;
    let single = one_of(file_path, output_url, "filePath", "outputUrl")?;
    match (list, single) {
        (None, None) => Ok(Vec::new()),
        (None, Some(single)) => Ok(Vec::from([Some(single)])),
        (Some(list), None) => Ok(list),
        (Some(list), Some(single)) => match list.first() {
            Some(Some(first)) if *first == single => Ok(list),
            _ => Err(conflict("assets", "filePath")),
        },
    }
}

const EXPECTED_KEY: &str = "an object key of at most 255 bytes";

/// One key; an empty text counts as absent, as older workers send it.
fn take_key(fields: &mut Fields, field: &str) -> Result<Option<String>, ApiError> {
    match fields.take(field) {
        None => Ok(None),
        Some(value) => key_of(value).ok_or_else(|| fields.invalid(field, EXPECTED_KEY)),
    }
}

fn take_keys(fields: &mut Fields, field: &str) -> Result<Option<Vec<Option<String>>>, ApiError> {
    let Some(items) = fields.list(field, MAX_LISTED)? else {
        return Ok(None);
    };
    let keys: Option<Vec<_>> = items.into_iter().map(key_of).collect();
    match keys {
        Some(keys) => Ok(Some(keys)),
        None => Err(fields.invalid(field, "a list of object keys, null where there is none")),
    }
}

fn key_of(value: Value) -> Option<Option<String>> {
    match value {
        Value::Null => Some(None),
        Value::String(key) if key.is_empty() => Some(None),
        Value::String(key) if key.len() <= MAX_KEY_BYTES => Some(Some(key)),
        _ => None,
    }
}

fn take_indices(fields: &mut Fields) -> Result<Vec<u8>, ApiError> {
    const EXPECTED: &str = "a list of indices from 0 to 5";
    let items = fields
        .list("failed_indices", MAX_LISTED)?
        .unwrap_or_default();
    let mut indices: Vec<u8> = Vec::with_capacity(items.len());
    for item in &items {
        let index = whole_number(item).and_then(|index| u8::try_from(index).ok());
        match index.filter(|index| usize::from(*index) < MAX_ASSETS) {
            Some(index) if !indices.contains(&index) => indices.push(index),
            Some(_) => {}
            None => return Err(fields.invalid("failed_indices", EXPECTED)),
        }
    }
    indices.sort_unstable();
    Ok(indices)
}

/// An error text, cut instead of refused, and without characters that neither a log nor a table takes.
fn take_error(fields: &mut Fields, field: &str) -> Result<Option<String>, ApiError> {
    match fields.take(field) {
        None => Ok(None),
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        Some(Value::String(text)) => Ok(Some(
            text.chars()
                .map(|character| {
                    if character.is_control() {
                        ' '
                    } else {
                        character
                    }
                })
                .take(MAX_WORKER_ERROR_CHARS)
                .collect(),
        )),
        Some(_) => Err(fields.invalid(field, "a text")),
    }
}

fn take_enhanced(fields: &mut Fields, field: &str) -> Result<Option<String>, ApiError> {
    match fields.take(field) {
        None => Ok(None),
        Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
        Some(value) => match value.as_str().and_then(trimmed_enhanced) {
            Some(prompt) => Ok(Some(prompt)),
            None => Err(fields.invalid(field, "a text without NUL characters")),
        },
    }
}

/// A model's rewriting, cut on a character boundary instead of refused: the picture made from it exists.
fn trimmed_enhanced(text: &str) -> Option<String> {
    let cut: String = text
        .trim()
        .chars()
        .take(crate::limits::MAX_PROMPT_CHARS)
        .collect();
    trimmed_prompt(&cut)
}

fn take_progress(fields: &mut Fields) -> Result<Option<u8>, ApiError> {
    let progress = fields.number("progress", 0.0..=100.0)?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 to 100"
    )]
    Ok(progress.map(|progress| progress as u8))
}

fn take_upload_requests(fields: &mut Fields) -> Result<Vec<UploadRequest>, ApiError> {
    let items = fields
        .list("uploadRequests", MAX_UPLOAD_REQUESTS)?
        .unwrap_or_default();
    let mut requests = Vec::with_capacity(items.len());
    for (position, item) in items.into_iter().enumerate() {
        let path = format!("uploadRequests[{position}]");
        let mut item = Fields::of_value(&path, item)?;
        let last = i64::try_from(MAX_ASSETS).unwrap_or(i64::MAX) - 1;
        let index = item
            .integer("index", 0..=last)?
            .and_then(|index| u8::try_from(index).ok())
            .ok_or_else(|| item.missing("index", "the asset's index"))?;
        let role = item
            .take("role")
            .and_then(|role| serde_json::from_value(role).ok())
            .ok_or_else(|| item.missing("role", "image, video, thumbnail or poster"))?;
        let content_type = item
            .text("contentType", MAX_KEY_BYTES)?
            .ok_or_else(|| item.missing("contentType", "a media type"))?;
        let bytes = item
            .integer("bytes", 1..=MAX_UPLOAD_BYTES)?
            .and_then(|bytes| u64::try_from(bytes).ok())
            .ok_or_else(|| item.missing("bytes", "the file's size in bytes"))?;
        requests.push(UploadRequest {
            index,
            role,
            content_type,
            bytes,
        });
    }
    Ok(requests)
}

#[cfg(test)]
mod tests;
