use super::*;
use crate::{Code, Id};

#[test]
fn a_pause_names_a_queue_or_a_worker() {
    let read = |body: &str| pause(body.as_bytes(), true, "ops".into());
    let queue = read(r#"{"queue":"wan_queue","reason":" disk full "}"#).unwrap();
    assert_eq!(queue.p_queue, Some(Queue::WanQueue));
    assert_eq!(queue.p_reason.as_deref(), Some("disk full"));
    let worker = read(r#"{"worker_id":"gpu-7"}"#).unwrap();
    assert_eq!(worker.p_worker_id.as_deref(), Some("gpu-7"));
    for body in [
        "{}",
        r#"{"queue":"cpu_queue"}"#,
        r#"{"queue":"wan_queue","worker_id":"gpu-7"}"#,
        r#"{"queue":"wan_queue","force":true}"#,
        r#"{"queue":"wan_queue","reason":7}"#,
    ] {
        assert_eq!(read(body).unwrap_err().code, Code::InvalidRequest, "{body}");
    }
}

#[test]
fn a_revocation_names_its_worker() {
    let read = revoke(
        br#"{"worker_id":"gpu-7","reason":"returned"}"#,
        "ops".into(),
    )
    .unwrap();
    assert_eq!(
        (read.p_worker_id.as_str(), read.p_reason.as_deref()),
        ("gpu-7", Some("returned"))
    );
    for body in ["{}", r#"{"worker_id":""}"#, r#"{"worker_id":7}"#] {
        assert!(revoke(body.as_bytes(), String::new()).is_err(), "{body}");
    }
}

#[test]
fn a_purge_names_its_queue() {
    assert!(purge(b"{}", String::new()).is_err());
    let read = purge(br#"{"queue":"sdxl_queue"}"#, "ops".into()).unwrap();
    assert_eq!(
        (read.p_queue, read.p_limit),
        (Queue::SdxlQueue, MAX_PURGED_JOBS)
    );
}

#[test]
fn an_expedition_names_its_job() {
    let id = Id::from_bytes([7; 16]);
    let read = |more: &str| {
        let body = alloc::format!(r#"{{"job_id":"{id}"{more}}}"#);
        expedite(body.as_bytes(), "ops".into())
    };
    assert!(read("").unwrap().p_expedited);
    assert!(!read(r#","expedited":false"#).unwrap().p_expedited);
    assert!(read(r#","expedited":1"#).is_err());
    assert!(read(r#","priority":10"#).is_err());
    assert!(expedite(b"{}", String::new()).is_err());
}

#[test]
fn a_redrive_goes_on_where_the_one_before_ended() {
    let cursor = Cursor {
        created_at: "2026-11-21T10:00:00.000000Z".into(),
        id: Id::from_bytes([7; 16]),
    };
    let body = alloc::format!(r#"{{"queue":"sdxl_queue","cursor":"{}"}}"#, cursor.encode());
    let read = redrive(body.as_bytes(), "ops".into()).unwrap();
    assert_eq!(read.p_before, Some(cursor.created_at));
    assert_eq!(read.p_before_id, Some(cursor.id));
    for body in [
        "{}",
        r#"{"queue":"sdxl_queue","cursor":"x"}"#,
        r#"{"job_id":"x"}"#,
    ] {
        assert!(redrive(body.as_bytes(), String::new()).is_err(), "{body}");
    }
}
