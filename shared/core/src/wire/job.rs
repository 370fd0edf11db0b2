//! `GET /api/jobs/{id}` and `GET /api/jobs`: a job as its owner sees it.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::assets::{AssetReply, Sign};
use super::body::{Body, Field};
use super::fields::Fields;
use super::kinds::Flag;
use super::page::{Cursor, Page, Query, page, rows_to_read};
use super::rpc::{Canceled, Credits, MyJobs, Status};
use crate::{ApiError, Format, Id, JobType, Quality, Queue};

/// A job as its owner sees it: read as the database names its columns, written as clients have always read it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct JobView {
    /// Its id.
    pub id: Id,
    /// Its owner.
    pub user_id: Id,
    /// Where it stands.
    pub status: Status,
    /// What was ordered.
    pub job_type: JobType,
    /// 0 to 100.
    pub progress: u8,
    /// Which try it is.
    pub attempt: u32,
    /// Whether its owner canceled it and the worker does not know of it yet.
    #[serde(rename = "cancelRequested", alias = "cancel_requested")]
    pub cancel_requested: bool,
    /// Jobs before it in its queue, plus one: exact below a hundred, then a round number that it is beyond. Null when it is
    /// not queued.
    pub position: Option<u32>,
    /// Seconds until it should be done.
    #[serde(rename = "etaSeconds", alias = "eta_seconds")]
    pub eta_seconds: Option<u32>,
    /// Why it waits, for people.
    #[serde(rename = "waitingFor", alias = "waiting_for")]
    pub waiting_for: Option<String>,
    /// The effective prompt.
    pub prompt: String,
    /// Its metadata, with `primary_asset` and `all_assets` once it is completed.
    pub metadata: Map<String, Value>,
    /// Why it failed, for programs.
    pub error_code: Option<String>,
    /// Why it failed, for people.
    pub error_message: Option<String>,
    /// Ordered assets, whatever became of them.
    #[serde(rename = "numAssets", alias = "num_assets")]
    pub num_assets: u8,
    /// What it cost.
    pub credits: Credits,
    /// What it costs in all if it is called off now, or was; null when it has ended.
    #[serde(rename = "cancelCost", alias = "cancel_cost")]
    pub cancel_cost: Option<u32>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub started_at: Option<String>,
    /// RFC 3339.
    pub completed_at: Option<String>,
    /// Its assets in the order of their index.
    pub assets: Vec<AssetReply>,
}

/// A job with its assets; the fields are on the top level, as clients have always read them.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct JobReply {
    /// Always true.
    pub success: bool,
    /// Picture or video.
    pub format: Format,
    /// Fast or high.
    pub quality: Quality,
    /// The job type again, as older clients expect it.
    pub model_type: JobType,
    /// Where it waits or waited.
    pub queue: Queue,
    /// The job itself.
    #[serde(flatten)]
    pub job: JobView,
}

impl JobReply {
    /// From the row.
    #[must_use]
    pub fn of(mut job: JobView, sign: &Sign<'_>) -> Self {
        job.assets = job
            .assets
            .into_iter()
            .map(|asset| asset.signed(sign))
            .collect();
        let job_type = job.job_type;
        Self {
            success: true,
            format: job_type.format(),
            quality: job_type.quality(),
            model_type: job_type,
            queue: job_type.queue(),
            job,
        }
    }
}

const DRY_RUN: Field<Flag> = Field::optional("dryRun", Flag);

/// The body of a cancel, which may be absent.
pub(crate) const CANCEL_BODY: Body = Body::closed("CancelRequest", &[&DRY_RUN]).optional();

/// Whether a cancel only asks what it would cost.
///
/// # Errors
///
/// 400 names the field that is not what it should be.
pub fn is_dry_run(body: &[u8]) -> Result<bool, ApiError> {
    let mut fields = Fields::of(&CANCEL_BODY, body)?;
    let dry_run = fields.take(&DRY_RUN)?.unwrap_or(false);
    fields.finish()?;
    Ok(dry_run)
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CancelReply {
    /// Always true.
    pub success: bool,
    /// The job.
    pub id: Id,
    /// Whether nothing was done and only the cost is told.
    #[serde(rename = "dryRun")]
    pub dry_run: bool,
    /// What became of it.
    #[serde(flatten)]
    pub canceled: Canceled,
}

/// Which jobs are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobsQuery {
    /// Only of this status.
    pub status: Option<Status>,
    /// Only of this type.
    pub job_type: Option<JobType>,
    /// Behind this one.
    pub cursor: Option<Cursor>,
    /// At most this many.
    pub limit: u32,
}

impl JobsQuery {
    /// Reads the query parameters `status`, `type`, `cursor` and `limit`.
    ///
    /// # Errors
    ///
    /// 400 names the first that is not what it should be.
    pub fn parse(query: Query<'_>) -> Result<Self, ApiError> {
        let job_type = match query.text("type") {
            None => None,
            Some(name) => Some(
                name.parse()
                    .map_err(|_| super::submit::unknown_job_type())?,
            ),
        };
        Ok(Self {
            status: query.one_of(
                "status",
                "queued, processing, completed, failed or canceled",
                Status::from_name,
            )?,
            job_type,
            cursor: query.cursor()?,
            limit: query.limit()?,
        })
    }

    /// The call.
    #[must_use]
    pub fn rpc(&self) -> MyJobs {
        MyJobs {
            p_status: self.status,
            p_job_type: self.job_type,
            p_before: self.cursor.as_ref().map(|cursor| cursor.created_at.clone()),
            p_before_id: self.cursor.as_ref().map(|cursor| cursor.id),
            p_limit: rows_to_read(self.limit),
        }
    }

    /// The answer.
    #[must_use]
    pub fn page(&self, rows: Vec<JobView>, sign: &Sign<'_>) -> Page<JobReply> {
        page(
            rows,
            self.limit,
            |row| Cursor {
                created_at: row.created_at.clone(),
                id: row.id,
            },
            |row| JobReply::of(row, sign),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Code;

    #[test]
    fn queries() {
        let parse = |pairs: &[(&str, &str)]| {
            let pairs: Vec<(String, String)> = pairs
                .iter()
                .map(|(name, value)| ((*name).into(), (*value).into()))
                .collect();
            JobsQuery::parse(Query(&pairs))
        };
        let query = parse(&[("status", "generating"), ("type", "video_fast")]).unwrap();
        assert_eq!(query.rpc().p_status, Some(Status::Processing));
        assert_eq!(query.rpc().p_limit, 21);
        assert_eq!(
            parse(&[("type", "video")]).unwrap_err().code,
            Code::UnknownJobType
        );
        assert_eq!(
            parse(&[("status", "done")]).unwrap_err().code,
            Code::InvalidRequest
        );
        assert!(parse(&[("cursor", "x")]).is_err());
    }
}
