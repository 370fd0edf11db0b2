//! `POST /api/admin/{pause,resume,purge,redrive}`, `GET /api/admin/{workers,jobs}`: what operators ask for.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::fields::Fields;
use super::page::{Cursor, Page, Query, page, rows_to_read};
use super::rpc::{AdminJobs, AdminPause, AdminPurge, AdminRedrive, FailedJob, Purged, WorkerView};
use crate::limits::{MAX_PURGED_JOBS, MAX_REASON_CHARS, MAX_REDRIVEN_JOBS, MAX_WORKER_ID_CHARS};
use crate::{ApiError, Code, Id, Queue};

const EXPECTED_QUEUE: &str = "sdxl_queue or wan_queue";

/// Reads the body of `pause` or `resume`: `{queue | worker_id, reason?}`.
///
/// # Errors
///
/// 400 names the first field that is not what it should be.
pub fn pause(body: &[u8], paused: bool, actor: String) -> Result<AdminPause, ApiError> {
    let mut fields = Fields::of_body(body)?;
    let queue = take_queue(&mut fields)?;
    let worker_id = fields.text("worker_id", MAX_WORKER_ID_CHARS)?;
    let reason = take_reason(&mut fields)?;
    fields.refuse_rest(&["queue", "worker_id", "reason"])?;
    if queue.is_some() == worker_id.is_some() {
        return Err(fields.missing("queue", "either queue or worker_id"));
    }
    Ok(AdminPause {
        p_actor: actor,
        p_paused: paused,
        p_queue: queue,
        p_worker_id: worker_id,
        p_reason: reason,
    })
}

/// Reads the body of `purge`: `{queue, reason?}`.
///
/// # Errors
///
/// 400 names the first field that is not what it should be.
pub fn purge(body: &[u8], actor: String) -> Result<AdminPurge, ApiError> {
    let mut fields = Fields::of_body(body)?;
    let queue = take_queue(&mut fields)?.ok_or_else(|| fields.missing("queue", EXPECTED_QUEUE))?;
    let reason = take_reason(&mut fields)?;
    fields.refuse_rest(&["queue", "reason"])?;
    Ok(AdminPurge {
        p_actor: actor,
        p_queue: queue,
        p_limit: MAX_PURGED_JOBS,
        p_reason: reason,
    })
}

/// Reads the body of `redrive`: `{queue | job_id, cursor?, reason?}`.
///
/// # Errors
///
/// 400 names the first field that is not what it should be.
pub fn redrive(body: &[u8], actor: String) -> Result<AdminRedrive, ApiError> {
    let mut fields = Fields::of_body(body)?;
    let queue = take_queue(&mut fields)?;
    let job_id = fields.id("job_id")?;
    let cursor = match fields.take("cursor") {
        None => None,
        Some(value) => match value.as_str().and_then(Cursor::decode) {
            Some(cursor) => Some(cursor),
            None => return Err(fields.invalid("cursor", "the nextCursor of the answer before")),
        },
    };
    let reason = take_reason(&mut fields)?;
    fields.refuse_rest(&["queue", "job_id", "cursor", "reason"])?;
    if queue.is_some() == job_id.is_some() {
        return Err(fields.missing("queue", "either queue or job_id"));
    }
    Ok(AdminRedrive {
        p_actor: actor,
        p_queue: queue,
        p_job_id: job_id,
        p_reason: reason,
        p_before: cursor.as_ref().map(|cursor| cursor.created_at.clone()),
        p_before_id: cursor.map(|cursor| cursor.id),
        p_limit: rows_to_read(MAX_REDRIVEN_JOBS),
    })
}

fn take_queue(fields: &mut Fields) -> Result<Option<Queue>, ApiError> {
    match fields.take("queue") {
        None => Ok(None),
        Some(value) => match value.as_str().and_then(Queue::from_name) {
            Some(queue) => Ok(Some(queue)),
            None => Err(fields.invalid("queue", EXPECTED_QUEUE)),
        },
    }
}

fn take_reason(fields: &mut Fields) -> Result<Option<String>, ApiError> {
    let reason = fields.text("reason", MAX_REASON_CHARS)?;
    Ok(reason
        .map(|reason| reason.trim().to_string())
        .filter(|reason| !reason.is_empty()))
}

/// What became of a pause or a resume.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PauseReply {
    /// Always true.
    pub success: bool,
    /// The queue, if it is about one.
    pub queue: Option<Queue>,
    /// The worker, if it is about one.
    pub worker_id: Option<String>,
    /// Whether it gets no jobs from now on.
    pub paused: bool,
}

