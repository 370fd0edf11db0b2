//! Claims, life signs, and what the sweep finds.

use super::*;
use proptest::prelude::*;

const MINE: Id = Id::from_bytes([1; 16]);
const OTHER: Id = Id::from_bytes([2; 16]);
const NOW: u64 = 1_000_000_000;
const SECOND: u64 = 1000;

fn queued() -> Row {
    Row {
        status: Status::Queued,
        attempt: 1,
        lease: None,
        cancel_requested: false,
        progress: 0,
        queued_ms: NOW,
    }
}

fn sign(lease_id: Option<Id>, is_named: bool) -> LifeSign {
    LifeSign {
        origin: Origin {
            attempt: Some(1),
            lease_id,
            is_named,
            is_result: false,
        },
        progress: Some(40),
        new_lease_id: OTHER,
        expected_seconds: 400,
    }
}

#[test]
fn a_job_is_given_to_one_worker_only() {
    let claimed = queued().claimed(MINE, NOW).unwrap();
    assert_eq!(claimed.lease.unwrap().until_ms, NOW + 30 * SECOND);
    assert_eq!(claimed.claimed(OTHER, NOW), None);
    assert_eq!(
        claimed.heartbeat(&sign(Some(OTHER), true), NOW).0,
        Outcome::Stale
    );
    assert_eq!(claimed.heartbeat(&sign(None, true), NOW).0, Outcome::Stale);
    assert_eq!(claimed.heartbeat(&sign(None, false), NOW).0, Outcome::Stale);
}

#[test]
fn a_life_sign_extends_the_lease_and_never_lowers_progress() {
    let claimed = queued().claimed(MINE, NOW).unwrap();
    let (outcome, row) = claimed.heartbeat(&sign(Some(MINE), true), NOW + 10 * SECOND);
    assert_eq!((outcome, row.progress), (Outcome::Ok, 40));
    assert_eq!(row.lease.unwrap().until_ms, NOW + 40 * SECOND);
    let earlier = LifeSign {
        progress: Some(10),
        ..sign(Some(MINE), true)
    };
    let (_, row) = row.heartbeat(&earlier, NOW);
    assert_eq!(
        (row.progress, row.lease.unwrap().until_ms),
        (40, NOW + 40 * SECOND)
    );
}

#[test]
fn the_first_life_sign_of_an_older_worker_is_its_claim() {
    let (outcome, row) = queued().heartbeat(&sign(None, false), NOW);
    assert_eq!(outcome, Outcome::Ok);
    assert_eq!(row.lease.unwrap().until_ms, NOW + 1200 * SECOND);
    assert_eq!(legacy_lease_seconds(30), 900);
    assert_eq!(row.heartbeat(&sign(None, false), NOW).0, Outcome::Ok);
}

#[test]
fn what_the_sweep_finds() {
    let claimed = queued().claimed(MINE, NOW).unwrap();
    let late = NOW + 31 * SECOND;
    assert_eq!(claimed.lateness(NOW + 30 * SECOND), Lateness::InTime);
    assert_eq!(claimed.lateness(late), Lateness::Requeue);
    assert_eq!(claimed.swept(late).attempt, 2);
    assert_eq!(
        Row {
            attempt: 3,
            ..claimed
        }
        .lateness(late),
        Lateness::WorkerLost
    );
    assert_eq!(
        Row {
            cancel_requested: true,
            ..claimed
        }
        .lateness(late),
        Lateness::Canceled
    );
    assert_eq!(claimed.spared(late).lateness(late), Lateness::InTime);
    let day = 24 * 3600 * SECOND;
    assert_eq!(queued().lateness(NOW + day), Lateness::InTime);
    assert_eq!(queued().lateness(NOW + day + 1), Lateness::QueueTimeout);
    let hour = 3600 * SECOND;
    let alive = claimed.spared(NOW + hour);
    assert_eq!(
        Row {
            attempt: 3,
            ..alive
        }
        .lateness(NOW + hour + 1),
        Lateness::RunTimeout
    );
}

#[test]
fn calling_off() {
    assert_eq!(queued().canceled().unwrap().status, Status::Canceled);
    let running = queued().claimed(MINE, NOW).unwrap().canceled().unwrap();
    assert!(running.cancel_requested && running.status == Status::Processing);
    assert_eq!(
        Row {
            status: Status::Failed,
            ..queued()
        }
        .canceled(),
        None
    );
}

fn row() -> impl Strategy<Value = Row> {
    let status = prop::sample::select(&Status::ALL[..]);
    (
        status,
        1u32..5,
        any::<Option<(bool, u64, u64)>>(),
        any::<bool>(),
        0u8..=100,
        any::<u64>(),
    )
        .prop_map(
            |(status, attempt, lease, cancel_requested, progress, queued_ms)| Row {
                status,
                attempt,
                lease: lease.map(|(is_named, since_ms, until_ms)| Held {
                    id: MINE,
                    is_named,
                    since_ms,
                    until_ms,
                }),
                cancel_requested,
                progress,
                queued_ms,
            },
        )
}

proptest! {
    #[test]
    fn nothing_leaves_a_terminal_state(row in row(), now_ms: u64, named: bool) {
        let nexts = [
            row.claimed(OTHER, now_ms).unwrap_or(row),
            row.heartbeat(&sign(Some(MINE), named), now_ms).1,
            row.heartbeat(&sign(None, named), now_ms).1,
            row.canceled().unwrap_or(row),
            row.swept(now_ms),
            row.spared(now_ms),
        ];
        for next in nexts {
            prop_assert!(next.status == row.status || row.status.may_become(next.status));
            prop_assert!(next.attempt == row.attempt || next.status == Status::Queued);
        }
    }

    #[test]
    fn sweeping_ends(mut row in row(), now_ms in 0u64..u64::MAX / 2) {
        // However late it is, a job that nobody works on has ended after one day and one sweep more.
        row = row.swept(now_ms);
        let much_later = now_ms.max(row.queued_ms).saturating_add(25 * 3600 * SECOND);
        let status = row.swept(much_later).swept(u64::MAX).status;
        let has_endless_lease = row.lease.is_some_and(|held| held.until_ms == u64::MAX);
        prop_assert!(status.is_terminal() || status == Status::Queued || has_endless_lease);
    }
}
