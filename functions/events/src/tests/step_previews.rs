//! Step previews: behind the events that tell of them, each once, and never at the price of an event.

use std::cell::RefCell;

use ourvidz_core::plan::step_previews::key;

use super::*;

const JOB: &str = "22222222-2222-4222-8222-222222222222";
const ALL: &str = "/api/events";

fn told(cursor: u64) -> Value {
    let mut row = event(cursor, "progress");
    row["data"] = json!({ "progress": 30, "step_preview": true });
    row
}

fn keep(world: &World, job: &str, index: u8, image: &str) {
    let call = get(world, ALL, &[]);
    let texts = [(key(job.parse().unwrap(), index), image.to_owned())];
    pollster::block_on(call.backends().queues().remember_all(&texts, 60)).unwrap();
}

/// A world whose reads bring one of these each, and then nothing, until the last ends the job.
fn telling(reads: Vec<Vec<Value>>) -> World {
    let world = world(json!([]));
    let reads = RefCell::new(reads.into_iter());
    world.on_rpc("my_events", move |_| {
        Ok(json!(reads.borrow_mut().next().unwrap_or_default()))
    });
    world
}

/// The step previews of a stream: job, index and image.
fn seen(frames: &[String]) -> Vec<Value> {
    let previews = frames
        .iter()
        .filter_map(|frame| frame.strip_prefix("event: step_preview\ndata: "));
    previews
        .map(|data| serde_json::from_str(data).unwrap())
        .collect()
}

fn preview(index: u8, image: &str) -> Value {
    json!({ "job_id": JOB, "index": index, "image": format!("data:image/jpeg;base64,{image}") })
}

fn wanting(world: &World, path: &str) -> Vec<String> {
    read(&get(world, path, &[("previews", "1")]))
}

#[test]
fn they_follow_the_event_that_tells_of_them() {
    let world = telling(vec![vec![told(1)], vec![event(2, "completed")]]);
    keep(&world, JOB, 0, "one");
    keep(&world, JOB, 2, "two");
    let before = world.trips(Backend::Redis);
    let frames = wanting(&world, JOB_STREAM);
    assert_eq!(seen(&frames), [preview(0, "one"), preview(2, "two")]);
    assert!(
        frames[1].starts_with("id: 1\nevent: progress"),
        "{frames:?}"
    );
    assert!(
        frames
            .iter()
            .all(
                |frame| frame.starts_with("event: step_preview") != frame.contains("id: ")
                    || frame.starts_with("retry")
            )
    );
    assert_eq!(world.trips(Backend::Redis), before + 1, "one look");
}

#[test]
fn whoever_does_not_ask_gets_none_and_costs_no_look() {
    let world = telling(vec![vec![told(1)], vec![event(2, "completed")]]);
    keep(&world, JOB, 0, "one");
    for wanted in [&[][..], &[("previews", "0")], &[("previews", "")]] {
        assert!(seen(&read(&get(&world, JOB_STREAM, wanted))).is_empty());
    }
    assert_eq!(
        world.trips(Backend::Redis),
        1,
        "none but the one that kept it"
    );
}

#[test]
fn each_is_sent_once_and_the_newest_alone() {
    let world = telling(vec![
        vec![told(1), told(2), told(3)],
        vec![told(4)],
        vec![event(5, "progress")],
        vec![event(6, "completed")],
    ]);
    keep(&world, JOB, 0, "one");
    let frames = wanting(&world, JOB_STREAM);
    assert_eq!(seen(&frames), [preview(0, "one")]);
    // The second event told of what was sent already; once more it was looked for, in case it was on its way.
    assert_eq!(world.trips(Backend::Redis), 1 + 1 + 2);
}

#[test]
fn what_comes_after_its_event_is_found_by_the_next_look() {
    let world = world(json!([]));
    let late = world.clone();
    let reads = Cell::new(0);
    world.on_rpc("my_events", move |_| {
        reads.set(reads.get() + 1);
        Ok(match reads.get() {
            1 => json!([told(1)]),
            2 => {
                keep(&late, JOB, 0, "late");
                json!([])
            }
            3 => json!([event(2, "completed")]),
            _ => json!([]),
        })
    });
    assert_eq!(seen(&wanting(&world, JOB_STREAM)), [preview(0, "late")]);
}

#[test]
fn of_a_job_that_ended_meanwhile_none_is_looked_for() {
    let world = telling(vec![vec![told(1), event(2, "canceled")]]);
    keep(&world, JOB, 0, "one");
    assert!(seen(&wanting(&world, JOB_STREAM)).is_empty());
    assert!(
        seen(&wanting(
            &telling(vec![vec![told(1), event(2, "canceled")]]),
            ALL
        ))
        .is_empty()
    );
}

#[test]
fn somebody_else_s_are_never_looked_for() {
    let stranger = "99999999-9999-4999-8999-999999999999";
    let world = telling(vec![vec![told(1)], vec![]]);
    keep(&world, stranger, 0, "secret");
    let frames = wanting(&world, ALL);
    assert!(!frames.concat().contains("secret"));
    let looks = world
        .sent()
        .into_iter()
        .filter(|sent| sent.backend == Backend::Redis)
        .skip(1);
    for look in looks {
        let asked = String::from_utf8(look.body.unwrap()).unwrap();
        assert!(asked.contains(JOB) && !asked.contains(stranger), "{asked}");
    }
}

#[test]
fn several_jobs_are_looked_for_in_turn() {
    let jobs = ["1", "2", "3"].map(|digit| JOB.replace('2', digit));
    let rows: Vec<Value> = (1..)
        .zip(&jobs)
        .map(|(cursor, job)| {
            let mut row = told(cursor);
            row["job_id"] = json!(job);
            row
        })
        .collect();
    let world = telling(vec![rows, vec![]]);
    for job in &jobs {
        keep(&world, job, 0, "one");
    }
    let seen: Vec<Value> = seen(&wanting(&world, ALL))
        .iter()
        .map(|it| it["job_id"].clone())
        .collect();
    assert_eq!(seen, jobs.map(Value::from));
}

#[test]
fn without_redis_the_events_come_as_ever() {
    let world = telling(vec![
        vec![told(1)],
        vec![told(2)],
        vec![event(3, "completed")],
    ]);
    world.take_down(Backend::Redis, Fault::Status(503));
    let frames = wanting(&world, JOB_STREAM);
    assert_eq!(frames.len(), 4, "{frames:?}");
    assert_eq!(world.trips(Backend::Redis), 1, "asked once");
}

#[test]
fn with_previews_the_longest_stream_stays_within_its_subrequests_too() {
    let world = world(json!([]));
    let reads = Cell::new(0u64);
    world.on_rpc("my_events", move |_| {
        reads.set(reads.get() + 1);
        Ok(json!([told(reads.get())]))
    });
    for _ in 0..MAX_RETRIES {
        world.stumble(Backend::Database, Fault::BeforeWrite);
    }
    wanting(&world, JOB_STREAM);
    assert_eq!(world.sent().len() + 1, MAX_SUBREQUESTS as usize);
}
