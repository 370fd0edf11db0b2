use super::*;
use crate::fakes::{Fault, Scripted, World};
use ourvidz_core::fingerprint::sha256_hex;
use ourvidz_sign::sigv4::{Endpoint, Layout};
use pollster::block_on;

const NOW_MS: u64 = 1_795_255_200_000;

fn credentials() -> Credentials {
    Credentials {
        endpoint: Endpoint::parse("http://127.0.0.1:8787/cdn-cgi/local/r2/s3").unwrap(),
        region: "auto".into(),
        layout: Layout::Buckets,
        access_key_id: "local".into(),
        secret_access_key: "secret".into(),
    }
}

fn world(credentials: &Credentials) -> World {
    let world = World::new();
    world.open_storage(credentials.clone(), NOW_MS);
    world
}

/// What somebody does with a link.
fn use_link(
    world: &World,
    method: &'static str,
    url: String,
    content_type: &str,
    body: &[u8],
) -> u16 {
    let request = Request {
        backend: Backend::Storage,
        method,
        url,
        headers: vec![
            ("content-type".into(), content_type.into()),
            ("if-none-match".into(), "*".into()),
        ],
        body: (method == "PUT").then(|| body.to_vec()),
        timeout_ms: 1000,
        max_answer_bytes: 1000,
    };
    block_on(world.send(request)).unwrap().status
}

#[test]
fn what_is_written_is_found_and_what_is_deleted_is_gone() {
    for layout in [Layout::Buckets, Layout::Prefixes("one".into())] {
        let credentials = Credentials {
            layout,
            ..credentials()
        };
        let world = world(&credentials);
        let storage = Storage::new(&world, &credentials, NOW_MS);
        assert_eq!(block_on(storage.look("b", "u/ä 1.png")), Ok(None));
        block_on(storage.put("b", "u/ä 1.png", "image/png", b"PNG!".to_vec())).unwrap();
        let info = ObjectInfo {
            bytes: 4,
            content_type: "image/png".into(),
            etag: Some(sha256_hex(b"PNG!")),
        };
        assert_eq!(block_on(storage.look("b", "u/ä 1.png")), Ok(Some(info)));
        let beginning = Beginning {
            read: b"PN".to_vec(),
            bytes: 4,
            etag: Some(sha256_hex(b"PNG!")),
        };
        assert_eq!(
            block_on(storage.beginning("b", "u/ä 1.png", 2)),
            Ok(Some(beginning))
        );
        block_on(storage.delete("b", "u/ä 1.png")).unwrap();
        block_on(storage.delete("b", "u/ä 1.png")).unwrap();
        assert_eq!(block_on(storage.look("b", "u/ä 1.png")), Ok(None));
        assert_eq!(block_on(storage.beginning("b", "u/ä 1.png", 2)), Ok(None));
    }
}

#[test]
fn many_are_deleted_by_one_request() {
    for layout in [Layout::Buckets, Layout::Prefixes("one".into())] {
        let credentials = Credentials {
            layout,
            ..credentials()
        };
        let world = world(&credentials);
        for key in ["u/1.png", "u/2.png", "u/3.png"] {
            world.put_object("b", key, "image/png", b"1");
        }
        world.put_object("c", "u/1.png", "image/png", b"1");
        let storage = Storage::new(&world, &credentials, NOW_MS);
        let keys = ["u/1.png", "u/3.png", "u/none.png"];
        assert_eq!(block_on(storage.delete_many("b", &keys)), Ok(keys.into()));
        assert_eq!(world.trips(Backend::Storage), 1);
        let is_there = |bucket, key| world.object(bucket, key).is_some();
        assert!(is_there("b", "u/2.png") && is_there("c", "u/1.png"));
        assert!(!is_there("b", "u/1.png") && !is_there("b", "u/3.png"));
    }
}

