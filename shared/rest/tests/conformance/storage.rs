//! An object storage that speaks S3.

use std::time::{SystemTime, UNIX_EPOCH};

use ourvidz_core::Code;
use ourvidz_core::wire::callback::UploadHeaders;
use ourvidz_rest::fakes::World;
use ourvidz_rest::{Backend, Beginning, Http, Request, Response, Storage};
use ourvidz_sign::sigv4::{self, Credentials, Endpoint, Layout, Method, Presign};
use pollster::block_on;

use crate::native_http::NativeHttp;
use crate::{local_address, runs_on_real, variable};

const BUCKET: &str = "sdxl_image_fast";
const KEY: &str = "conformance/a key with 'ünï cödé' & + % signs.png";
const HOUR_MS: u64 = 3_600_000;

#[test]
fn the_stand_in_conforms() {
    let credentials = Credentials {
        endpoint: Endpoint::parse("http://s3.example:9000/some/path").unwrap(),
        region: "auto".to_owned(),
        layout: Layout::Buckets,
        access_key_id: "id".to_owned(),
        secret_access_key: "secret".to_owned(),
    };
    let world = World::new();
    let now_ms = 1_795_255_200_000;
    world.open_storage(credentials.clone(), now_ms);
    conforms(&world, &credentials, now_ms);
}

#[test]
fn the_real_one_conforms() {
    if runs_on_real("storage") {
        let credentials = Credentials {
            endpoint: Endpoint::parse(&local_address("S3_ENDPOINT")).unwrap(),
            region: variable("S3_REGION"),
            layout: Layout::parse(&variable("S3_BUCKET_LAYOUT")).unwrap(),
            access_key_id: variable("S3_ACCESS_KEY_ID"),
            secret_access_key: variable("S3_SECRET_ACCESS_KEY"),
        };
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_millis();
        conforms(
            &NativeHttp::new(),
            &credentials,
            u64::try_from(now).unwrap(),
        );
    }
}

fn conforms(http: &impl Http, credentials: &Credentials, now_ms: u64) {
    let storage = Storage::new(http, credentials, now_ms);
    block_on(storage.delete(BUCKET, KEY)).unwrap();
    own_requests(&storage);
    upload_links(http, &storage);
    read_links(http, &storage, credentials, now_ms);
    block_on(storage.delete(BUCKET, KEY)).unwrap();

    let secret_access_key = "wrong".to_owned();
    let wrong = Credentials {
        secret_access_key,
        ..credentials.clone()
    };
    let stranger = Storage::new(http, &wrong, now_ms);
    assert_eq!(
        block_on(stranger.look(BUCKET, KEY)).unwrap_err().code,
        Code::Misconfigured
    );
}

fn own_requests(storage: &Storage<'_, impl Http>) {
    assert_eq!(block_on(storage.look(BUCKET, KEY)), Ok(None));
    assert_eq!(block_on(storage.beginning(BUCKET, KEY, 4)), Ok(None));

    block_on(storage.put(BUCKET, KEY, "image/png", b"\x89PNG and more".to_vec())).unwrap();
    let found = block_on(storage.look(BUCKET, KEY)).unwrap().unwrap();
    assert_eq!(
        (found.bytes, found.content_type.as_str()),
        (13, "image/png")
    );
    let etag = found.etag.unwrap();
    assert!(!etag.contains('"'), "{etag}");
    for (count, read) in [(4, &b"\x89PNG"[..]), (99, b"\x89PNG and more")] {
        let beginning = Beginning {
            read: read.to_vec(),
            bytes: 13,
            etag: Some(etag.clone()),
        };
        assert_eq!(
            block_on(storage.beginning(BUCKET, KEY, count)),
            Ok(Some(beginning))
        );
    }

    for _ in 0..2 {
        let gone = block_on(storage.delete_many(BUCKET, &[KEY, "conformance/none.png"]));
        assert_eq!(gone, Ok(vec![KEY, "conformance/none.png"]));
        assert_eq!(block_on(storage.look(BUCKET, KEY)), Ok(None));
    }
    block_on(storage.put(BUCKET, KEY, "image/png", b"\x89PNG".to_vec())).unwrap();
    for _ in 0..2 {
        block_on(storage.delete(BUCKET, KEY)).unwrap();
    }
    assert_eq!(block_on(storage.look(BUCKET, KEY)), Ok(None));
}

fn upload_links(http: &impl Http, storage: &Storage<'_, impl Http>) {
    let headers = UploadHeaders::new("image/png");
    let link = || storage.write_link(BUCKET, KEY, &headers, 4, 600);
    let put = |url: String, content_type: &str, body: &[u8]| {
        let headers = [("content-type", content_type), ("if-none-match", "*")];
        send(http, "PUT", url, &headers, Some(body.to_vec())).status
    };
    assert_eq!(put(link(), "image/png", b"12345"), 403, "another size");
    assert_eq!(put(link(), "text/html", b"1234"), 403, "another type");
    assert_eq!(
        put(
            link().replacen("conformance/", "conformancf/", 1),
            "image/png",
            b"1234"
        ),
        403,
        "another key"
    );
    assert_eq!(
        put(
            link().replacen("Expires=600", "Expires=6000", 1),
            "image/png",
            b"1234"
        ),
        403,
        "a longer life"
    );
    assert_eq!(
        send(http, "DELETE", link(), &headers.pairs(), None).status,
        403,
        "another method"
    );
    let unconditional = [("content-type", "image/png")];
    assert_eq!(
        send(http, "PUT", link(), &unconditional, Some(b"1234".to_vec())).status,
        403,
        "without the condition"
    );
    assert_eq!(block_on(storage.look(BUCKET, KEY)), Ok(None));
    assert_eq!(put(link(), "image/png", b"1234"), 200);
    let first = block_on(storage.look(BUCKET, KEY)).unwrap().unwrap();
    assert_eq!(first.bytes, 4);
    assert_eq!(put(link(), "image/png", b"4321"), 412, "in its place");
    assert_eq!(block_on(storage.look(BUCKET, KEY)), Ok(Some(first)));
}

fn read_links(
    http: &impl Http,
    storage: &Storage<'_, impl Http>,
    credentials: &Credentials,
    now_ms: u64,
) {
    let shown = send(http, "GET", storage.read_link(BUCKET, KEY), &[], None);
    assert_eq!((shown.status, shown.body), (200, b"1234".to_vec()));
    assert_eq!(
        shown
            .headers
            .iter()
            .find(|(name, _)| name == "content-type")
            .unwrap()
            .1,
        "image/png"
    );

    let presign = Presign {
        method: Method::Get,
        bucket: BUCKET,
        key: KEY,
        expires_s: 60,
        headers: &[],
    };
    let expired = sigv4::presign(credentials, &presign, now_ms - HOUR_MS);
    assert_eq!(send(http, "GET", expired, &[], None).status, 403, "expired");
}

fn send(
    http: &impl Http,
    method: &'static str,
    url: String,
    headers: &[(&str, &str)],
    body: Option<Vec<u8>>,
) -> Response {
    let headers = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let request = Request {
        backend: Backend::Storage,
        method,
        url,
        headers,
        body,
        timeout_ms: 10_000,
        max_answer_bytes: 100_000,
    };
    block_on(http.send(request)).unwrap()
}
