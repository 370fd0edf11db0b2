//! `POST /api/admin/{pause,resume,revoke,purge,redrive,expedite}`, `GET /api/admin/{workers,jobs}`: what operators
//! ask for.

mod failed_jobs;
mod replies;
#[cfg(test)]
mod tests;

use alloc::string::{String, ToString};

use serde_json::Value;

use super::body::{Body, Field, Rule};
use super::fields::Fields;
use super::kinds::{Choice, Flag, Kind, Text, Uuid, Whole, Words};
use super::page::{Cursor, rows_to_read};
use super::rpc::{
    AdminExpedite, AdminGrantCredits, AdminPause, AdminPurge, AdminRedrive, AdminRevokeWorker,
};
use crate::limits::{MAX_PURGED_JOBS, MAX_REASON_CHARS, MAX_REDRIVEN_JOBS, MAX_WORKER_ID_CHARS};
use crate::{ApiError, Queue};
pub use failed_jobs::FailedJobsQuery;
pub use replies::*;

const QUEUE: Field<Choice<Queue>> = Field::given("queue", Choice::new());
const PURGED_QUEUE: Field<Choice<Queue>> = Field::required("queue", Choice::new());
const WORKER_ID: Field<Words> = Field::given("worker_id", Words(MAX_WORKER_ID_CHARS));
const REVOKED_WORKER_ID: Field<Words> = Field::required("worker_id", Words(MAX_WORKER_ID_CHARS));
const JOB_ID: Field<Uuid> = Field::given("job_id", Uuid);
const EXPEDITED_JOB_ID: Field<Uuid> = Field::required("job_id", Uuid);
const EXPEDITED: Field<Flag> =
    Field::optional("expedited", Flag).about("False puts it back in its turn; true if not said.");
const CURSOR: Field<PlaceInList> = Field::optional("cursor", PlaceInList);
pub(super) const REASON: Field<Text> = Field::optional("reason", Text(MAX_REASON_CHARS));
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

pub(super) fn take_reason(fields: &mut Fields) -> Result<Option<String>, ApiError> {
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
