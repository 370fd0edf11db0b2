//! Partial images: at most so many of each picture, spread over the job, of pictures that are not done.

use std::cell::Cell;

use ourvidz_core::plan::step_previews::key;

use super::*;

/// A world with a running job that tells this progress at its looks, and then is done; before each look `happen` is told
/// which it is.
fn running(progress: &'static [u8], happen: impl Fn(&World, usize) + 'static) -> World {
    let done = with_picture(job("completed"));
    let world = with_file(&done);
    let (looks, own) = (Cell::new(0), world.clone());
    world.on_rpc("my_job", move |_| {
        let look = looks.replace(looks.get() + 1);
        happen(&own, look);
        let Some(progress) = progress.get(look) else {
            return Ok(done.clone());
        };
        let mut row = job("processing");
        row["progress"] = json!(progress);
        Ok(row)
    });
    world
}

fn keep(world: &World, index: u8, image: &str) {
    let id = job("processing")["id"].as_str().unwrap().parse().unwrap();
    let call = asked(world, BODY);
    let texts = [(key(id, index), image.to_owned())];
    pollster::block_on(call.backends().queues().remember_all(&texts, 60)).unwrap();
}

/// What a stream that wants so many shows: names, images and numbers.
fn shown(world: &World, partial_images: u8) -> Vec<(String, Value, Value)> {
    let body = json!({
        "prompt": "a red fox", "stream": true, "partial_images": partial_images, "output_format": "png",
    });
    let events = events_of(run(&asked(world, &body.to_string())));
    let fields = events.into_iter();
    fields
        .map(|(name, data)| {
            (
                name,
                data["b64_json"].clone(),
                data["partial_image_index"].clone(),
            )
        })
        .collect()
}

fn partial(image: &str, nth: u8) -> (String, Value, Value) {
    (
        "image_generation.partial_image".into(),
        json!(image),
        json!(nth),
    )
}

#[test]
fn they_come_before_the_picture_and_in_their_order() {
    let world = running(&[0, 30, 60, 80], |world, look| {
        keep(world, 0, ["a", "b", "c", "d", "e"][look])
    });
    let events = shown(&world, 3);
    assert_eq!(
        events[..3],
        [partial("b", 0), partial("c", 1), partial("d", 2)]
    );
    assert_eq!(events[3].0, "image_generation.completed");
    assert_eq!((events.len(), &events[3].2), (4, &Value::Null));
}

#[test]
fn one_comes_half_way() {
    let world = running(&[10, 30, 55, 90], |world, look| {
        keep(world, 0, ["a", "b", "c", "d", "e"][look])
    });
    let events = shown(&world, 1);
    assert_eq!(events[0], partial("c", 0));
    assert_eq!(events.len(), 2);
}

#[test]
fn each_has_the_official_shape() {
    let world = running(&[60], |world, _| keep(world, 0, "a"));
    let body = r#"{"prompt":"a red fox","stream":true,"partial_images":1}"#;
    let (_, data) = events_of(run(&asked(&world, body))).swap_remove(0);
    assert!(data["created_at"].is_u64());
    for (field, value) in [
        ("type", json!("image_generation.partial_image")),
        ("b64_json", json!("a")),
        ("partial_image_index", json!(0)),
        ("size", json!("1024x1024")),
        ("quality", json!("medium")),
        ("output_format", json!("jpeg")),
        ("background", json!("opaque")),
    ] {
        assert_eq!(data[field], value, "{field}");
    }
}

#[test]
fn the_same_is_shown_once_and_what_is_missing_waited_for() {
    let world = running(&[40, 50, 60, 70, 80, 90], |world, look| {
        if look == 3 {
            keep(world, 0, "a");
        }
    });
    let events = shown(&world, 3);
    assert_eq!(events[0], partial("a", 0));
    assert_eq!(events.len(), 2, "{events:?}");
}

#[test]
fn whoever_wants_none_costs_no_look() {
    let world = running(&[60], |_, _| ());
    keep(&world, 0, "a");
    assert_eq!(shown(&world, 0).len(), 1);
    assert_eq!(
        world.trips(Backend::Redis),
        1,
        "none but the one that kept it"
    );
}

#[test]
fn without_redis_the_picture_comes_as_ever() {
    let world = running(&[60, 70, 80], |_, _| ());
    world.take_down(Backend::Redis, Fault::Status(503));
    assert_eq!(shown(&world, 3).len(), 1);
    assert_eq!(world.trips(Backend::Redis), 1, "asked once");
}

#[test]
fn the_longest_stream_stays_within_its_subrequests_with_them_too() {
    let world = with_file(&with_picture(job("completed")));
    world.on_rpc("my_job", |_| {
        let mut row = job("processing");
        row["progress"] = json!(99);
        Ok(row)
    });
    let body = r#"{"prompt":"a red fox","n":6,"stream":true,"partial_images":3}"#;
    let call = asked(&world, body);
    let reply = run(&call);
    for work in call.take_later() {
        pollster::block_on(work);
    }
    events_of(reply);
    let looks = world.trips(Backend::Redis) - 1;
    assert!(looks >= 3, "{looks}");
    // API key and published keys, and what reading six pictures would take.
    let unused = 2 + 6 + ourvidz_core::limits::MAX_RETRIES as usize;
    assert!(world.sent().len() + unused <= MAX_SUBREQUESTS as usize);
}
