//! `POST claim-job`: a worker asks for a job.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::body::{Body, Field};
use super::fields::Fields;
use super::kinds::{Choice, List, Name, Text, Uuid};
use super::payload::WorkerPayload;
use super::references::ReferenceType;
use super::rpc::AttemptKey;
use super::vitals::{self, Vitals};
use crate::limits::MAX_WORKER_ID_CHARS;
use crate::{ApiError, Id, JobType, Model, Queue};

/// A worker's request for a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimRequest {
    /// The worker.
    pub worker_id: String,
    /// The queue that it serves.
    pub queue: Queue,
    /// The job that it wants; without it, the next one.
    pub job_id: Option<Id>,
    /// Models that it has loaded, best first.
    pub models: Vec<Model>,
    /// What its machine is doing.
    pub vitals: Vitals,
}

const WORKER_ID: Field<Name> = Field::required(
    "worker_id",
    Name {
        chars: 1..=MAX_WORKER_ID_CHARS,
        set: "A-Za-z0-9._:@-",
        meaning: "letters, digits, '.', '-', '_', ':' or '@'",
    },
);
const QUEUE: Field<Choice<Queue>> = Field::required("queue", Choice::new());
const JOB_ID: Field<Uuid> = Field::optional("job_id", Uuid);
const MODELS: Field<List<Text>> = Field::optional(
    "models",
    List {
        of: Text(MAX_MODEL_CHARS),
        items: 0..=16,
        meaning: "names of models",
    },
);

/// Characters of a model's name; longer than any that there is.
const MAX_MODEL_CHARS: usize = 200;

/// The body of a claim.
pub(crate) const BODY: Body = Body::open(
    "ClaimRequest",
    &[
        &WORKER_ID,
        &QUEUE,
        &JOB_ID,
        &MODELS,
        &vitals::UPTIME,
        &vitals::GPU,
    ],
);

impl ClaimRequest {
    /// Reads a body. Fields that nobody knows are ignored, so that newer workers may say more.
    ///
    /// # Errors
    ///
    /// 400 names the first field that is not what it should be.
    pub fn parse(body: &[u8]) -> Result<Self, ApiError> {
        let mut fields = Fields::of(&BODY, body)?;
        let request = Self {
            worker_id: fields.need(&WORKER_ID)?,
            queue: fields.need(&QUEUE)?,
            job_id: fields.take(&JOB_ID)?,
            models: known_models(fields.take(&MODELS)?.unwrap_or_default()),
            vitals: Vitals::take(&mut fields),
        };
        fields.finish()?;
        Ok(request)
    }
}

/// Models are told in any number and order; those that no job needs are of no interest.
fn known_models(names: Vec<String>) -> Vec<Model> {
    let mut models = Vec::new();
    for name in names {
        let model = match name.as_str() {
            "sdxl" => Model::Sdxl,
            "wan" => Model::Wan,
            _ => continue,
        };
        if !models.contains(&model) {
            models.push(model);
        }
    }
    models
}

/// The answer to a claim: a job for this worker alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClaimReply {
    /// Always true.
    pub success: bool,
    /// The job.
    pub job_id: Id,
    /// The attempt, which every report carries.
    pub attempt: u32,
    /// The lease, which every report carries.
    #[serde(rename = "leaseId")]
    pub lease_id: Id,
    /// Until when the lease lasts without a heartbeat; RFC 3339.
    #[serde(rename = "leaseUntil")]
    pub lease_until: String,
    /// What was ordered.
    pub job_type: JobType,
    /// How many.
    pub num_images: u8,
    /// What to generate, as stored; [`ClaimReply::worker_payload`] reads it.
    pub payload: Value,
    /// Where this attempt's files go.
    pub keys: Vec<AttemptKey>,
    /// Reference images to fetch.
    #[serde(default)]
    pub references: Vec<SignedReference>,
    /// The job as it stands, signed: reports that bring it along are settled without a look at the job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<String>,
}

impl ClaimReply {
    /// The payload, typed; `None` when it is of a form that this version does not know.
    #[must_use]
    pub fn worker_payload(&self) -> Option<WorkerPayload> {
        serde_json::from_value(self.payload.clone()).ok()
    }
}

/// A reference image that can be fetched.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SignedReference {
    /// What it is taken for.
    #[serde(rename = "type")]
    pub kind: ReferenceType,
    /// A signed URL.
    pub url: String,
    /// 0.1 to 1.0.
    pub strength: f64,
}

impl core::fmt::Debug for SignedReference {
    /// Without the URL, whose signature is a secret for as long as it is valid.
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter
            .debug_struct("SignedReference")
            .field("kind", &self.kind)
            .field("strength", &self.strength)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_needs() {
        let body = br#"{"worker_id":"local-preview","queue":"sdxl_queue","models":["flux","sdxl","sdxl"],"gpu":"x"}"#;
        let request = ClaimRequest::parse(body).unwrap();
        assert_eq!(request.queue, Queue::SdxlQueue);
        assert_eq!(request.models, [Model::Sdxl]);
        assert_eq!(request.job_id, None);
    }

    #[test]
    fn names_what_is_wrong() {
        for (body, field) in [
            (r#"{"queue":"sdxl_queue"}"#, "worker_id"),
            (r#"{"worker_id":"a b","queue":"sdxl_queue"}"#, "worker_id"),
            (r#"{"worker_id":"","queue":"sdxl_queue"}"#, "worker_id"),
            (r#"{"worker_id":"a","queue":"other"}"#, "queue"),
            (
                r#"{"worker_id":"a","queue":"wan_queue","job_id":"x"}"#,
                "job_id",
            ),
            (
                r#"{"worker_id":"a","queue":"wan_queue","models":[1]}"#,
                "models",
            ),
        ] {
            let error = ClaimRequest::parse(body.as_bytes()).unwrap_err();
            assert!(
                error.message.starts_with(field),
                "{body}: {}",
                error.message
            );
        }
    }
}
