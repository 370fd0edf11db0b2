//! SQL functions behind PostgREST and Supabase's gateway.

use ourvidz_core::wire::rpc::{CancelJob, EdgeHealth, JobForSettlement, MyJobs, Rpc, SweepDone};
use ourvidz_core::{Code, Id};
use ourvidz_rest::fakes::World;
use ourvidz_rest::{Auth, Backend, Database, Http, Request};
use pollster::block_on;
use serde::Serialize;
use serde_json::{Value, json};

use crate::native_http::NativeHttp;
use crate::{local_address, runs_on_real, variable};

/// Nobody's.
const JOB: Id = Id::from_bytes([0xab; 16]);
const MY_JOBS: MyJobs = MyJobs {
    p_status: None,
    p_job_type: None,
    p_before: None,
    p_before_id: None,
    p_limit: 10,
};

/// A function that no migration makes.
#[derive(Serialize)]
struct NoSuchFunction {}

impl Rpc for NoSuchFunction {
    const NAME: &'static str = "no_such_function";
    type Reply = ();
}

/// How the backend is reached, and by whom.
struct Access {
    url: String,
    api_key: String,
    edge_token: String,
    user_token: String,
}

#[test]
fn the_stand_in_conforms() {
    let world = World::new();
    world.only_accept(&["edge", "user"]);
    world.on_rpc("edge_health", |_| {
        Ok(json!({ "schema_version": 1, "sweep_seconds": null }))
    });
    world.on_rpc("job_for_settlement", |_| Ok(Value::Null));
    world.on_rpc("sweep_done", |_| Ok(Value::Null));
    world.on_rpc("my_jobs", |_| Ok(json!([])));
    world.on_rpc("cancel_job", |_| Err(Code::NotFound.into()));
    let access = Access {
        url: "http://db".to_owned(),
        api_key: "anon".to_owned(),
        edge_token: "edge".to_owned(),
        user_token: "user".to_owned(),
    };
    conforms(&world, &access);
}

#[test]
fn the_real_one_conforms() {
    if runs_on_real("database") {
        let http = NativeHttp::new();
        let url = local_address("SUPABASE_URL");
        let api_key = variable("SUPABASE_ANON_KEY");
        let user_token = sign_in(&http, &url, &api_key);
        let edge_token = variable("EDGE_DB_JWT");
        conforms(
            &http,
            &Access {
                url,
                api_key,
                edge_token,
                user_token,
            },
        );
    }
}

fn conforms(http: &impl Http, access: &Access) {
    let database = Database::new(http, &access.url, &access.api_key);
    let edge = Auth::Edge(&access.edge_token);
    let user = Auth::User(&access.user_token);

    // A reply, no reply, null for nothing there, an empty list.
    assert!(
        block_on(database.call(&EdgeHealth {}, edge))
            .unwrap()
            .schema_version
            > 0
    );
    assert_eq!(
        block_on(database.call(
            &SweepDone {
                p_pushed: Vec::new(),
                p_deleted: Vec::new()
            },
            edge
        )),
        Ok(())
    );
    assert_eq!(
        block_on(database.call(&JobForSettlement { p_job_id: JOB }, edge)),
        Ok(None)
    );
    assert_eq!(block_on(database.read(&MY_JOBS, user)), Ok(Vec::new()));

    // What a function raises arrives as it is.
    let cancel = CancelJob {
        p_user_id: JOB,
        p_job_id: JOB,
        p_dry_run: false,
    };
    assert_eq!(
        block_on(database.call(&cancel, edge)).unwrap_err().code,
        Code::NotFound
    );

    // A function that is not there, a key that the gateway does not know, tokens that are none.
    let error = block_on(database.call(&NoSuchFunction {}, edge)).unwrap_err();
    assert_eq!(error.code, Code::Misconfigured);
    let error = block_on(database.call(&EdgeHealth {}, Auth::Edge("no.such.token"))).unwrap_err();
    assert_eq!(error.code, Code::Misconfigured);
    let error = block_on(database.call(&MY_JOBS, Auth::User("no.such.token"))).unwrap_err();
    assert_eq!(error.code, Code::Unauthorized);
}

/// A user of the stack: its identity provider takes every password.
fn sign_in(http: &NativeHttp, url: &str, api_key: &str) -> String {
    let credentials = json!({ "email": "conformance@example.com", "password": "any" });
    let request = Request {
        backend: Backend::Keys,
        method: "POST",
        url: format!("{url}/auth/v1/token?grant_type=password"),
        headers: vec![
            ("apikey".to_owned(), api_key.to_owned()),
            ("content-type".to_owned(), "application/json".to_owned()),
        ],
        body: Some(credentials.to_string().into_bytes()),
        timeout_ms: 10_000,
        max_answer_bytes: 100_000,
    };
    let answer = block_on(http.send(request)).unwrap();
    let session: Value = serde_json::from_slice(&answer.body).unwrap();
    session["access_token"].as_str().unwrap().to_owned()
}
