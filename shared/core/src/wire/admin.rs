//! `POST /api/admin/{pause,resume,revoke,purge,redrive,expedite}`, `GET /api/admin/{workers,jobs}`: what operators
//! ask for.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::body::{Body, Field, Rule};
use super::fields::Fields;
use super::kinds::{Choice, Flag, Kind, Text, Uuid, Whole, Words};
use super::page::{Cursor, Page, Query, page, rows_to_read};
use super::rpc::{
    AdminExpedite, AdminGrantCredits, AdminJobs, AdminPause, AdminPurge, AdminRedrive,
    AdminRevokeWorker, FailedJob, Purged, StrikesView, WorkerView,
};
use crate::limits::{MAX_PURGED_JOBS, MAX_REASON_CHARS, MAX_REDRIVEN_JOBS, MAX_WORKER_ID_CHARS};
use crate::{ApiError, Code, Id, Queue};

const QUEUE: Field<Choice<Queue>> = Field::given("queue", Choice::new());
const PURGED_QUEUE: Field<Choice<Queue>> = Field::required("queue", Choice::new());
const WORKER_ID: Field<Words> = Field::given("worker_id", Words(MAX_WORKER_ID_CHARS));
const REVOKED_WORKER_ID: Field<Words> = Field::required("worker_id", Words(MAX_WORKER_ID_CHARS));
const JOB_ID: Field<Uuid> = Field::given("job_id", Uuid);
const EXPEDITED_JOB_ID: Field<Uuid> = Field::required("job_id", Uuid);
const EXPEDITED: Field<Flag> =
    Field::optional("expedited", Flag).about("False puts it back in its turn; true if not said.");
const CURSOR: Field<PlaceInList> = Field::optional("cursor", PlaceInList);
const REASON: Field<Text> = Field::optional("reason", Text(MAX_REASON_CHARS));
const USER_ID: Field<Uuid> = Field::required("user_id", Uuid);
const PAUSED_USER_ID: Field<Uuid> =
    Field::given("user_id", Uuid).about("May not order until resumed, which forgives the strikes.");
const AMOUNT: Field<Amount> = Field::required("amount", Amount);
const GRANT_REASON: Field<Words> = Field::required("reason", Words(MAX_REASON_CHARS));

/// The body of `pause` and `resume`.
pub(crate) const PAUSE_BODY: Body = Body::closed(
    "PauseRequest",
    &[&QUEUE, &WORKER_ID, &PAUSED_USER_ID, &REASON],
)
.with(Rule::OneOf(&[&QUEUE, &WORKER_ID, &PAUSED_USER_ID]));

/// The body of `revoke`.
pub(crate) const REVOKE_BODY: Body = Body::closed("RevokeRequest", &[&REVOKED_WORKER_ID, &REASON]);

/// The body of `purge`.
pub(crate) const PURGE_BODY: Body = Body::closed("PurgeRequest", &[&PURGED_QUEUE, &REASON]);

/// The body of `redrive`.
pub(crate) const REDRIVE_BODY: Body =
    Body::closed("RedriveRequest", &[&QUEUE, &JOB_ID, &CURSOR, &REASON])
        .with(Rule::OneOf(&[&QUEUE, &JOB_ID]));

/// The body of `expedite`.
pub(crate) const EXPEDITE_BODY: Body =
    Body::closed("ExpediteRequest", &[&EXPEDITED_JOB_ID, &EXPEDITED, &REASON]);

/// The body of `credits`.
pub(crate) const GRANT_BODY: Body =
    Body::closed("GrantRequest", &[&USER_ID, &AMOUNT, &GRANT_REASON]);

/// Reads the body of `pause` or `resume`.
///
/// # Errors
///
/// 400 names the first field that is not what it should be.
pub fn pause(body: &[u8], paused: bool, actor: String) -> Result<AdminPause, ApiError> {
    let mut fields = Fields::of(&PAUSE_BODY, body)?;
    let pause = AdminPause {
        p_actor: actor,
        p_paused: paused,
        p_queue: fields.take(&QUEUE)?,
        p_worker_id: fields.take(&WORKER_ID)?,
        p_user_id: fields.take(&PAUSED_USER_ID)?,
        p_reason: take_reason(&mut fields)?,
    };
    fields.finish()?;
    Ok(pause)
}

/// Reads the body of `revoke`.
///
/// # Errors
///
/// 400 names the first field that is not what it should be.
pub fn revoke(body: &[u8], actor: String) -> Result<AdminRevokeWorker, ApiError> {
    let mut fields = Fields::of(&REVOKE_BODY, body)?;
    let revoke = AdminRevokeWorker {
        p_actor: actor,
        p_worker_id: fields.need(&REVOKED_WORKER_ID)?,
        p_reason: take_reason(&mut fields)?,
    };
    fields.finish()?;
    Ok(revoke)
}

/// Reads the body of `purge`.
///
/// # Errors
///
/// 400 names the first field that is not what it should be.
pub fn purge(body: &[u8], actor: String) -> Result<AdminPurge, ApiError> {
    let mut fields = Fields::of(&PURGE_BODY, body)?;
    let purge = AdminPurge {
        p_actor: actor,
        p_queue: fields.need(&PURGED_QUEUE)?,
        p_limit: MAX_PURGED_JOBS,
        p_reason: take_reason(&mut fields)?,
    };
    fields.finish()?;
    Ok(purge)
}

