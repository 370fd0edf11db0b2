//! The protocol's revisions: which are spoken here, and what differs between them.
//!
//! Up to 2025-11-25 a client shakes hands first (`initialize`); since 2026-07-28 each request says everything by itself.
//! Here nothing is remembered between two requests either way.

use alloc::string::{String, ToString};

use serde_json::{Map, Value, json};

use super::message::{McpRequest, RpcRefusal};
use super::tools::Tool;

/// Revisions with a handshake, the newest first. Before 2025-03-26 there was no HTTP endpoint of this form.
const WITH_HANDSHAKE: [&str; 3] = ["2025-11-25", "2025-06-18", "2025-03-26"];

/// The first revision without.
const STATELESS: &str = "2026-07-28";

/// How long a client may keep the list of tools: they change when the service does.
const LIST_MS: u32 = 3_600_000;

/// What a model is told of the whole.
const INSTRUCTIONS: &str = "Makes pictures and videos of text prompts. Pictures take seconds to a minute and a half, \
     videos some minutes: generate_video answers at once, and job_status tells when it is done. Each order costs credits; \
     the tools' descriptions say how many. Give the user the links of what was made: they are good for an hour.";

/// What differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revision {
    /// 2025-11-25 and before.
    Handshake,
    /// 2026-07-28.
    Stateless,
}

/// What the headers say of a message, in clear for whoever stands between.
#[derive(Debug, Clone, Copy, Default)]
pub struct RevisionHeaders<'a> {
    /// `MCP-Protocol-Version`.
    pub version: Option<&'a str>,
    /// `Mcp-Method`.
    pub method: Option<&'a str>,
    /// `Mcp-Name`.
    pub name: Option<&'a str>,
}

impl Revision {
    /// The revision that a request speaks.
    ///
    /// # Errors
    ///
    /// -32022 for one that is not spoken here; -32020 where a header says something else than the message. Both with
    /// status 400.
    pub fn of(headers: RevisionHeaders<'_>, request: &McpRequest) -> Result<Self, RpcRefusal> {
        let meta = request.params.get("_meta");
        let in_message = meta
            .and_then(|meta| meta.get("io.modelcontextprotocol/protocolVersion"))
            .and_then(Value::as_str);
        let version = match (headers.version, in_message) {
            (Some(header), Some(said)) if header != said => return Err(mismatch()),
            (header, said) => header.or(said),
        };
        match version {
            Some(STATELESS) => {
                let name = request.params.get("name").and_then(Value::as_str);
                let differs = |header: Option<&str>, said| header.is_some() && header != said;
                if differs(headers.method, Some(&request.method)) || differs(headers.name, name) {
                    return Err(mismatch());
                }
                Ok(Self::Stateless)
            }
            Some(version) if !WITH_HANDSHAKE.contains(&version) => Err(unsupported(version)),
            _ => Ok(Self::Handshake),
        }
    }

    /// A result as this revision writes it.
    #[must_use]
    pub fn finish(self, mut result: Value) -> Value {
        if self == Self::Stateless
            && let Some(fields) = result.as_object_mut()
        {
            fields.insert("resultType".into(), "complete".into());
        }
        result
    }

    /// The refusal of a method that there is not.
    #[must_use]
    pub fn unknown_method(self) -> RpcRefusal {
        let refusal = RpcRefusal::new(RpcRefusal::METHOD_NOT_FOUND, "There is no such method.");
        match self {
            Self::Handshake => refusal,
            Self::Stateless => refusal.with_status(404),
        }
    }
}

fn mismatch() -> RpcRefusal {
    let message = "A header says something else than the message.";
    RpcRefusal::new(RpcRefusal::HEADER_MISMATCH, message).with_status(400)
}

fn unsupported(requested: &str) -> RpcRefusal {
    let message = "This revision of the protocol is not spoken here.";
    let data = json!({ "supported": supported(), "requested": requested });
    RpcRefusal::new(RpcRefusal::UNSUPPORTED_REVISION, message)
        .with_status(400)
        .with_data(data)
}

fn supported() -> impl serde::Serialize {
    let [newest, middle, oldest] = WITH_HANDSHAKE;
    [STATELESS, newest, middle, oldest]
}

/// The answer to `initialize`: the revision that the client asked for, else the newest with a handshake.
#[must_use]
pub fn initialized(params: &Map<String, Value>) -> Value {
    let asked = params.get("protocolVersion").and_then(Value::as_str);
    let known = asked.filter(|version| WITH_HANDSHAKE.contains(version));
    json!({
        "protocolVersion": known.unwrap_or(WITH_HANDSHAKE[0]),
        "capabilities": capabilities(),
        "serverInfo": server_info(),
        "instructions": INSTRUCTIONS,
    })
}

