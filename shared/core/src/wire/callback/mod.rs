//! `POST job-callback`: what a worker reports, in either generation of the body, and the answer.

mod reply;
mod step_previews;
pub(crate) mod table;
mod worker_metadata;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use serde_json::json;

pub use reply::{CallbackDebug, CallbackReply, Upload};
pub use step_previews::StepPreview;
use step_previews::take_step_previews;
use table::*;
pub use worker_metadata::WorkerMetadata;
use worker_metadata::take_metadata;

use super::body::Field;
use super::fields::Fields;
use super::kinds::{Kind, Uuid, named};
use super::rpc::Role;
pub use super::upload_headers::UploadHeaders;
use super::vitals::Vitals;
use crate::{ApiError, Code, Id};

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

named!(ReportStatus);

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
    /// What its pictures look like by now; heartbeats alone bring them.
    pub step_previews: Vec<StepPreview>,
    /// The job as it stood when the edge last told the worker, signed.
    pub snapshot: Option<String>,
    /// What the worker says about the generation.
    pub metadata: WorkerMetadata,
    /// What its machine is doing.
    pub vitals: Vitals,
}

/// A file that a worker wants to upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
        let mut fields = Fields::of(&BODY, body)?;
        let job_id = fields.one_of(&JOB_ID, &OLDER_JOB_ID)?;
        let report = Self {
            job_id: job_id.ok_or_else(|| fields.invalid(JOB_ID.name, &Uuid.expected()))?,
            status: fields.need(&STATUS)?,
            attempt: fields.take(&ATTEMPT)?,
            lease_id: fields.one_of(&LEASE_ID, &OLDER_LEASE_ID)?,
            worker_id: fields.take_unless_empty(&WORKER_ID)?,
            assets: take_assets(&mut fields)?,
            thumbnails: fields.take(&THUMBNAILS)?.unwrap_or_default(),
            poster: fields.take(&POSTER)?.flatten(),
            failed_indices: take_indices(&mut fields)?,
            error_message: fields
                .one_of(&ERROR_MESSAGE, &OLDER_ERROR_MESSAGE)?
                .flatten(),
            retryable: fields.take(&RETRYABLE)?.unwrap_or(false),
            enhanced_prompt: fields
                .one_of(&ENHANCED_PROMPT, &OLDER_ENHANCED_PROMPT)?
                .flatten(),
            progress: take_progress(&mut fields)?,
            upload_requests: take_upload_requests(&mut fields)?,
            step_previews: take_step_previews(&mut fields),
            snapshot: fields.take(&SNAPSHOT)?,
            metadata: take_metadata(&mut fields)?,
            vitals: Vitals::take(&mut fields),
        };
        fields.finish()?;
        Ok(report)
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

fn conflict(canonical: &str, alias: &str) -> ApiError {
    ApiError::new(Code::AliasConflict)
        .with_message(format!(
            "{alias} and {canonical} are the same field and disagree."
        ))
        .with_details(json!({ "field": canonical, "alias": alias }))
}

impl Fields {
    /// Takes a field out that has an older name, too. What one of them leaves empty, the other one says.
    fn one_of<K>(
        &mut self,
        field: &Field<K>,
        older: &Field<K>,
    ) -> Result<Option<K::Value>, ApiError>
    where
        K: Kind<Value: PartialEq + MayBeNothing>,
    {
        let said = |value: Option<K::Value>| value.filter(|value| !value.is_nothing());
        agreed(
            (field.name, said(self.take(field)?)),
            (older.name, said(self.take(older)?)),
        )
    }
}

/// Values that older workers send where there is nothing.
trait MayBeNothing {
    fn is_nothing(&self) -> bool;
}

impl MayBeNothing for Id {
    fn is_nothing(&self) -> bool {
        false
    }
}

impl MayBeNothing for Option<String> {
    fn is_nothing(&self) -> bool {
        self.is_none()
    }
}

impl MayBeNothing for Vec<Option<String>> {
    /// An empty list beside a path is how older workers leave the field unused.
    fn is_nothing(&self) -> bool {
        self.is_empty()
    }
}

fn agreed<T: PartialEq>(
    (name, value): (&str, Option<T>),
    (older_name, older): (&str, Option<T>),
) -> Result<Option<T>, ApiError> {
    match (value, older) {
        (Some(value), Some(older)) if value != older => Err(conflict(name, older_name)),
        (value, older) => Ok(value.or(older)),
    }
}

/// Reads the assets: the list, the list of older SDXL workers, or the single path of the oldest, which may
/// come along with either list and then is its first item.
fn take_assets(fields: &mut Fields) -> Result<Vec<Option<String>>, ApiError> {
    let list = fields.one_of(&ASSETS, &IMAGE_URLS)?;
    let single = fields.one_of(&FILE_PATH, &OUTPUT_URL)?.flatten();
    match (list, single) {
        (None, None) => Ok(Vec::new()),
        (None, Some(single)) => Ok(Vec::from([Some(single)])),
        (Some(list), None) => Ok(list),
        (Some(list), Some(single)) => match list.first() {
            Some(Some(first)) if *first == single => Ok(list),
            _ => Err(conflict(ASSETS.name, FILE_PATH.name)),
        },
    }
}

fn take_indices(fields: &mut Fields) -> Result<Vec<u8>, ApiError> {
    let mut indices = fields.take(&FAILED_INDICES)?.unwrap_or_default();
    indices.sort_unstable();
    indices.dedup();
    Ok(indices)
}

fn take_progress(fields: &mut Fields) -> Result<Option<u8>, ApiError> {
    let progress = fields.take(&PROGRESS)?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 to 100"
    )]
    Ok(progress.map(|progress| progress as u8))
}

fn take_upload_requests(fields: &mut Fields) -> Result<Vec<UploadRequest>, ApiError> {
    let items = fields.objects(&UPLOAD_REQUESTS)?.unwrap_or_default();
    let requests = items.into_iter().map(|mut item| {
        let request = UploadRequest {
            index: item.need(&INDEX)?,
            role: item.need(&ROLE)?,
            content_type: item.need(&CONTENT_TYPE)?,
            bytes: item.need(&BYTES)?,
        };
        item.finish()?;
        Ok(request)
    });
    requests.collect()
}

#[cfg(test)]
mod tests;
