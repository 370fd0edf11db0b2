//! The models: our job types by name.

use alloc::vec::Vec;

use serde::Serialize;

use crate::{ApiError, Code, Format, JobType};

/// The job type of this name, if it makes this.
pub(super) fn model(name: &str, format: Format) -> Result<JobType, ApiError> {
    let known = name.parse().ok();
    known
        .filter(|known: &JobType| known.format() == format)
        .ok_or_else(unknown)
}

fn unknown() -> ApiError {
    ApiError::new(Code::UnknownJobType)
        .with_message("There is no such model for this: GET /v1/models lists them.")
}

/// The answer of `GET /v1/models`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ModelsReply {
    /// Always `list`.
    pub object: &'static str,
    /// The job types.
    pub data: Vec<OpenAiModel>,
}

/// A model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OpenAiModel {
    /// Its name, which is the job type's.
    pub id: JobType,
    /// Always `model`.
    pub object: &'static str,
    /// Always 0: a job type was always there.
    pub created: u64,
    /// Always `ourvidz`.
    pub owned_by: &'static str,
}

impl ModelsReply {
    /// All of them.
    #[must_use]
    pub fn all() -> Self {
        Self {
            object: "list",
            data: JobType::ALL.map(OpenAiModel::of).to_vec(),
        }
    }
}

impl OpenAiModel {
    const fn of(id: JobType) -> Self {
        Self {
            id,
            object: "model",
            created: 0,
            owned_by: "ourvidz",
        }
    }

    /// The one of that name.
    ///
    /// # Errors
    ///
    /// `unknown_job_type`.
    pub fn named(name: &str) -> Result<Self, ApiError> {
        name.parse().map(Self::of).map_err(|_| unknown())
    }
}
