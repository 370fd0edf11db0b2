//! Tickets: traded for a token, used up by the first read of a stream.

use ourvidz_core::wire::ticket;
use ourvidz_edge::testing::{TOKEN, USER, json_of, post};
use ourvidz_rest::fakes::Raised;

use super::*;

const TICKET: &str = "evt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn event(cursor: u64, kind: &str) -> Value {
    json!({
        "cursor": cursor, "job_id": "22222222-2222-4222-8222-222222222222", "seq": cursor, "kind": kind,
        "data": {}, "created_at": "2026-01-01T00:00:00Z",
    })
}

/// A world in which a ticket is the first stream's that comes.
fn world_with_ticket(rows: Value, ends_at_s: u64) -> World {
    let world = World::new();
    let holder = Rc::new(std::cell::RefCell::new(None));
    world.on_rpc("events_of_ticket", move |query| {
        let stream = query["p_stream_id"].clone();
        let mut holder = holder.borrow_mut();
        if *holder.get_or_insert_with(|| stream.clone()) != stream {
            return Err(Raised::from(Code::Unauthorized));
        }
        let after = query["p_after"].as_u64().unwrap();
        let behind = rows.as_array().unwrap().iter();
        let events: Vec<_> = behind
            .filter(|row| row["cursor"].as_u64().unwrap() > after)
            .collect();
        Ok(json!({ "user_id": USER, "ends_at_s": ends_at_s, "events": events }))
    });
    world
}

/// A request without a token, at a moment of its own.
fn with_ticket(world: &World, path: &str, ticket: &str, nth: u8) -> Call<World> {
    let mut call = get(world, path, &[("ticket", ticket)]);
    call.incoming
        .headers
        .retain(|(name, _)| *name != "authorization");
    call.at.entropy = [nth; 32];
    call
}

fn refusal(call: &Call<World>) -> Option<Code> {
    pollster::block_on(events(call))
        .err()
        .map(|error| error.code)
}

#[test]
fn a_token_is_traded_for_a_ticket_of_which_the_database_knows_the_digest() {
    let world = World::new();
    world.on_rpc("issue_event_ticket", |_| Ok(Value::Null));
    let bearer = format!("Bearer {TOKEN}");
    let call = post(
        &world,
        "/api/events/ticket",
        &[("authorization", &bearer)],
        "",
    );
    let answer = json_of(pollster::block_on(events(&call)).unwrap());
    let ticket = answer["ticket"].as_str().unwrap();
    assert_eq!(answer["expiresInSeconds"], 60);
    let asked: Value = serde_json::from_slice(world.sent()[0].body.as_deref().unwrap()).unwrap();
    assert_eq!(asked["p_digest"], json!(ticket::digest(ticket)));
    assert_eq!(
        (&asked["p_user_id"], &asked["p_ends_at_s"]),
        (&json!(USER), &json!(4_102_444_800_u64))
    );
    assert!(
        !format!("{:?} {asked}", call.notes()).contains(ticket),
        "it is neither logged nor kept"
    );
    assert_eq!(
        refusal(&get(&world, "/api/events/ticket", &[])),
        Some(Code::MethodNotAllowed)
    );
    assert_eq!(
        refusal(&post(&world, "/api/events/ticket", &[], "")),
        Some(Code::Unauthorized)
    );
}

#[test]
fn its_stream_tells_what_the_user_s_own_would_with_no_read_more() {
    let rows = json!([
        event(1, "queued"),
        event(2, "processing"),
        event(3, "completed")
    ]);
    let world = world_with_ticket(rows, 4_102_444_800);
    let frames = read(&with_ticket(&world, JOB_STREAM, TICKET, 1));
    assert_eq!(frames.len(), 4, "the opening and three events: {frames:?}");
    assert_eq!(
        world.trips(Backend::Database),
        1,
        "the job is looked at by the read itself"
    );
}

#[test]
fn a_second_stream_is_refused_before_it_begins() {
    let world = world_with_ticket(json!([]), 4_102_444_800);
    let first = with_ticket(&world, "/api/events", TICKET, 1);
    assert!(pollster::block_on(events(&first)).is_ok());
    assert_eq!(
        refusal(&with_ticket(&world, "/api/events", TICKET, 2)),
        Some(Code::Unauthorized)
    );
}

#[test]
fn what_is_no_ticket_costs_no_look_at_the_database() {
    let world = world_with_ticket(json!([]), 4_102_444_800);
    for wrong in ["", "x", "evt_", &TICKET[..46], &format!("{TICKET}A"), TOKEN] {
        assert_eq!(
            refusal(&with_ticket(&world, "/api/events", wrong, 1)),
            Some(Code::Unauthorized),
            "{wrong}"
        );
    }
    assert_eq!(world.trips(Backend::Database), 0);
}

#[test]
fn a_token_goes_before_a_ticket() {
    let world = world(json!([]));
    let call = get(&world, "/api/events", &[("ticket", TICKET)]);
    assert!(pollster::block_on(events(&call)).is_ok());
}

#[test]
fn its_stream_ends_with_the_token_that_was_traded() {
    let ends_at_s = ourvidz_edge::testing::NOW_MS / 1000 + 2;
    let world = world_with_ticket(json!([]), ends_at_s);
    read(&with_ticket(&world, "/api/events", TICKET, 1));
    assert!(world.paused_ms() <= 2_000, "{}", world.paused_ms());
    let breaking = world_with_ticket(json!([]), 4_102_444_800);
    let call = with_ticket(&breaking, "/api/events", TICKET, 1);
    breaking.fail_next(Backend::Database, Fault::AfterWrite);
    assert!(
        refusal(&call).is_some(),
        "a first read without an answer is no stream"
    );
}
