use super::*;
use crate::fakes::{Fault, Raised, Scripted, World};
use crate::http::TransportError;
use ourvidz_core::Id;
use ourvidz_core::wire::rpc::{CancelJob, EdgeHealth, Health, SweepDone};
use pollster::block_on;
use serde_json::json;
use std::cell::Cell;
use std::rc::Rc;

const JOB: Id = Id::from_bytes([1; 16]);
const DONE: SweepDone = SweepDone {
    p_pushed: Vec::new(),
    p_deleted: Vec::new(),
};

fn database<H: Http>(http: &H) -> Database<'_, H> {
    Database::new(http, "https://abc.supabase.co", "the-key")
}

#[test]
fn the_request_is_what_postgrest_and_the_gateway_want() {
    let http = Scripted::new().then(204, "");
    block_on(database(&http).call(&DONE, Auth::Edge("the-token"))).unwrap();
    let [request] = http.sent().try_into().unwrap();
    assert_eq!(
        (request.method, request.backend),
        ("POST", Backend::Database)
    );
    assert_eq!(
        request.url,
        "https://abc.supabase.co/rest/v1/rpc/sweep_done"
    );
    let header = |wanted: &str| {
        let values: Vec<_> = request
            .headers
            .iter()
            .filter(|(name, _)| name == wanted)
            .collect();
        assert_eq!(values.len(), 1, "{wanted}");
        values[0].1.clone()
    };
    assert_eq!(header("apikey"), "the-key");
    assert_eq!(header("authorization"), "Bearer the-token");
    assert_eq!(header("content-type"), "application/json");
    assert_eq!(header("accept"), "application/json");
    let parameters: serde_json::Value = serde_json::from_slice(&request.body.unwrap()).unwrap();
    assert_eq!(parameters, json!({ "p_pushed": [], "p_deleted": [] }));
}

#[test]
fn nothing_may_come_as_no_body_or_as_null() {
    for (status, body) in [(204, ""), (200, ""), (200, "null")] {
        let http = Scripted::new().then(status, body);
        assert_eq!(
            block_on(database(&http).call(&DONE, Auth::Edge("t"))),
            Ok(())
        );
    }
}

#[test]
fn a_reply_is_typed() {
    let world = World::new();
    world.on_rpc("edge_health", |_| {
        Ok(json!({ "schema_version": 7, "sweep_seconds": null }))
    });
    let health = block_on(database(&world).call(&EdgeHealth {}, Auth::Edge("t")));
    assert_eq!(
        health,
        Ok(Health {
            schema_version: 7,
            sweep_seconds: None
        })
    );
}

#[test]
fn a_reply_of_another_shape_is_a_bug_and_is_not_quoted() {
    let http = Scripted::new().then(200, r#"{"schema_version":"s3cret"}"#);
    let error = block_on(database(&http).call(&EdgeHealth {}, Auth::Edge("t"))).unwrap_err();
    assert_eq!(error.code, Code::Internal);
    assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
}

#[test]
fn what_a_function_raises_comes_through() {
    let world = World::new();
    world.on_rpc("cancel_job", |_| {
        Err(Raised {
            code: Code::StateConflict,
            details: json!({ "status": "completed" }),
        })
    });
    let cancel = CancelJob {
        p_user_id: JOB,
        p_job_id: JOB,
        p_dry_run: false,
    };
    let error = block_on(database(&world).call(&cancel, Auth::Edge("t"))).unwrap_err();
    assert_eq!(error.code, Code::StateConflict);
    assert_eq!(
        error.details.as_ref(),
        Some(&json!({ "status": "completed" }))
    );
}

#[test]
fn a_call_is_sent_once_even_when_its_answer_is_lost() {
    let world = World::new();
    let runs = Rc::new(Cell::new(0));
    let counted = Rc::clone(&runs);
    world.on_rpc("sweep_done", move |_| {
        counted.set(counted.get() + 1);
        Ok(serde_json::Value::Null)
    });
    world.fail_next(Backend::Database, Fault::AfterWrite);
    let error = block_on(database(&world).call(&DONE, Auth::Edge("t"))).unwrap_err();
    assert_eq!(error.code, Code::Unavailable);
    assert_eq!((world.trips(Backend::Database), runs.get()), (1, 1));
}

#[test]
fn a_read_is_asked_once_more() {
    let world = World::new();
    world.on_rpc("edge_health", |_| {
        Ok(json!({ "schema_version": 7, "sweep_seconds": 3 }))
    });
    for fault in [Fault::BeforeWrite, Fault::AfterWrite, Fault::Status(503)] {
        world.fail_next(Backend::Database, fault);
        assert!(block_on(database(&world).read(&EdgeHealth {}, Auth::Edge("t"))).is_ok());
    }
    assert_eq!(world.trips(Backend::Database), 6);

    world.take_down(Backend::Database, Fault::Status(500));
    let error = block_on(database(&world).read(&EdgeHealth {}, Auth::Edge("t"))).unwrap_err();
    assert_eq!(error.code, Code::Unavailable);
    assert_eq!(world.trips(Backend::Database), 8);
    world.mend();
    assert!(block_on(database(&world).call(&EdgeHealth {}, Auth::Edge("t"))).is_ok());
}

#[test]
fn what_was_raised_is_not_asked_again() {
    let world = World::new();
    world.on_rpc("edge_health", |_| Err(Code::QueueFull.into()));
    let error = block_on(database(&world).read(&EdgeHealth {}, Auth::Edge("t"))).unwrap_err();
    assert_eq!(error.code, Code::QueueFull);
    assert_eq!(world.trips(Backend::Database), 1);
}

#[test]
fn a_late_answer_is_a_timeout() {
    let http = Scripted::new().then_fail(TransportError::Timeout);
    let error = block_on(database(&http).call(&DONE, Auth::Edge("t"))).unwrap_err();
    assert_eq!(error.code, Code::Timeout);
}

#[test]
fn what_cannot_be_a_header_is_refused_before_the_builder_sees_it() {
    let http = Scripted::new();
    for token in ["", "a\nb", "a b", "\u{e4}", "\u{7f}"] {
        let user = block_on(database(&http).call(&DONE, Auth::User(token))).unwrap_err();
        assert_eq!(user.code, Code::Unauthorized);
        let edge = block_on(database(&http).call(&DONE, Auth::Edge(token))).unwrap_err();
        assert_eq!(edge.code, Code::Misconfigured);
    }
    let keyless = Database::new(&http, "https://abc.supabase.co", "\n");
    let error = block_on(keyless.call(&DONE, Auth::Edge("t"))).unwrap_err();
    assert_eq!(
        error.details.as_ref(),
        Some(&json!({ "settings": ["SUPABASE_ANON_KEY"] }))
    );
    let nowhere = Database::new(&http, "not an address", "key");
    let error = block_on(nowhere.call(&DONE, Auth::Edge("t"))).unwrap_err();
    assert_eq!(
        error.details.as_ref(),
        Some(&json!({ "settings": ["SUPABASE_URL"] }))
    );
    assert!(http.sent().is_empty());
}

#[test]
fn who_is_told_to_wait_is_told_for_how_long() {
    for (said, expected) in [("0", 5), ("soon", 5), ("7", 7), ("86400", 3600)] {
        let http = Scripted::new().then_answer(Ok(Response {
            status: 503,
            headers: vec![("retry-after".to_owned(), said.to_owned())],
            body: br#"{"code":"PGRST002"}"#.to_vec(),
        }));
        let error = block_on(database(&http).call(&DONE, Auth::Edge("t"))).unwrap_err();
        assert_eq!(error.retry_after_s, Some(expected), "{said}");
    }
}
