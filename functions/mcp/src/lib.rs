//! `POST /mcp`: the Model Context Protocol over HTTP, without sessions. A call of a tool is the same order, the same look
//! or the same cancel as everywhere, and its outcome a few lines that a model reads.

mod answer;
#[cfg(target_arch = "wasm32")]
mod entry;
mod images;
mod stream;
#[cfg(test)]
mod tests;
mod tools;

use ourvidz_core::api_key::KeyScope;
use ourvidz_core::wire::mcp::{
    McpMessage, McpRequest, Revision, RevisionHeaders, RpcRefusal, Tool, discovered, initialized,
    listed,
};
use ourvidz_core::{ApiError, Code};
use ourvidz_edge::caller::Caller;
use ourvidz_edge::{Call, Reply, Runtime, caller, cors};
use serde_json::{Value, json};

use crate::answer::Asked;

/// Answers one message.
///
/// # Errors
///
/// What concerns the request and not the message: 401, 403, 405, 413, 415, 429. What a tool refuses is its result.
pub async fn mcp<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    if call.incoming.route() != ["mcp"] {
        return Err(ApiError::new(Code::NotFound).with_message("There is no such path here."));
    }
    // A GET would open a stream of what the server has to say by itself, a DELETE end a session: there is neither.
    call.only(&["POST"])?;
    check_origin(call)?;
    let message = McpMessage::parse(call.json_body()?);
    let caller = caller::user(call, scope_of(&message)).await?;
    match message {
        Ok(McpMessage::Notification) => Ok(Reply::empty().with_status(202)),
        Ok(McpMessage::Request(request)) => {
            let id = request.id.clone();
            match Box::pin(answer(call, &caller, request)).await {
                Ok(reply) => reply,
                Err(refusal) => answer::refused(id, refusal),
            }
        }
        Err(refusal) => answer::refused(Value::Null, refusal),
    }
}

/// A page that a browser was led to under another name brings its own origin along.
fn check_origin<R>(call: &Call<R>) -> Result<(), ApiError> {
    match call.incoming.header("origin") {
        Some(origin) if !cors::allows(&call.settings, origin) => {
            Err(ApiError::new(Code::Forbidden)
                .with_message("Pages of this origin may not call this deployment."))
        }
        _ => Ok(()),
    }
}

/// The scope that a key needs: that of the tool; none for what only tells what there is.
fn scope_of(message: &Result<McpMessage, RpcRefusal>) -> Option<KeyScope> {
    match message {
        Ok(McpMessage::Request(request)) if request.method == CALL => {
            Tool::named(&request.params).map(Tool::scope)
        }
        _ => None,
    }
}

const CALL: &str = "tools/call";

/// The answer; a reply or a refusal of the request is the HTTP layer's, a refusal of the message JSON-RPC's.
async fn answer<R: Runtime>(
    call: &Call<R>,
    caller: &Caller,
    request: McpRequest,
) -> Result<Result<Reply, ApiError>, RpcRefusal> {
    let headers = RevisionHeaders {
        version: call.incoming.header("mcp-protocol-version"),
        method: call.incoming.header("mcp-method"),
        name: call.incoming.header("mcp-name"),
    };
    let revision = Revision::of(headers, &request)?;
    let result = match (request.method.as_str(), revision) {
        (CALL, _) => return called(call, caller, request, revision).await,
        ("tools/list", _) => listed(revision),
        ("initialize", Revision::Handshake) => initialized(&request.params),
        ("ping", Revision::Handshake) => json!({}),
        ("server/discover", Revision::Stateless) => discovered(),
        _ => return Err(revision.unknown_method()),
    };
    Ok(Asked::new(request.id, revision).reply(result))
}

async fn called<R: Runtime>(
    call: &Call<R>,
    caller: &Caller,
    mut request: McpRequest,
    revision: Revision,
) -> Result<Result<Reply, ApiError>, RpcRefusal> {
    let tool = Tool::named(&request.params).ok_or_else(|| {
        RpcRefusal::invalid_params("There is no such tool: tools/list names them.")
    })?;
    let arguments = match request.params.remove("arguments") {
        None | Some(Value::Null) => serde_json::Map::new(),
        Some(Value::Object(arguments)) => arguments,
        Some(_) => return Err(RpcRefusal::invalid_params("`arguments` is an object.")),
    };
    call.note("tool", tool.as_str());
    let mut asked = Asked::new(request.id, revision);
    asked.listen(&request.params, call.incoming.header("accept"));
    Ok(tools::run(call, caller, tool, arguments, asked).await)
}
