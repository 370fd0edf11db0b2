//! What operators and pages ask: `GET /api/health`, `GET /api/config`, `POST /api/admin/credits`.

use alloc::string::String;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::body::{Body, Field};
use super::fields::Fields;
use super::kinds::{Anything, Text, Words};
use super::prompt::PROMPTS;
use super::rpc::Balance;
use crate::limits::MAX_PROMPT_CHARS;
use crate::{ApiError, Code, Id};

/// The answer of `GET /api/health`; the parts only when they were asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HealthReply {
    /// Whether everything that was looked at works.
    pub success: bool,
    /// The same in a word.
    pub status: HealthStatus,
    /// How many terms of the operator's own the content policy refuses (`POLICY_EXTRA_TERMS`).
    pub policy_extra_terms: usize,
    /// Postgres, through PostgREST.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<DatabaseHealth>,
    /// Redis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redis: Option<RedisHealth>,
}

/// Whether the service works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum HealthStatus {
    /// It does.
    Ok,
    /// Some part does not answer.
    Degraded,
}

/// Whether the database answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DatabaseHealth {
    /// Whether it does.
    pub ok: bool,
    /// Number of the newest migration's schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema_version: Option<u32>,
    /// Seconds since the sweep last ran; absent before its first run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sweep_seconds: Option<u64>,
    /// Why it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
}

/// Whether Redis answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RedisHealth {
    /// Whether it does.
    pub ok: bool,
    /// Lengths of its lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hints: Option<HintCounts>,
    /// Why it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
}

/// Hints that wait to be popped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HintCounts {
    /// In the SDXL workers' list.
    pub sdxl_queue: u64,
    /// In the WAN workers' list.
    pub wan_queue: u64,
}

/// The answer of `GET /api/config`: what a page must know before anyone has signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ConfigReply {
    /// Where to sign in.
    pub supabase_url: String,
    /// The key that browsers may hold.
    pub supabase_anon_key: String,
    /// This service.
    pub public_base_url: String,
    /// Where to buy credits, where the operator sells them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credits_url: Option<String>,
}

/// The body of `POST generate-admin-image`.
#[derive(Debug, Clone, PartialEq)]
pub struct AdminImageRequest {
    /// The prompt, trimmed.
    pub prompt: String,
    /// The mode, if it names one.
    pub mode: Option<String>,
    /// What the answer repeats.
    pub metadata: Option<Value>,
}

const PROMPT: Field<Words> = Field::required("prompt", PROMPTS);
const MODE: Field<Text> = Field::optional("mode", Text(MAX_PROMPT_CHARS));
const METADATA: Field<Anything> = Field::optional("metadata", Anything);

/// The body of a placeholder picture.
pub(crate) const ADMIN_IMAGE_BODY: Body =
    Body::open("AdminImageRequest", &[&PROMPT, &MODE, &METADATA]);

impl AdminImageRequest {
    /// Reads a body.
    ///
    /// # Errors
    ///
    /// 400 names the first field that is not what it should be.
    pub fn parse(body: &[u8]) -> Result<Self, ApiError> {
        let mut fields = Fields::of(&ADMIN_IMAGE_BODY, body)?;
        let request = Self {
            prompt: fields.need(&PROMPT)?,
            mode: fields.take(&MODE)?,
            metadata: fields.take(&METADATA)?,
        };
        fields.finish()?;
        Ok(request)
    }
}

/// The answer of `POST generate-admin-image`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AdminImageReply {
    /// Always true.
    pub success: bool,
    /// The picture.
    pub image: AdminImage,
}

/// A placeholder picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AdminImage {
    /// A fresh id; nothing is stored under it.
    pub id: Id,
    /// Where it is served.
    pub url: String,
    /// The same.
    pub thumbnail_url: String,
    /// The prompt, trimmed.
    pub prompt: String,
    /// The mode, or `default`.
    pub mode: String,
    /// RFC 3339.
    pub timestamp: String,
    /// As it was sent.
    pub metadata: Value,
}

/// The answer of `POST /api/admin/credits`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GrantReply {
    /// Always true.
    pub success: bool,
    /// Who got them.
    pub user_id: Id,
    /// What there is now.
    #[serde(flatten)]
    pub balance: Balance,
}