/// The answer to `server/discover`.
#[must_use]
pub fn discovered() -> Value {
    json!({
        "supportedVersions": supported(),
        "capabilities": capabilities(),
        "instructions": INSTRUCTIONS,
        "ttlMs": LIST_MS,
        "cacheScope": "public",
        "_meta": { "io.modelcontextprotocol/serverInfo": server_info() },
    })
}

/// The answer to `tools/list`: all of them on one page.
#[must_use]
pub fn listed(revision: Revision) -> Value {
    let mut list = json!({ "tools": Tool::descriptions() });
    if revision == Revision::Stateless {
        list["ttlMs"] = LIST_MS.into();
        list["cacheScope"] = "public".into();
    }
    list
}

fn capabilities() -> Value {
    json!({ "tools": {} })
}

fn server_info() -> Value {
    let version: String = env!("CARGO_PKG_VERSION").to_string();
    json!({ "name": "ourvidz", "title": "OurVidz", "version": version })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, params: &Value) -> McpRequest {
        McpRequest {
            id: json!(1),
            method: method.into(),
            params: params.as_object().cloned().unwrap_or_default(),
        }
    }

    fn at(version: &str) -> RevisionHeaders<'_> {
        RevisionHeaders {
            version: Some(version),
            ..RevisionHeaders::default()
        }
    }

    #[test]
    fn a_client_gets_the_revision_that_it_asks_for_if_it_is_spoken() {
        for (asked, given) in [
            ("2025-11-25", "2025-11-25"),
            ("2025-06-18", "2025-06-18"),
            ("2025-03-26", "2025-03-26"),
            ("2024-11-05", "2025-11-25"),
            ("2026-07-28", "2025-11-25"),
            ("", "2025-11-25"),
        ] {
            let params = json!({ "protocolVersion": asked });
            let answer = initialized(params.as_object().unwrap());
            assert_eq!(answer["protocolVersion"], given, "{asked}");
        }
        assert_eq!(initialized(&Map::new())["protocolVersion"], "2025-11-25");
    }

    #[test]
    fn the_revision_is_what_the_header_or_the_message_says() {
        let plain = request("ping", &json!({}));
        let none = RevisionHeaders::default();
        assert_eq!(Revision::of(none, &plain), Ok(Revision::Handshake));
        assert_eq!(
            Revision::of(at("2025-06-18"), &plain),
            Ok(Revision::Handshake)
        );
        assert_eq!(
            Revision::of(at("2026-07-28"), &plain),
            Ok(Revision::Stateless)
        );
        let meta = json!({ "_meta": { "io.modelcontextprotocol/protocolVersion": "2026-07-28" } });
        let said = request("ping", &meta);
        assert_eq!(Revision::of(none, &said), Ok(Revision::Stateless));
        assert_eq!(
            Revision::of(at("2026-07-28"), &said),
            Ok(Revision::Stateless)
        );
        let refusal = Revision::of(at("2025-11-25"), &said).unwrap_err();
        assert_eq!(
            (refusal.code, refusal.status),
            (RpcRefusal::HEADER_MISMATCH, 400)
        );
        let refusal = Revision::of(at("2099-01-01"), &plain).unwrap_err();
        assert_eq!(
            (refusal.code, refusal.status),
            (RpcRefusal::UNSUPPORTED_REVISION, 400)
        );
        let data = refusal.data.unwrap();
        assert_eq!(data["requested"], "2099-01-01");
        assert_eq!(
            data["supported"].as_array().map(alloc::vec::Vec::len),
            Some(4)
        );
    }

    #[test]
    fn headers_say_what_the_message_says() {
        let call = request("tools/call", &json!({ "name": "queue_status" }));
        let headers = |method, name| RevisionHeaders {
            version: Some(STATELESS),
            method: Some(method),
            name: Some(name),
        };
        assert!(Revision::of(headers("tools/call", "queue_status"), &call).is_ok());
        for (method, name) in [("tools/list", "queue_status"), ("tools/call", "cancel_job")] {
            let refusal = Revision::of(headers(method, name), &call).unwrap_err();
            assert_eq!(refusal.code, RpcRefusal::HEADER_MISMATCH, "{method} {name}");
        }
    }

    #[test]
    fn only_the_stateless_revision_says_what_kind_of_result_it_is() {
        assert_eq!(Revision::Handshake.finish(json!({})), json!({}));
        let told = Revision::Stateless.finish(json!({}));
        assert_eq!(told, json!({ "resultType": "complete" }));
        assert_eq!(Revision::Handshake.unknown_method().status, 200);
        assert_eq!(Revision::Stateless.unknown_method().status, 404);
    }
}
