//! Reports that bring along what the edge told of their job.

use ourvidz_sign::sealed;

use super::*;

/// The secret of the tests' settings.
const SECRET: [u8; 32] = [0x0f; 32];

fn bringing(snapshot: &str, status: &str) -> String {
    json!({
        "job_id": JOB, "status": status, "attempt": 1, "leaseId": LEASE, "worker_id": "w", "assets": [KEY],
        "snapshot": snapshot,
    })
    .to_string()
}

fn sealed_job() -> String {
    sealed::seal(&SECRET, job_as_it_stands(false).to_string().as_bytes())
}

fn world_with_its_object() -> World {
    let world = world();
    world.put_object("image_fast", KEY, "image/png", &[1; 10]);
    world
}

/// The SQL functions that were called.
fn called(world: &World) -> Vec<String> {
    let sent = world.sent().into_iter();
    let calls = sent.filter(|request| request.backend == Backend::Database);
    calls
        .filter_map(|call| call.url.rsplit('/').next().map(str::to_owned))
        .collect()
}

#[test]
fn a_report_with_a_snapshot_is_settled_in_one_round_trip() {
    let world = world_with_its_object();
    let answer = report(&world, &bringing(&sealed_job(), "completed")).unwrap();
    assert_eq!(answer["success"], true);
    assert_eq!(called(&world), ["settle_job"]);
}

#[test]
fn what_has_changed_since_is_looked_at() {
    let world = world_with_its_object();
    let is_first = Rc::new(Cell::new(true));
    world.on_rpc("settle_job", move |_| {
        let outcome = if is_first.replace(false) {
            "conflict"
        } else {
            "ok"
        };
        Ok(json!({ "outcome": outcome, "charged": 0, "released": 0 }))
    });
    report(&world, &bringing(&sealed_job(), "completed")).unwrap();
    assert_eq!(
        called(&world),
        ["settle_job", "job_for_settlement", "settle_job"]
    );
}

#[test]
fn a_snapshot_that_the_edge_did_not_make_or_of_another_job_is_none() {
    let mut other = job_as_it_stands(false);
    other["job"]["id"] = USER.into();
    for snapshot in [
        String::new(),
        "ovs1.e30.e30".to_owned(),
        sealed::seal(
            b"another secret",
            job_as_it_stands(false).to_string().as_bytes(),
        ),
        sealed::seal(&SECRET, other.to_string().as_bytes()),
        sealed::seal(&SECRET, b"{}"),
    ] {
        let world = world_with_its_object();
        report(&world, &bringing(&snapshot, "completed")).unwrap();
        assert_eq!(called(&world), ["job_for_settlement", "settle_job"]);
    }
}

#[test]
fn only_the_job_itself_refuses_a_report() {
    // By the snapshot the attempt is another's.
    let mut before = job_as_it_stands(false);
    before["lease"]["lease_id"] = USER.into();
    let world = world_with_its_object();
    let snapshot = sealed::seal(&SECRET, before.to_string().as_bytes());
    assert_eq!(
        report(&world, &bringing(&snapshot, "completed")).unwrap()["ignored"],
        Value::Null
    );
    assert_eq!(called(&world), ["job_for_settlement", "settle_job"]);
}

#[test]
fn with_each_answer_comes_the_job_as_it_stands_then() {
    let world = world_with_its_object();
    let answer = report(&world, &bringing(&sealed_job(), "processing")).unwrap();
    let snapshot = answer["snapshot"].as_str().unwrap();
    let told = sealed::open(&[SECRET.as_slice()], snapshot).unwrap();
    let told: Value = serde_json::from_slice(&told).unwrap();
    assert_eq!(told["job"]["version"], 6);
    assert_eq!(
        (&told["assets"][0]["status"], &told["assets"][0]["url"]),
        (&json!("completed"), &json!(KEY))
    );
    report(&world, &bringing(snapshot, "completed")).unwrap();
    assert_eq!(called(&world), ["settle_job", "settle_job"]);
}
