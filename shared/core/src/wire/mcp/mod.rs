//! `POST /mcp`: the Model Context Protocol, for the programs in which people work with language models. A message is read,
//! a tool's arguments become what the other endpoints take, and what comes of it becomes a few lines for a model.

mod arguments;
pub(crate) mod message;
mod orders;
mod results;
mod revision;
#[cfg(feature = "schema")]
pub mod tool_schemas;
mod tools;

pub use message::{McpError, McpMessage, McpReply, McpRequest, RpcRefusal};
pub use orders::{ImageOrder, MAX_TOOL_WAIT_SECONDS, TOOL_WAIT_SECONDS, VideoOrder};
pub use results::{
    McpAsset, McpAssets, McpContent, McpFailure, McpJob, McpPrompt, ToolResult, cancel_result,
    queues_result,
};
pub use revision::{Revision, RevisionHeaders, discovered, initialized, listed};
pub use tools::{Tool, ToolCall};
