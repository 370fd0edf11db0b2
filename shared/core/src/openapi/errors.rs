//! What every refusal looks like, and which codes each status carries.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Value, json};

use crate::Code;

/// The one form of all errors.
pub(super) fn schema() -> Value {
    json!({
        "type": "object",
        "description": "Why a request was refused or failed.",
        "required": ["success", "error", "code", "retryable", "requestId"],
        "properties": {
            "success": { "const": false },
            "error": { "type": "string", "description": "For people." },
            "code": { "$ref": "#/components/schemas/Code" },
            "retryable": {
                "type": "boolean",
                "description": "Whether the very same request can succeed later.",
            },
            "suggestedAction": { "type": "string" },
            "details": {
                "type": "object",
                "description": "Names of fields, limits; never values that were sent.",
            },
            "requestId": { "type": "string" },
        },
        "additionalProperties": false,
    })
}

/// The codes of each status, in the order of [`Code::ALL`].
pub(super) fn by_status(codes: &[Code]) -> BTreeMap<u16, Vec<Code>> {
    let mut groups: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in Code::ALL.into_iter().filter(|code| codes.contains(code)) {
        groups.entry(code.status()).or_default().push(code);
    }
    groups
}

/// What the answer with these codes is called among the document's components.
pub(super) fn name(codes: &[Code]) -> String {
    let names: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
    names.join("-or-")
}

/// The answer with these codes, which share a status.
pub(super) fn answer(codes: &[Code]) -> Value {
    let names: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
    let meanings: Vec<&str> = codes.iter().map(|code| code.default_message()).collect();
    let mut answer = json!({
        "description": meanings.join(" "),
        "content": { "application/json": { "schema": {
            "allOf": [
                { "$ref": "#/components/schemas/Error" },
                { "properties": { "code": { "enum": names } } },
            ],
        } } },
    });
    let headers: &[&str] = match codes.first().map(|code| code.status()) {
        Some(401) => &["www-authenticate"],
        Some(405) => &["allow"],
        Some(429) => &["retry-after", "ratelimit", "ratelimit-policy"],
        Some(503) => &["retry-after"],
        _ => return answer,
    };
    for header in headers {
        answer["headers"][*header] = json!({ "schema": { "type": "string" } });
    }
    answer
}
