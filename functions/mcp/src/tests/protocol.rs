//! What is said before any tool is called, and what is refused.

use ourvidz_core::{Moment, api_key};
use ourvidz_edge::testing::{json_of, post_with, settings};
use ourvidz_rest::Backend;
use serde_json::{Value, json};

use super::{asked, calling, job, message, run, world_of};

const STATELESS: &str = "2026-07-28";

#[test]
fn what_is_asked_before_a_tool_costs_nothing() {
    let world = world_of(Value::Null);
    for (method, field) in [("initialize", "protocolVersion"), ("tools/list", "tools")] {
        let body = json_of(run(&asked(&world, &message(method, &json!({})))));
        assert!(!body["result"][field].is_null(), "{body}");
    }
    let pong = json_of(run(&asked(&world, &message("ping", &json!({})))));
    assert_eq!(pong["result"], json!({}));
    assert!(world.sent().is_empty());
}

#[test]
fn a_notification_is_taken_and_not_answered() {
    let world = world_of(Value::Null);
    for body in [
        r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}"#,
    ] {
        let reply = run(&asked(&world, body));
        assert_eq!((reply.status, json_of(reply)), (202, Value::Null));
    }
}

#[test]
fn a_client_without_a_handshake_is_answered_as_its_revision_says() {
    let world = world_of(job("processing"));
    let answer = |method: &str, params: Value| {
        let mut call = asked(&world, &message(method, &params));
        let headers = [("mcp-protocol-version", STATELESS), ("mcp-method", method)];
        call.incoming
            .headers
            .extend(headers.map(|(name, value)| (name, value.to_owned())));
        let reply = run(&call);
        (reply.status, json_of(reply))
    };
    let (_, found) = answer("server/discover", json!({}));
    assert_eq!(found["result"]["supportedVersions"][0], STATELESS);
    let (_, list) = answer("tools/list", json!({}));
    assert_eq!(list["result"]["resultType"], "complete");
    assert!(list["result"]["ttlMs"].is_u64());
    let (_, called) = answer("tools/call", json!({ "name": "queue_status" }));
    assert_eq!(called["result"]["resultType"], "complete");
    let (status, shaken) = answer("initialize", json!({}));
    assert_eq!((status, &shaken["error"]["code"]), (404, &json!(-32601)));
}

#[test]
fn what_cannot_be_answered_has_json_rpc_s_codes() {
    let world = world_of(Value::Null);
    for (body, status, code) in [
        ("{".to_owned(), 400, -32700),
        ("[]".to_owned(), 400, -32600),
        (message("resources/list", &json!({})), 200, -32601),
        (message("server/discover", &json!({})), 200, -32601),
        (message("tools/call", &json!({})), 200, -32602),
        (message("tools/call", &json!({ "name": "rm" })), 200, -32602),
        (
            message(
                "tools/call",
                &json!({ "name": "queue_status", "arguments": [] }),
            ),
            200,
            -32602,
        ),
    ] {
        let reply = run(&asked(&world, &body));
        assert_eq!(reply.status, status, "{body}");
        let answer = json_of(reply);
        assert_eq!(answer["error"]["code"], code, "{body}");
        let id = if status == 200 { json!(7) } else { Value::Null };
        assert_eq!(answer["id"], id, "{body}");
    }
    let mut call = asked(&world, &message("ping", &json!({})));
    call.incoming
        .headers
        .push(("mcp-protocol-version", "1".into()));
    let reply = run(&call);
    assert_eq!(
        (reply.status, &json_of(reply)["error"]["code"]),
        (400, &json!(-32022))
    );
}

#[test]
fn there_is_one_path_and_one_method() {
    let world = world_of(Value::Null);
    for (method, path, status) in [
        ("GET", "/mcp", 405),
        ("DELETE", "/mcp", 405),
        ("POST", "/mcp/", 404),
        ("POST", "/mcpx", 404),
    ] {
        let mut call = asked(&world, &message("ping", &json!({})));
        (call.incoming.method, call.incoming.path) = (method.into(), path.into());
        assert_eq!(run(&call).status, status, "{method} {path}");
    }
    let mut call = asked(&world, &message("ping", &json!({})));
    call.incoming.headers[0].1 = "text/plain".into();
    assert_eq!(run(&call).status, 415);
}

#[test]
fn a_page_of_another_origin_is_refused_where_origins_are_named() {
    let world = world_of(Value::Null);
    let ours = "https://studio.test";
    let strict = || {
        let mut settings = settings();
        settings.allowed_origins = vec![ours.into()];
        settings
    };
    let body = message("ping", &json!({}));
    let bearer = format!("Bearer {}", ourvidz_edge::testing::TOKEN);
    for (settings, origin, status) in [
        (strict(), Some("http://evil.test"), 403),
        (strict(), Some(ours), 200),
        (strict(), None, 200),
        (settings(), Some("http://evil.test"), 200),
    ] {
        let mut call = post_with(
            &world,
            settings,
            "/mcp",
            &[("authorization", &bearer)],
            &body,
        );
        if let Some(origin) = origin {
            call.incoming.headers.push(("origin", origin.into()));
        }
        assert_eq!(run(&call).status, status, "{origin:?}");
    }
}

#[test]
fn nobody_without_a_proof_gets_anything() {
    let world = world_of(Value::Null);
    let unknown = api_key::fresh(&Moment::new(0, [9; 32]));
    world.on_rpc("use_api_key", |_| Ok(Value::Null));
    for bearer in [None, Some("sk-another".to_owned()), Some(unknown)] {
        for mut call in [
            asked(&world, &message("initialize", &json!({}))),
            asked(&world, &message("tools/list", &json!({}))),
            calling(&world, "generate_image", &json!({ "prompt": "a red fox" })),
        ] {
            let headers = &mut call.incoming.headers;
            headers.retain(|(name, _)| *name != "authorization");
            headers.extend(
                bearer
                    .iter()
                    .map(|key| ("authorization", format!("Bearer {key}"))),
            );
            let reply = run(&call);
            assert_eq!(reply.status, 401);
            let asks =
                |(name, value): &(&str, String)| *name == "www-authenticate" && value == "Bearer";
            assert!(reply.headers.iter().any(asks));
        }
    }
    assert_eq!(world.trips(Backend::Redis), 0);
}

#[test]
fn a_key_needs_the_scope_of_the_tool_and_none_for_the_list() {
    let world = world_of(job("processing"));
    let key = api_key::fresh(&Moment::new(0, [11; 32]));
    world.on_rpc("use_api_key", |_| {
        Ok(json!({
            "id": "44444444-4444-4444-8444-444444444444", "user_id": ourvidz_edge::testing::USER,
            "scopes": ["read"], "expires_at_s": null,
        }))
    });
    let status = |mut call: ourvidz_edge::Call<_>| {
        let headers = &mut call.incoming.headers;
        headers.retain(|(name, _)| *name != "authorization");
        headers.push(("authorization", format!("Bearer {key}")));
        run(&call).status
    };
    assert_eq!(
        status(asked(&world, &message("tools/list", &json!({})))),
        200
    );
    assert_eq!(status(calling(&world, "queue_status", &json!({}))), 200);
    for tool in [
        "generate_image",
        "generate_video",
        "enhance_prompt",
        "cancel_job",
    ] {
        assert_eq!(status(calling(&world, tool, &json!({}))), 403, "{tool}");
    }
}