/// Reads the body of `redrive`.
///
/// # Errors
///
/// 400 names the first field that is not what it should be.
pub fn redrive(body: &[u8], actor: String) -> Result<AdminRedrive, ApiError> {
    let mut fields = Fields::of(&REDRIVE_BODY, body)?;
    let cursor = fields.take(&CURSOR)?;
    let redrive = AdminRedrive {
        p_actor: actor,
        p_queue: fields.take(&QUEUE)?,
        p_job_id: fields.take(&JOB_ID)?,
        p_reason: take_reason(&mut fields)?,
        p_before: cursor.as_ref().map(|cursor| cursor.created_at.clone()),
        p_before_id: cursor.map(|cursor| cursor.id),
        p_limit: rows_to_read(MAX_REDRIVEN_JOBS),
    };
    fields.finish()?;
    Ok(redrive)
}

/// Reads the body of `expedite`.
///
/// # Errors
///
/// 400 names the first field that is not what it should be.
pub fn expedite(body: &[u8], actor: String) -> Result<AdminExpedite, ApiError> {
    let mut fields = Fields::of(&EXPEDITE_BODY, body)?;
    let expedite = AdminExpedite {
        p_actor: actor,
        p_job_id: fields.need(&EXPEDITED_JOB_ID)?,
        p_expedited: fields.take(&EXPEDITED)?.unwrap_or(true),
        p_reason: take_reason(&mut fields)?,
    };
    fields.finish()?;
    Ok(expedite)
}

/// Reads the body of `credits`; whoever repeats it names the same request.
///
/// # Errors
///
/// 400 names the first field that is not what it should be.
pub fn grant(
    body: &[u8],
    actor: String,
    request_id: String,
) -> Result<AdminGrantCredits, ApiError> {
    let mut fields = Fields::of(&GRANT_BODY, body)?;
    let grant = AdminGrantCredits {
        p_actor: actor,
        p_user_id: fields.need(&USER_ID)?,
        p_amount: fields.need(&AMOUNT)?,
        p_reason: fields.need(&GRANT_REASON)?,
        p_request_id: request_id,
    };
    fields.finish()?;
    Ok(grant)
}

fn take_reason(fields: &mut Fields) -> Result<Option<String>, ApiError> {
    let reason = fields.take(&REASON)?;
    Ok(reason
        .map(|reason| reason.trim().to_string())
        .filter(|reason| !reason.is_empty()))
}

/// Credits to give, or to take.
struct Amount;

impl Amount {
    /// The most that one grant moves: a slip of the keyboard should not mint a fortune.
    const ANY: Whole<i64> = Whole::new(-1_000_000, 1_000_000);
}

impl Kind for Amount {
    type Value = i64;

    fn read(&self, value: Value) -> Option<i64> {
        Self::ANY.read(value).filter(|amount| *amount != 0)
    }

    fn expected(&self) -> String {
        Self::ANY.expected() + ", not 0"
    }

    #[cfg(feature = "schema")]
    fn schema(&self, generator: &mut schemars::SchemaGenerator) -> Value {
        let mut schema = Self::ANY.schema(generator);
        schema["not"] = serde_json::json!({ "const": 0 });
        schema
    }
}

/// Where an answer ended.
struct PlaceInList;

impl Kind for PlaceInList {
    type Value = Cursor;

    fn read(&self, value: Value) -> Option<Cursor> {
        Cursor::decode(value.as_str()?)
    }

    fn expected(&self) -> String {
        "the nextCursor of the answer before".to_string()
    }

    #[cfg(feature = "schema")]
    fn schema(&self, _generator: &mut schemars::SchemaGenerator) -> Value {
        serde_json::json!({ "type": "string" })
    }
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
    /// The user, if it is about one.
    pub user_id: Option<Id>,
    /// Whether it gets no jobs, or may order none, from now on.
    pub paused: bool,
}

/// What became of a worker's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RevokeReply {
    /// Always true.
    pub success: bool,
    /// The worker whose key counts no more.
    pub worker_id: String,
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

/// What became of an expedition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExpediteReply {
    /// Always true.
    pub success: bool,
    /// The job.
    pub job_id: Id,
    /// Whether it goes before other users' from now on.
    pub expedited: bool,
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

/// The answer of `GET /api/admin/strikes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StrikesReply {
    /// Always true.
    pub success: bool,
    /// The suspended users first, then the newest.
    pub users: Vec<StrikesView>,
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
            queue: query.one_of(
                "queue",
                &Choice::<Queue>::new().expected(),
                Queue::from_name,
            )?,
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
    fn a_revocation_names_its_worker() {
        let read = revoke(
            br#"{"worker_id":"gpu-7","reason":"returned"}"#,
            "ops".into(),
        )
        .unwrap();
        assert_eq!(
            (read.p_worker_id.as_str(), read.p_reason.as_deref()),
            ("gpu-7", Some("returned"))
        );
        for body in ["{}", r#"{"worker_id":""}"#, r#"{"worker_id":7}"#] {
            assert!(revoke(body.as_bytes(), String::new()).is_err(), "{body}");
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
    fn an_expedition_names_its_job() {
        let id = Id::from_bytes([7; 16]);
        let read = |more: &str| {
            let body = alloc::format!(r#"{{"job_id":"{id}"{more}}}"#);
            expedite(body.as_bytes(), "ops".into())
        };
        assert!(read("").unwrap().p_expedited);
        assert!(!read(r#","expedited":false"#).unwrap().p_expedited);
        assert!(read(r#","expedited":1"#).is_err());
        assert!(read(r#","priority":10"#).is_err());
        assert!(expedite(b"{}", String::new()).is_err());
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
