//! The tools: their names, the scope that a key needs for each, and their arguments.

use alloc::string::String;

use serde_json::{Map, Value};

use super::arguments;
use super::orders::{ImageOrder, VideoOrder};
use crate::api_key::KeyScope;
use crate::wire::assets::AssetsQuery;
use crate::{ApiError, Id, JobType};

/// What `tools/list` tells, made by the test `openapi` from the tables that the arguments are read by and the types that
/// results are written of, so that the edge carries no generator of schemas.
const DESCRIPTIONS: &str = include_str!("tools.json");

/// A tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// Orders pictures and waits for them.
    GenerateImage,
    /// Orders a video.
    GenerateVideo,
    /// Makes a prompt better.
    EnhancePrompt,
    /// A job as it stands.
    JobStatus,
    /// Ends a job.
    CancelJob,
    /// What was made.
    ListAssets,
    /// How full the queues are.
    QueueStatus,
}

impl Tool {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 7] = [
        Self::GenerateImage,
        Self::GenerateVideo,
        Self::EnhancePrompt,
        Self::JobStatus,
        Self::CancelJob,
        Self::ListAssets,
        Self::QueueStatus,
    ];

    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GenerateImage => "generate_image",
            Self::GenerateVideo => "generate_video",
            Self::EnhancePrompt => "enhance_prompt",
            Self::JobStatus => "job_status",
            Self::CancelJob => "cancel_job",
            Self::ListAssets => "list_assets",
            Self::QueueStatus => "queue_status",
        }
    }

    /// The tool that a call names.
    #[must_use]
    pub fn named(params: &Map<String, Value>) -> Option<Self> {
        let name = params.get("name")?.as_str()?;
        Self::ALL.into_iter().find(|tool| tool.as_str() == name)
    }

    /// The scope that a key needs for it, as for the endpoint that does the same.
    #[must_use]
    pub const fn scope(self) -> KeyScope {
        match self {
            Self::GenerateImage | Self::GenerateVideo | Self::EnhancePrompt | Self::CancelJob => {
                KeyScope::Orders
            }
            Self::JobStatus | Self::ListAssets | Self::QueueStatus => KeyScope::Read,
        }
    }

    /// All of them as `tools/list` tells them.
    #[must_use]
    pub fn descriptions() -> Value {
        serde_json::from_str(DESCRIPTIONS).unwrap_or_default()
    }
}

/// A call of a tool.
#[derive(Debug, Clone, PartialEq)]
pub enum ToolCall {
    /// Orders pictures and waits for them.
    GenerateImage(ImageOrder),
    /// Orders a video.
    GenerateVideo(VideoOrder),
    /// Makes this prompt better for this type.
    EnhancePrompt(String, JobType),
    /// A job as it stands, with small pictures if that is true.
    JobStatus(Id, bool),
    /// Ends a job, or tells what that would cost if that is true.
    CancelJob(Id, bool),
    /// What was made.
    ListAssets(AssetsQuery),
    /// How full the queues are.
    QueueStatus,
}

impl ToolCall {
    /// Reads a tool's arguments.
    ///
    /// # Errors
    ///
    /// 400 names the first that is not what it should be.
    pub fn parse(tool: Tool, arguments: Map<String, Value>) -> Result<Self, ApiError> {
        Ok(match tool {
            Tool::GenerateImage => Self::GenerateImage(ImageOrder::parse(arguments)?),
            Tool::GenerateVideo => Self::GenerateVideo(VideoOrder::parse(arguments)?),
            Tool::EnhancePrompt => {
                let (prompt, job_type) = arguments::prompt(arguments)?;
                Self::EnhancePrompt(prompt, job_type)
            }
            Tool::JobStatus => {
                let (job_id, include_image) = arguments::status(arguments)?;
                Self::JobStatus(job_id, include_image)
            }
            Tool::CancelJob => {
                let (job_id, dry_run) = arguments::cancel(arguments)?;
                Self::CancelJob(job_id, dry_run)
            }
            Tool::ListAssets => Self::ListAssets(arguments::assets(arguments)?),
            Tool::QueueStatus => {
                arguments::nothing(arguments)?;
                Self::QueueStatus
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn the_list_names_the_tools() {
        let list = Tool::descriptions();
        let names: Vec<&str> = list
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|tool| tool["name"].as_str())
            .collect();
        let known: Vec<&str> = Tool::ALL.into_iter().map(Tool::as_str).collect();
        assert_eq!(names, known);
    }
}