/// What became of a purge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PurgeReply {
    /// Always true.
    pub success: bool,
    /// The queue.
    pub queue: Queue,
    /// How far it went.
    #[serde(flatten)]
    pub purged: Purged,
}

/// What became of a redrive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RedriveReply {
    /// Always true; the lists say what became of each job.
    pub success: bool,
    /// New orders.
    pub redriven: Vec<Redriven>,
    /// What was not ordered again.
    pub skipped: Vec<Skipped>,
    /// What `cursor` takes to go on with older failures; null when there are none.
    pub next_cursor: Option<String>,
}

/// A failed job and the order that repeats it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Redriven {
    /// The failed one.
    pub job_id: Id,
    /// The new one.
    pub new_job_id: Id,
}

/// A failed job that was not ordered again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Skipped {
    /// The failed one.
    pub job_id: Id,
    /// Why.
    pub code: Code,
}

/// The answer of `GET /api/admin/workers`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WorkersReply {
    /// Always true.
    pub success: bool,
    /// All workers, the last seen first.
    pub workers: Vec<WorkerView>,
}

/// Which failed jobs an operator asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedJobsQuery {
    /// Only of this queue.
    pub queue: Option<Queue>,
    /// Behind this one.
    pub cursor: Option<Cursor>,
    /// At most this many.
    pub limit: u32,
}

impl FailedJobsQuery {
    /// Reads the query parameters `queue`, `cursor` and `limit`.
    ///
    /// # Errors
    ///
    /// 400 names the first that is not what it should be.
    pub fn parse(query: Query<'_>) -> Result<Self, ApiError> {
        Ok(Self {
            queue: query.one_of("queue", EXPECTED_QUEUE, Queue::from_name)?,
            cursor: query.cursor()?,
            limit: query.limit()?,
        })
    }

    /// The call.
    #[must_use]
    pub fn rpc(&self) -> AdminJobs {
        AdminJobs {
            p_queue: self.queue,
            p_before: self.cursor.as_ref().map(|cursor| cursor.created_at.clone()),
            p_before_id: self.cursor.as_ref().map(|cursor| cursor.id),
            p_limit: rows_to_read(self.limit),
        }
    }

    /// The answer.
    #[must_use]
    pub fn page(&self, rows: Vec<FailedJob>) -> Page<FailedJob> {
        page(
            rows,
            self.limit,
            |row| Cursor {
                created_at: row.completed_at.clone(),
                id: row.id,
            },
            |row| row,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_names_a_queue_or_a_worker() {
        let read = |body: &str| pause(body.as_bytes(), true, "ops".into());
        let queue = read(r#"{"queue":"wan_queue","reason":" disk full "}"#).unwrap();
        assert_eq!(queue.p_queue, Some(Queue::WanQueue));
        assert_eq!(queue.p_reason.as_deref(), Some("disk full"));
        let worker = read(r#"{"worker_id":"gpu-7"}"#).unwrap();
        assert_eq!(worker.p_worker_id.as_deref(), Some("gpu-7"));
        for body in [
            "{}",
            r#"{"queue":"cpu_queue"}"#,
            r#"{"queue":"wan_queue","worker_id":"gpu-7"}"#,
            r#"{"queue":"wan_queue","force":true}"#,
            r#"{"queue":"wan_queue","reason":7}"#,
        ] {
            assert_eq!(read(body).unwrap_err().code, Code::InvalidRequest, "{body}");
        }
    }

    #[test]
    fn a_purge_names_its_queue() {
        assert!(purge(b"{}", String::new()).is_err());
        let read = purge(br#"{"queue":"sdxl_queue"}"#, "ops".into()).unwrap();
        assert_eq!(
            (read.p_queue, read.p_limit),
            (Queue::SdxlQueue, MAX_PURGED_JOBS)
        );
    }

    #[test]
    fn a_redrive_goes_on_where_the_one_before_ended() {
        let cursor = Cursor {
            created_at: "2026-11-21T10:00:00.000000Z".into(),
            id: Id::from_bytes([7; 16]),
        };
        let body = alloc::format!(r#"{{"queue":"sdxl_queue","cursor":"{}"}}"#, cursor.encode());
        let read = redrive(body.as_bytes(), "ops".into()).unwrap();
        assert_eq!(read.p_before, Some(cursor.created_at));
        assert_eq!(read.p_before_id, Some(cursor.id));
        for body in [
            "{}",
            r#"{"queue":"sdxl_queue","cursor":"x"}"#,
            r#"{"job_id":"x"}"#,
        ] {
            assert!(redrive(body.as_bytes(), String::new()).is_err(), "{body}");
        }
    }
}