#[test]
fn an_upload_link_is_good_for_its_type_size_and_time_alone() {
    let credentials = credentials();
    let world = world(&credentials);
    let storage = Storage::new(&world, &credentials, NOW_MS);
    let headers = UploadHeaders::new("image/png");
    let link = || storage.write_link("b", "k.png", &headers, 4, 600);
    assert_eq!(use_link(&world, "PUT", link(), "image/png", b"12345"), 403);
    assert_eq!(use_link(&world, "PUT", link(), "image/jpeg", b"1234"), 403);
    assert_eq!(use_link(&world, "GET", link(), "image/png", b""), 403);
    assert_eq!(
        use_link(
            &world,
            "PUT",
            link().replace("k.png", "l.png"),
            "image/png",
            b"1234"
        ),
        403
    );
    assert_eq!(
        use_link(
            &world,
            "PUT",
            link().replace("=600", "=601"),
            "image/png",
            b"1234"
        ),
        403
    );
    assert!(world.object("b", "k.png").is_none());
    assert_eq!(use_link(&world, "PUT", link(), "image/png", b"1234"), 200);
    assert_eq!(use_link(&world, "PUT", link(), "image/png", b"4321"), 412);
    assert_eq!(world.object("b", "k.png").unwrap().bytes, b"1234");
    world.open_storage(credentials.clone(), NOW_MS + 600_000);
    assert_eq!(use_link(&world, "PUT", link(), "image/png", b"1234"), 403);
}

#[test]
fn a_read_link_shows_one_object() {
    let credentials = credentials();
    let world = world(&credentials);
    world.put_object("b", "k.png", "image/png", b"1234");
    let storage = Storage::new(&world, &credentials, NOW_MS + 60_000);
    assert_eq!(
        use_link(&world, "GET", storage.read_link("b", "k.png"), "", b""),
        200
    );
    assert_eq!(
        use_link(&world, "DELETE", storage.read_link("b", "k.png"), "", b""),
        403
    );
}

#[test]
fn other_credentials_are_a_wrong_setting() {
    let world = world(&credentials());
    let others = Credentials {
        secret_access_key: "other".into(),
        ..credentials()
    };
    let storage = Storage::new(&world, &others, NOW_MS);
    let error = block_on(storage.look("b", "k")).unwrap_err();
    assert_eq!(error.code, Code::Misconfigured);
    assert!(!format!("{error:?}").contains("Signature"), "{error:?}");
}

#[test]
fn an_outage_is_not_an_absence() {
    let credentials = credentials();
    let world = world(&credentials);
    world.put_object("b", "k", "image/png", b"1");
    let storage = Storage::new(&world, &credentials, NOW_MS);
    world.fail_next(Backend::Storage, Fault::BeforeWrite);
    assert!(block_on(storage.look("b", "k")).unwrap().is_some());
    world.take_down(Backend::Storage, Fault::Status(500));
    assert_eq!(
        block_on(storage.look("b", "k")).unwrap_err().code,
        Code::Unavailable
    );
    assert_eq!(
        block_on(storage.delete("b", "k")).unwrap_err().code,
        Code::Unavailable
    );
    assert_eq!(
        block_on(storage.beginning("b", "k", 1)).unwrap_err().code,
        Code::Unavailable
    );
}

#[test]
fn an_empty_object_has_no_first_bytes() {
    let credentials = credentials();
    let world = world(&credentials);
    world.put_object("b", "k", "image/png", b"");
    let storage = Storage::new(&world, &credentials, NOW_MS);
    assert_eq!(
        block_on(storage.beginning("b", "k", 12)),
        Ok(Some(Beginning::default()))
    );
}

#[test]
fn a_storage_that_sends_more_than_asked_is_cut_short() {
    let credentials = credentials();
    let http = Scripted::new().then(200, "the whole object");
    let storage = Storage::new(&http, &credentials, NOW_MS);
    let beginning = block_on(storage.beginning("b", "k", 3)).unwrap().unwrap();
    assert_eq!((beginning.read, beginning.bytes), (b"the".to_vec(), 16));
}

#[test]
fn a_part_of_nobody_knows_what_is_no_answer() {
    let credentials = credentials();
    let http = Scripted::new().then(206, "the");
    let storage = Storage::new(&http, &credentials, NOW_MS);
    assert_eq!(
        block_on(storage.beginning("b", "k", 3)).unwrap_err().code,
        Code::Unavailable
    );
}
