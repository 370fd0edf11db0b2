//! The one message that goes back.

use ourvidz_core::ApiError;
use ourvidz_core::wire::mcp::{McpReply, Revision, RpcRefusal, ToolResult};
use ourvidz_edge::{Call, Reply};
use serde_json::{Map, Value, json};

/// A request that is to be answered.
pub struct Asked {
    id: Value,
    revision: Revision,
    /// What notifications of its progress are to name, if the client wants any.
    pub progress_token: Option<Value>,
}

impl Asked {
    pub const fn new(id: Value, revision: Revision) -> Self {
        Self {
            id,
            revision,
            progress_token: None,
        }
    }

    /// Takes note of whether the client wants to hear how far it is, and can.
    pub fn listen(&mut self, params: &Map<String, Value>, accept: Option<&str>) {
        let reads_events = accept.is_some_and(|accept| accept.contains("text/event-stream"));
        let token = params
            .get("_meta")
            .and_then(|meta| meta.get("progressToken"));
        self.progress_token = token
            .filter(|token| reads_events && (token.is_string() || token.is_number()))
            .cloned();
    }

    /// The answer with this result.
    pub fn message(&self, result: Value) -> McpReply {
        McpReply::result(self.id.clone(), self.revision.finish(result))
    }

    /// The same as the whole body.
    pub fn reply(&self, result: Value) -> Result<Reply, ApiError> {
        Reply::json(&self.message(result))
    }

    /// What a tool gave back, or why it gave back nothing: the model reads either.
    pub fn outcome<R>(
        &self,
        call: &Call<R>,
        outcome: Result<ToolResult, ApiError>,
    ) -> Result<Reply, ApiError> {
        let result = outcome.unwrap_or_else(|error| refusal(call, error));
        self.reply(json!(result))
    }
}

/// A tool's refusal, with what only the log may know in its line.
fn refusal<R>(call: &Call<R>, error: ApiError) -> ToolResult {
    let result = ToolResult::refusal(&error, &call.request_id);
    call.note("toolRefusal", error.code.as_str());
    if let Some(cause) = error.into_parts().cause {
        call.note("toolCause", cause);
    }
    result
}

/// The answer to what cannot be answered.
pub fn refused(id: Value, refusal: RpcRefusal) -> Result<Reply, ApiError> {
    let status = refusal.status;
    Ok(Reply::json(&McpReply::error(id, refusal))?.with_status(status))
}
